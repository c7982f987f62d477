import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { endOf, graphOf, started } from '../../../testing/workflow-script.ts';

const compensable = { compensation: { type: 'undo' } };
const cancel = { kind: 'cancel', compensate: false, reason: null } as const;
const cancelAndCompensate = { kind: 'cancel', compensate: true, reason: null } as const;
const pause = { kind: 'pause', reason: null } as const;
const resume = { kind: 'resume' } as const;
const completed = ['emit completed', 'end-workflow completed'];
const cancelled = ['emit cancelled', 'end-workflow cancelled'];

describe('a cancel', () => {
  test('ends the workflow with its last live step, however that ends', () => {
    for (const outcome of ['failed', 'cancelled', 'completed'] as const) {
      const script = started(graphOf({ a: {}, b: {}, c: { dependsOn: ['a'] } }));
      assert.deepEqual(script.when(cancel), ['cancel-tasks']);
      assert.deepEqual(script.ends('a', 'completed'), []);
      assert.deepEqual(script.ends('b', outcome), cancelled, outcome);
    }
  });

  test('comes too late for the last step where that completes', () => {
    const script = started(graphOf({ a: {} }));
    script.when(cancel);
    assert.deepEqual(script.ends('a', 'completed'), completed);
  });

  test('ends at once what only waits', () => {
    const script = started(graphOf({ nap: { sleep: { for: 5 } } }));
    assert.deepEqual(script.when(cancel), [
      'cancel-tasks',
      'end-row nap cancelled',
      'stop-timer nap',
      'emit step-settled nap cancelled',
      ...cancelled,
    ]);
  });

  test('is passed on to children, and waits for them', () => {
    for (const compensate of [false, true]) {
      const script = started(graphOf({ own: { child: { definition: 'child' } } }));
      const passed = `cancel-child own${compensate ? ' (compensate)' : ''}`;
      assert.ok(script.when({ ...cancel, compensate }).includes(passed));
      assert.deepEqual(script.ends('own', 'cancelled').slice(-2), cancelled);
    }
  });

  test('takes a step back that is ready and has not started', () => {
    const script = started(graphOf({ a: {}, b: { dependsOn: ['a'] } }), { isSilent: true });
    assert.equal(script.at('a'), 'ready');
    assert.deepEqual(script.when(cancel), ['cancel-tasks', ...cancelled]);
    assert.equal(script.at('a'), 'blocked');
  });

  test('with compensation compensates what was done, and what completes meanwhile', () => {
    const script = started(graphOf({ a: compensable, b: { ...compensable, dependsOn: ['a'] }, c: compensable }));
    script.ends('a', 'completed');
    assert.deepEqual(script.when(cancelAndCompensate), ['cancel-tasks', 'emit compensating (cancelled)']);
    assert.deepEqual(script.ends('c', 'completed'), ['compensate c']);
    assert.deepEqual(script.ends('b', 'cancelled', true), ['compensate b']);
    assert.deepEqual(script.compensation('b', 'completed'), ['compensate a']);
    script.compensation('c', 'completed');
    assert.deepEqual(script.compensation('a', 'completed'), ['emit compensated (3)', 'end-workflow compensated']);
  });

  test('with compensation and nothing to compensate ends as cancelled', () => {
    const script = started(graphOf({ a: {} }));
    script.when(cancelAndCompensate);
    assert.deepEqual(script.ends('a', 'cancelled'), cancelled);
  });

  test('works while it is paused', () => {
    const script = started(graphOf({ a: {}, b: { dependsOn: ['a'] } }));
    script.when(pause);
    script.ends('a', 'completed');
    assert.deepEqual(script.when(cancel), ['cancel-tasks', ...cancelled]);
  });

  test('is granted again and keeps its first reason, and is refused where it cannot be', () => {
    const script = started(graphOf({ a: compensable, b: compensable }));
    script.when({ ...cancel, reason: 'first' });
    assert.deepEqual(script.when({ ...cancel, reason: 'second' }), []);
    assert.equal(script.instance.cancelReason, 'first');
    assert.equal(script.refusal(cancelAndCompensate), 'cancel_requested');
    const compensating = started(graphOf({ a: compensable, b: compensable }));
    compensating.ends('a', 'failed');
    for (const input of [cancel, cancelAndCompensate]) {
      assert.equal(compensating.refusal(input), 'already_compensating');
    }
    compensating.ends('b', 'failed');
    for (const input of [cancel, cancelAndCompensate]) assert.equal(compensating.refusal(input), 'already_finished');
  });
});

describe('a pause', () => {
  const graph = graphOf({ a: compensable, b: { dependsOn: ['a'] }, c: {} });
  const paused = (of = graph) => {
    const script = started(of);
    assert.deepEqual(script.when(pause), ['emit paused']);
    return script;
  };

  test('lets nothing start until it is resumed', () => {
    const script = paused();
    assert.deepEqual(script.ends('a', 'completed'), []);
    assert.deepEqual(script.when(resume), ['emit resumed', 'start-task b']);
  });

  test('holds the consequences of a failure back, and looks its error up then', () => {
    const script = paused();
    script.ends('a', 'completed');
    assert.deepEqual(script.ends('c', 'failed'), []);
    assert.deepEqual(script.when(resume), ['emit resumed', 'emit compensating (step-failed)', 'compensate a']);
    assert.match(String(script.instance.error), /broken/);
  });

  test('does not hold back the completion of the last step', () => {
    const script = paused(graphOf({ a: {} }));
    assert.deepEqual(script.ends('a', 'completed'), completed);
  });

  test('holds a step back that is about to start', () => {
    const silent = started(graphOf({ nap: { sleep: { for: 5 } }, c: {} }), { isSilent: true });
    silent.when(pause);
    const answer = { prepared: false, laid: undefined, alone: false, reading: undefined, child: undefined };
    silent.when({ kind: 'start-step', step: silent.step('nap'), ...answer });
    assert.equal(silent.at('nap'), 'blocked');
    assert.ok(silent.when(resume).includes('need start nap'));
  });

  test('holds a prepared step back', () => {
    const script = paused(graphOf({ nap: { mapped: true, sleep: {} }, c: {} }));
    assert.deepEqual(script.ends('nap', 'completed'), []);
    assert.equal(script.at('nap'), 'prepared');
    assert.deepEqual(script.when(resume), [
      'emit resumed',
      'add-row nap open',
      'start-timer nap sleep',
      'emit step-waiting nap',
    ]);
  });

  test('lets waits end', () => {
    const script = started(graphOf({ nap: { sleep: { for: 5 } }, b: { dependsOn: ['nap'] } }));
    script.when(pause);
    assert.deepEqual(script.ends('nap', 'completed'), ['end-row nap completed', 'emit step-settled nap completed']);
    assert.deepEqual(script.when(resume), ['emit resumed', 'start-task b']);
  });

  test('and a resume are refused where they make no sense', () => {
    const script = started(graph);
    assert.equal(script.refusal(resume), 'not_paused');
    script.when(pause);
    assert.equal(script.refusal(pause), 'not_running');
    script.when(cancel);
    assert.equal(script.refusal(resume), 'cancel_requested');
    const cancelling = started(graph);
    cancelling.when(cancel);
    assert.equal(cancelling.refusal(pause), 'cancel_requested');
    const over = started(graphOf({ a: {} }));
    over.ends('a', 'failed');
    for (const input of [pause, resume]) assert.equal(over.refusal(input), 'already_finished');
  });

  test('leaves a workflow as it was that refuses it', () => {
    const script = started(graph);
    script.when(cancel);
    const before = structuredClone(script.instance.state);
    script.refusal(pause);
    script.refusal(cancelAndCompensate);
    script.refusal(endOf(script.instance, script.step('b'), 'completed'));
    assert.deepEqual(script.instance.state, before);
  });
});
