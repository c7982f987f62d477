import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, type Script, started } from '../../../testing/workflow-script.ts';
import { childOutcome } from './children.ts';
import { workflowStatuses } from './workflow-status.ts';

const undo = { compensation: { type: 'undo' } };
const cancel = { type: 'cancel', compensate: false } as const;
const cancelAndUndo = { type: 'cancel', compensate: true } as const;

function waitingFor(script: Script, ...keys: string[]): Script {
  for (const key of keys) script.after({ type: 'begin', step: script.step(key), as: 'waiting' });
  return script;
}

describe('a workflow that waits', () => {
  test('says so while nothing is at work', () => {
    const script = started(graphOf({ a: {}, nap: { sleep: { for: 5 } }, b: { dependsOn: ['nap'] } }));
    assert.deepEqual(script.after({ type: 'begin', step: script.step('nap'), as: 'waiting' }), [
      'step-begun nap (waiting)',
    ]);
    assert.deepEqual(script.ends('a', 'completed'), ['step-completed a', 'workflow-waiting']);
    assert.deepEqual(script.ends('nap', 'completed'), ['step-completed nap', 'step-started b', 'workflow-working']);
  });

  test('fails where a wait gives up', () => {
    const script = waitingFor(started(graphOf({ paid: { waitForSignal: { signal: 'paid', timeout: 5 } } })), 'paid');
    assert.deepEqual(script.ends('paid', 'failed'), ['step-failed paid', 'workflow-failed paid']);
  });

  test('for a prepared step goes on with what the preparation gives', () => {
    const script = started(graphOf({ paid: { mapped: true, waitForEvent: { event: 'paid', timeout: 5 } } }));
    assert.equal(script.at('paid'), 'preparing');
    assert.deepEqual(script.after({ type: 'settle-prepare', step: 0, outcome: 'completed' }), ['step-prepared paid']);
    assert.deepEqual(script.after({ type: 'begin', step: 0, as: 'waiting' }), [
      'step-begun paid (waiting)',
      'workflow-waiting',
    ]);
  });

  test('skips, fails or cancels a step as its preparation ends', () => {
    for (const [outcome, events] of [
      ['skipped', ['step-skipped nap', 'workflow-completed']],
      ['failed', ['step-failed nap', 'workflow-failed nap']],
      ['cancelled', ['step-cancelled nap', 'workflow-failed nap']],
    ] as const) {
      const script = started(graphOf({ nap: { mapped: true, sleep: {} } }));
      assert.deepEqual(script.after({ type: 'settle-prepare', step: 0, outcome }), events);
    }
  });

  test('ends its waits when it fails, and asks its children to end', () => {
    const graph = graphOf({
      a: {},
      nap: { sleep: { for: 5 } },
      own: { child: { definition: 'child' } },
      other: { child: { definition: 'child', onParentClose: 'abandon' } },
    });
    const script = waitingFor(started(graph), 'nap', 'own', 'other');
    assert.deepEqual(script.ends('a', 'failed'), [
      'step-failed a',
      'step-cancelled nap',
      'child-cancel-requested own (compensate)',
      'step-cancelled other',
      'workflow-failed a',
    ]);
    assert.deepEqual(script.ends('own', 'cancelled'), ['step-cancelled own']);
  });

  test('takes a step that had not begun back', () => {
    const script = started(graphOf({ a: {}, nap: { sleep: { for: 5 } } }));
    assert.deepEqual(script.ends('a', 'failed'), ['step-failed a', 'step-held nap', 'workflow-failed a']);
    assert.deepEqual(script.after({ type: 'begin', step: script.step('nap'), as: 'waiting' }), []);
  });
});

describe('a cancel', () => {
  test('ends the workflow with its last live step, however that ends', () => {
    for (const outcome of ['failed', 'cancelled', 'completed'] as const) {
      const script = started(graphOf({ a: {}, b: {}, c: { dependsOn: ['a'] } }));
      assert.deepEqual(script.after(cancel), ['cancel-requested']);
      assert.deepEqual(script.ends('a', 'completed'), ['step-completed a']);
      assert.equal(script.ends('b', outcome).at(-1), 'workflow-cancelled', outcome);
    }
  });

  test('comes too late for the last step where that completes', () => {
    const script = started(graphOf({ a: {} }));
    script.after(cancel);
    assert.deepEqual(script.ends('a', 'completed'), ['step-completed a', 'workflow-completed']);
  });

  test('ends at once what only waits', () => {
    const script = waitingFor(started(graphOf({ nap: { sleep: { for: 5 } } })), 'nap');
    assert.deepEqual(script.after(cancel), ['cancel-requested', 'step-cancelled nap', 'workflow-cancelled']);
  });

  test('is passed on to children, and waits for them', () => {
    for (const compensate of [false, true]) {
      const script = waitingFor(started(graphOf({ own: { child: { definition: 'child' } } })), 'own');
      const passed = `child-cancel-requested own${compensate ? ' (compensate)' : ''}`;
      assert.ok(script.after({ type: 'cancel', compensate }).includes(passed));
      assert.equal(script.ends('own', 'cancelled').at(-1), 'workflow-cancelled');
    }
  });

  test('with compensation undoes what was done, and what completes meanwhile', () => {
    const script = started(graphOf({ a: undo, b: { ...undo, dependsOn: ['a'] }, c: undo }));
    script.ends('a', 'completed');
    assert.deepEqual(script.after(cancelAndUndo), ['cancel-requested', 'workflow-compensating (cancelled)']);
    assert.deepEqual(script.ends('c', 'completed'), ['step-completed c', 'undo-started c']);
    assert.deepEqual(script.ends('b', 'cancelled', true), ['step-cancelled b (unknown)', 'undo-started b']);
    assert.deepEqual(script.undo('b', 'completed'), ['undo-completed b', 'undo-started a']);
    script.undo('c', 'completed');
    assert.deepEqual(script.undo('a', 'completed'), ['undo-completed a', 'workflow-compensated (3)']);
  });

  test('with compensation and nothing to undo ends as cancelled', () => {
    const script = started(graphOf({ a: {} }));
    script.after(cancelAndUndo);
    assert.deepEqual(script.ends('a', 'cancelled'), ['step-cancelled a', 'undo-passed a', 'workflow-cancelled']);
  });

  test('works while it is paused', () => {
    const script = started(graphOf({ a: {}, b: { dependsOn: ['a'] } }));
    script.after({ type: 'pause' });
    script.ends('a', 'completed');
    assert.deepEqual(script.after(cancel), ['cancel-requested', 'workflow-cancelled']);
  });

  test('is granted again, and refused where it cannot be', () => {
    const script = started(graphOf({ a: undo, b: undo }));
    script.after(cancel);
    assert.deepEqual(script.after(cancel), []);
    assert.equal(script.refusal(cancelAndUndo), 'cancel_requested');
    const undoing = started(graphOf({ a: undo, b: undo }));
    undoing.ends('a', 'failed');
    for (const command of [cancel, cancelAndUndo]) assert.equal(undoing.refusal(command), 'already_compensating');
    undoing.ends('b', 'failed');
    for (const command of [cancel, cancelAndUndo]) assert.equal(undoing.refusal(command), 'already_finished');
  });
});

describe('a pause', () => {
  const graph = graphOf({ a: undo, b: { dependsOn: ['a'] }, c: {} });
  const paused = (of = graph) => {
    const script = started(of);
    script.after({ type: 'pause' });
    return script;
  };

  test('lets nothing start until it is resumed', () => {
    const script = paused();
    assert.deepEqual(script.ends('a', 'completed'), ['step-completed a']);
    assert.deepEqual(script.after({ type: 'resume' }), ['workflow-resumed', 'step-started b']);
  });

  test('holds the consequences of a failure back', () => {
    const script = paused();
    script.ends('a', 'completed');
    assert.deepEqual(script.ends('c', 'failed'), ['step-failed c']);
    assert.deepEqual(script.after({ type: 'resume' }), [
      'workflow-resumed',
      'workflow-compensating c (step-failed)',
      'undo-started a',
    ]);
  });

  test('does not hold back the completion of the last step', () => {
    const script = paused(graphOf({ a: {} }));
    assert.deepEqual(script.ends('a', 'completed'), ['step-completed a', 'workflow-completed']);
  });

  test('holds a step back that is about to begin', () => {
    const script = paused(graphOf({ nap: { sleep: { for: 5 } }, c: {} }));
    assert.deepEqual(script.after({ type: 'begin', step: script.step('nap'), as: 'waiting' }), ['step-held nap']);
    assert.deepEqual(script.after({ type: 'resume' }), ['workflow-resumed', 'step-started nap']);
  });

  test('holds a prepared step back', () => {
    const script = paused(graphOf({ nap: { mapped: true, sleep: {} }, c: {} }));
    const ended = { type: 'settle-prepare', step: script.step('nap'), outcome: 'completed' } as const;
    assert.deepEqual(script.after(ended), ['step-prepared nap (held)']);
    assert.deepEqual(script.after({ type: 'resume' }), ['workflow-resumed', 'step-prepared nap']);
  });

  test('lets waits end', () => {
    const script = waitingFor(started(graphOf({ nap: { sleep: { for: 5 } }, b: { dependsOn: ['nap'] } })), 'nap');
    script.after({ type: 'pause' });
    assert.deepEqual(script.ends('nap', 'completed'), ['step-completed nap']);
    assert.deepEqual(script.after({ type: 'resume' }), ['workflow-resumed', 'step-started b']);
  });

  test('and a resume are refused where they make no sense', () => {
    const script = started(graph);
    assert.equal(script.refusal({ type: 'resume' }), 'not_paused');
    script.after({ type: 'pause' });
    assert.equal(script.refusal({ type: 'pause' }), 'not_running');
    script.after(cancel);
    assert.equal(script.refusal({ type: 'resume' }), 'cancel_requested');
    const cancelling = started(graph);
    cancelling.after(cancel);
    assert.equal(cancelling.refusal({ type: 'pause' }), 'cancel_requested');
    const over = started(graphOf({ a: {} }));
    over.ends('a', 'failed');
    for (const type of ['pause', 'resume'] as const) assert.equal(over.refusal({ type }), 'already_finished');
  });
});

describe('the end of a child', () => {
  const parent = () => waitingFor(started(graphOf({ own: { child: { definition: 'child' } }, a: {} })), 'own').state;

  test('is a failure of its step unless it completed', () => {
    for (const status of workflowStatuses) {
      assert.equal(childOutcome(parent(), status), status === 'completed' ? 'completed' : 'failed', status);
    }
  });

  test('is no failure where its parent asked for it', () => {
    const asked = { ...parent(), cancelRequested: true };
    assert.equal(childOutcome(asked, 'cancelled'), 'cancelled');
    assert.equal(childOutcome({ ...parent(), status: 'failed' }, 'compensated'), 'cancelled');
    assert.equal(childOutcome(asked, 'failed'), 'failed');
    assert.equal(childOutcome(asked, 'completed'), 'completed');
  });
});
