import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, inWords, type Script, started } from '../../../testing/workflow-script.ts';
import { retryOnto } from './retry-onto.ts';
import type { CompiledGraph } from './graph.ts';

const undo = { compensation: { type: 'undo' } };
const steps = { a: {}, b: { dependsOn: ['a'] }, c: { dependsOn: ['b'] }, d: { dependsOn: ['a'] } };

/** a and d completed, b failed, c never started. */
function failed(graph = graphOf(steps)): Script {
  const script = started(graph);
  for (const key of ['a', 'd']) script.ends(key, 'completed');
  script.ends('b', 'failed');
  return script;
}

describe('a retry', () => {
  test('runs again what is not settled, and keeps what completed', () => {
    const script = failed();
    assert.deepEqual(script.after({ type: 'retry' }), ['workflow-retried (b+c)', 'step-started b']);
    assert.deepEqual(script.ends('b', 'completed'), ['step-completed b', 'step-started c']);
    assert.deepEqual(script.ends('c', 'completed'), ['step-completed c', 'workflow-completed']);
  });

  test('from a step runs that and all that follow it again, and whatever else is not settled', () => {
    const script = failed();
    assert.deepEqual(script.after({ type: 'retry', from: script.step('d') }), [
      'workflow-retried (b+c+d)',
      'step-started b',
      'step-started d',
    ]);
    const whole = failed();
    assert.deepEqual(whole.after({ type: 'retry', from: whole.step('a') }), [
      'workflow-retried (a+b+c+d)',
      'step-started a',
    ]);
  });

  test('forgets the cancel and the failure', () => {
    const script = started(graphOf(steps));
    script.after({ type: 'cancel', compensate: false });
    script.ends('a', 'completed');
    assert.equal(script.state.status, 'cancelled');
    assert.deepEqual(script.after({ type: 'retry' }), ['workflow-retried (b+c+d)', 'step-started b', 'step-started d']);
    assert.deepEqual([script.state.cancelRequested, script.state.failedStep], [false, undefined]);
    assert.deepEqual(script.after({ type: 'cancel', compensate: false }), ['cancel-requested']);
  });

  test('keeps what was skipped, and what failed where that is tolerated', () => {
    const script = started(
      graphOf({ a: { onError: 'continue' }, b: { when: { $from: 'input' } }, c: { dependsOn: ['a', 'b'] } }),
    );
    script.ends('a', 'failed');
    script.ends('b', 'skipped');
    script.ends('c', 'failed');
    assert.deepEqual(script.after({ type: 'retry' }), ['workflow-retried (c)', 'step-started c']);
  });

  test('of a compensated workflow runs everything again', () => {
    const script = started(graphOf({ a: undo, b: { dependsOn: ['a'] } }));
    script.ends('a', 'completed');
    script.ends('b', 'failed');
    script.undo('a', 'completed');
    assert.equal(script.refusal({ type: 'retry', from: 0 }), 'from_not_available');
    assert.deepEqual(script.after({ type: 'retry' }), ['workflow-retried (a+b)', 'step-started a']);
    script.ends('a', 'completed');
    assert.deepEqual(script.ends('b', 'failed').at(-1), 'undo-started a', 'it can be undone again');
  });

  test('is refused while it runs, completed or is undone', () => {
    const script = started(graphOf({ a: undo, b: { dependsOn: ['a'] } }));
    assert.equal(script.refusal({ type: 'retry' }), 'not_finished');
    script.after({ type: 'pause' });
    assert.equal(script.refusal({ type: 'retry' }), 'not_finished');
    script.after({ type: 'resume' });
    script.ends('a', 'completed');
    script.ends('b', 'failed');
    assert.equal(script.refusal({ type: 'retry' }), 'already_compensating');
    script.undo('a', 'failed');
    assert.equal(script.refusal({ type: 'retry', from: 0 }), 'from_not_available');
    const over = started(graphOf({ a: {} }));
    over.ends('a', 'completed');
    assert.equal(over.refusal({ type: 'retry' }), 'already_completed');
  });

  test('waits for steps that still run', () => {
    const script = started(graphOf({ a: {}, b: {} }));
    script.ends('a', 'failed');
    assert.equal(script.refusal({ type: 'retry' }), 'not_finished');
    script.ends('b', 'completed');
    assert.deepEqual(script.after({ type: 'retry' }), ['workflow-retried (a)', 'step-started a']);
  });
});

describe('a retry onto another graph', () => {
  function onto(next: CompiledGraph, from?: string, script = failed()) {
    const moved = retryOnto(script.graph, script.state, next, from);
    return 'refusal' in moved ? moved : { ...moved, events: moved.events.map((event) => inWords(next, event)) };
  }

  test('keeps what completed, whatever its number, and runs the rest', () => {
    const next = graphOf({ new: { dependsOn: ['d'] }, d: { dependsOn: ['a'] }, b: { dependsOn: ['a'] }, a: {} });
    const moved = onto(next);
    assert.ok('events' in moved);
    assert.deepEqual(moved.events, ['workflow-retried (new+b)', 'step-started new', 'step-started b']);
    assert.equal(moved.state.status, 'running');
  });

  test('is refused where a completed step is gone, or is another one', () => {
    const without = graphOf({ a: {}, b: { dependsOn: ['a'] } });
    assert.deepEqual(onto(without), { refusal: 'incompatible_graph', names: ['d'] });
    const otherType = graphOf({ ...steps, d: { type: 'other', dependsOn: ['a'] } });
    assert.deepEqual(onto(otherType), { refusal: 'incompatible_graph', names: ['d'] });
    const otherKind = graphOf({ ...steps, d: { sleep: { for: 1 }, dependsOn: ['a'] } });
    assert.deepEqual(onto(otherKind), { refusal: 'incompatible_graph', names: ['d'] });
  });

  test('is refused where completed steps depend on each other in another way', () => {
    assert.deepEqual(onto(graphOf({ ...steps, d: {} })), { refusal: 'incompatible_graph', names: ['d'] });
    const more = graphOf({ ...steps, a: { dependsOn: ['d'] }, d: {}, b: { dependsOn: ['a'] } });
    assert.deepEqual(onto(more), { refusal: 'incompatible_graph', names: ['a', 'd'] });
  });

  test('may set a new step before a completed one, which does not run again', () => {
    const moved = onto(graphOf({ ...steps, first: {}, d: { dependsOn: ['a', 'first'] } }));
    assert.ok('events' in moved);
    assert.deepEqual(moved.events, ['workflow-retried (b+c+first)', 'step-started b', 'step-started first']);
  });

  test('from a step does not mind how that and its followers have changed', () => {
    const moved = onto(graphOf({ a: {}, b: { dependsOn: ['a'] }, d: { type: 'other', dependsOn: ['a'] } }), 'd');
    assert.ok('events' in moved);
    assert.deepEqual(moved.events, ['workflow-retried (b+d)', 'step-started b', 'step-started d']);
  });

  test('runs a skipped step again that does not stand as it did', () => {
    const script = started(graphOf({ a: { when: { $from: 'input' } }, b: { dependsOn: ['a'] } }));
    script.ends('a', 'skipped');
    script.ends('b', 'failed');
    const moved = onto(graphOf({ a: { type: 'other' }, b: { dependsOn: ['a'] } }), undefined, script);
    assert.ok('events' in moved);
    assert.deepEqual(moved.events, ['workflow-retried (a+b)', 'step-started a']);
  });

  test('completes at once where nothing is left to do', () => {
    const moved = onto(graphOf({ a: {}, d: { dependsOn: ['a'] } }));
    assert.ok('events' in moved);
    assert.deepEqual(moved.events, ['workflow-retried ()', 'workflow-completed']);
  });

  test('is refused while compensations are stuck: they belong to the graph that ran', () => {
    const graph = graphOf({ a: undo, b: { dependsOn: ['a'] } });
    const script = started(graph);
    script.ends('a', 'completed');
    script.ends('b', 'failed');
    script.undo('a', 'failed');
    assert.deepEqual(onto(graph, undefined, script), { refusal: 'not_finished', names: ['a'] });
  });
});
