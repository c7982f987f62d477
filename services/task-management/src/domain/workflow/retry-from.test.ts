import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, type Script, started } from '../../../testing/workflow-script.ts';
import { unlimited } from './allowance.ts';
import type { CompiledGraph } from './graph.ts';
import { transition } from './transition.ts';

const compensable = { compensation: { type: 'undo' } };
const steps = { a: {}, b: { dependsOn: ['a'] }, c: { dependsOn: ['b'] }, d: { dependsOn: ['a'] } };
const completed = ['emit completed', 'end-workflow completed'];
const cancel = { kind: 'cancel', compensate: false, reason: 'why' } as const;

/** a and d completed, b failed, c never started. */
function failed(graph = graphOf(steps)): Script {
  const script = started(graph);
  for (const key of ['a', 'd']) script.ends(key, 'completed');
  script.ends('b', 'failed');
  return script;
}

/** Steps that run again, those that start, and what is told. */
const runsAgain = (reset: string, ...starts: string[]) => [
  `need reset ${reset}`,
  `emit retried ${starts.join('+')}`,
  ...starts.map((key) => `start-task ${key}`),
];

describe('a retry', () => {
  test('runs again what is not settled, and keeps what completed', () => {
    const script = failed();
    assert.deepEqual(script.when({ kind: 'retry' }), runsAgain('b+c', 'b'));
    assert.deepEqual(script.ends('b', 'completed'), ['start-task c']);
    assert.deepEqual(script.ends('c', 'completed'), completed);
  });

  test('from a step runs that and all that follow it again, and whatever else is not settled', () => {
    assert.deepEqual(failed().when({ kind: 'retry', from: 'd' }), runsAgain('b+c+d', 'b', 'd'));
    assert.deepEqual(failed().when({ kind: 'retry', from: 'a' }), runsAgain('a+b+c+d', 'a'));
    assert.equal(failed().refusal({ kind: 'retry', from: 'none' }), 'unknown_step');
  });

  test('tells of all steps that run again, also of those that are too many to start at once', () => {
    const script = failed();
    const effects = transition(script.instance, { kind: 'retry', from: 'd' }, narrow(1));
    assert.ok(!('refusal' in effects));
    const reported = effects.flatMap((effect) =>
      effect.kind === 'emit' && effect.event.kind === 'retried' ? effect.event.from : [],
    );
    assert.deepEqual(reported, ['b', 'd'].map(script.step));
    assert.deepEqual([script.at('b'), script.at('d')], ['ready', 'blocked']);
    assert.ok(effects.some(({ kind }) => kind === 'defer'));
  });

  test('forgets the cancel and the failure', () => {
    const script = started(graphOf(steps));
    script.when(cancel);
    script.ends('a', 'completed');
    assert.equal(script.instance.state.status, 'cancelled');
    assert.deepEqual(script.when({ kind: 'retry' }), runsAgain('b+c+d', 'b', 'd'));
    const { state, cancelReason, error } = script.instance;
    assert.deepEqual([state.cancelRequested, state.failedStep, cancelReason, error], [false, undefined, null, null]);
    assert.deepEqual(script.when(cancel), ['cancel-tasks']);
  });

  test('keeps what was skipped, and what failed where that is tolerated', () => {
    const script = started(
      graphOf({ a: { onError: 'continue' }, b: { when: { $from: 'input' } }, c: { dependsOn: ['a', 'b'] } }),
    );
    script.ends('a', 'failed');
    assert.equal(script.at('b'), 'skipped');
    script.ends('c', 'failed');
    assert.deepEqual(script.when({ kind: 'retry' }), runsAgain('c', 'c'));
  });

  test('of a compensated workflow runs everything again', () => {
    const script = started(graphOf({ a: compensable, b: { dependsOn: ['a'] } }));
    script.ends('a', 'completed');
    script.ends('b', 'failed');
    script.compensation('a', 'completed');
    assert.equal(script.refusal({ kind: 'retry', from: 'a' }), 'from_not_available');
    assert.deepEqual(script.when({ kind: 'retry' }), runsAgain('a+b', 'a'));
    script.ends('a', 'completed');
    assert.deepEqual(script.ends('b', 'failed').at(-1), 'compensate a', 'it can be compensated again');
  });

  test('is refused while it runs, completed or is compensated', () => {
    const script = started(graphOf({ a: compensable, b: { dependsOn: ['a'] } }));
    assert.equal(script.refusal({ kind: 'retry' }), 'not_finished');
    script.when({ kind: 'pause', reason: null });
    assert.equal(script.refusal({ kind: 'retry' }), 'not_finished');
    script.when({ kind: 'resume' });
    script.ends('a', 'completed');
    script.ends('b', 'failed');
    assert.equal(script.refusal({ kind: 'retry' }), 'already_compensating');
    script.compensation('a', 'failed');
    assert.equal(script.refusal({ kind: 'retry', from: 'a' }), 'from_not_available');
    const over = started(graphOf({ a: {} }));
    over.ends('a', 'completed');
    assert.equal(over.refusal({ kind: 'retry' }), 'already_completed');
  });

  test('waits for steps that still run', () => {
    const script = started(graphOf({ a: {}, b: {} }));
    script.ends('a', 'failed');
    assert.equal(script.refusal({ kind: 'retry' }), 'not_finished');
    script.ends('b', 'completed');
    assert.deepEqual(script.when({ kind: 'retry' }), runsAgain('a', 'a'));
  });
});

describe('a retry onto another graph', () => {
  function refusalOnto(next: CompiledGraph, script = failed()) {
    const before = structuredClone(script.instance.state);
    const refused = transition(script.instance, { kind: 'retry', onto: next });
    assert.deepEqual(script.instance.state, before);
    return refused;
  }
  const onto = (next: CompiledGraph, from?: string, script = failed()) =>
    script.when({ kind: 'retry', onto: next, from });

  test('keeps what completed, whatever its number, and runs the rest', () => {
    const next = graphOf({ new: { dependsOn: ['d'] }, d: { dependsOn: ['a'] }, b: { dependsOn: ['a'] }, a: {} });
    const script = failed();
    assert.deepEqual(onto(next, undefined, script), runsAgain('new+b', 'new', 'b'));
    assert.equal(script.instance.state.status, 'running');
    assert.equal(script.graph, next);
  });

  test('is refused where a completed step is gone, or is another one', () => {
    const without = graphOf({ a: {}, b: { dependsOn: ['a'] } });
    assert.deepEqual(refusalOnto(without), { refusal: 'incompatible_graph', names: ['d'] });
    const otherType = graphOf({ ...steps, d: { type: 'other', dependsOn: ['a'] } });
    assert.deepEqual(refusalOnto(otherType), { refusal: 'incompatible_graph', names: ['d'] });
    const otherKind = graphOf({ ...steps, d: { sleep: { for: 1 }, dependsOn: ['a'] } });
    assert.deepEqual(refusalOnto(otherKind), { refusal: 'incompatible_graph', names: ['d'] });
  });

  test('is refused where completed steps depend on each other in another way', () => {
    assert.deepEqual(refusalOnto(graphOf({ ...steps, d: {} })), { refusal: 'incompatible_graph', names: ['d'] });
    const more = graphOf({ ...steps, a: { dependsOn: ['d'] }, d: {}, b: { dependsOn: ['a'] } });
    assert.deepEqual(refusalOnto(more), { refusal: 'incompatible_graph', names: ['a', 'd'] });
  });

  test('may set a new step before a completed one, which does not run again', () => {
    const next = graphOf({ ...steps, first: {}, d: { dependsOn: ['a', 'first'] } });
    assert.deepEqual(onto(next), runsAgain('b+c+first', 'b', 'first'));
  });

  test('from a step does not mind how that and its followers have changed', () => {
    const next = graphOf({ a: {}, b: { dependsOn: ['a'] }, d: { type: 'other', dependsOn: ['a'] } });
    assert.deepEqual(onto(next, 'd'), runsAgain('b+d', 'b', 'd'));
  });

  test('runs a skipped step again that does not stand as it did', () => {
    const script = started(graphOf({ a: { when: { $from: 'input' } }, b: { dependsOn: ['a'] } }));
    assert.equal(script.at('a'), 'skipped');
    script.ends('b', 'failed');
    const next = graphOf({ a: { type: 'other' }, b: { dependsOn: ['a'] } });
    assert.deepEqual(onto(next, undefined, script), runsAgain('a+b', 'a'));
  });

  test('completes at once where nothing is left to do', () => {
    assert.deepEqual(onto(graphOf({ a: {}, d: { dependsOn: ['a'] } })), ['emit retried ', ...completed]);
  });

  test('is refused while compensations are stuck: they belong to the graph that ran', () => {
    const graph = graphOf({ a: compensable, b: { dependsOn: ['a'] } });
    const script = started(graph);
    script.ends('a', 'completed');
    script.ends('b', 'failed');
    script.compensation('a', 'failed');
    assert.deepEqual(refusalOnto(graph, script), { refusal: 'not_finished', names: ['a'] });
  });
});

/** So many steps are worked out at all. */
function narrow(limit: number) {
  let admitted = 0;
  return { ...unlimited, admit: () => (admitted += 1) <= limit };
}
