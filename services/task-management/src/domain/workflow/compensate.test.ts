import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, overflowing, type Script, started } from '../../../testing/workflow-script.ts';
import type { StepDefinition } from './graph.ts';
import { compensationState } from './workflow-state.ts';

const compensable = { compensation: { type: 'undo' } };
const after = (...dependsOn: string[]): Omit<StepDefinition, 'key'> => ({ dependsOn, ...compensable });

/** a → b → c → d, each of which can be compensated. */
const chain = () => started(graphOf({ a: compensable, b: after('a'), c: after('b'), d: after('c') }));

function completing(script: Script, ...keys: string[]): Script {
  for (const key of keys) script.ends(key, 'completed');
  return script;
}

const compensating = 'emit compensating (step-failed)';
const failed = (key: string) => [`emit failed ${key}`, 'end-workflow failed'];
const compensated = (steps: number) => [`emit compensated (${steps})`, 'end-workflow compensated'];

describe('a failure with something to compensate', () => {
  test('compensates the finished steps one after the other, the last one first', () => {
    const { ends, compensation, instance } = completing(chain(), 'a', 'b', 'c');
    assert.deepEqual(ends('d', 'failed'), [compensating, 'compensate c']);
    assert.deepEqual(compensation('c', 'completed'), ['compensate b']);
    assert.deepEqual(compensation('b', 'completed'), ['compensate a']);
    assert.deepEqual(compensation('a', 'completed'), compensated(3));
    assert.equal(instance.state.failedStep, 3);
  });

  test('does not compensate the step that failed, because nothing of it was done', () => {
    const { ends } = completing(chain(), 'a');
    assert.deepEqual(ends('b', 'failed'), [compensating, 'compensate a']);
  });

  test('compensates a step of which nobody knows how far it came', () => {
    const { ends, compensation } = completing(chain(), 'a');
    assert.deepEqual(ends('b', 'failed', true), [compensating, 'compensate b']);
    assert.deepEqual(compensation('b', 'completed'), ['compensate a']);
  });

  test('compensates a tolerated failure of unknown outcome too', () => {
    const script = started(graphOf({ a: { ...compensable, onError: 'continue' }, b: { dependsOn: ['a'] } }));
    script.ends('a', 'failed', true);
    assert.deepEqual(script.ends('b', 'failed').at(-1), 'compensate a');
  });

  test('fails at once where no step has a compensation', () => {
    const { ends } = started(graphOf({ a: {}, b: { dependsOn: ['a'] } }));
    ends('a', 'completed');
    assert.deepEqual(ends('b', 'failed'), failed('b'));
  });

  test('fails at once where the graph says so', () => {
    const { ends } = started(graphOf({ a: compensable, b: after('a') }, { onFailure: 'stop' }));
    ends('a', 'completed');
    assert.deepEqual(ends('b', 'failed'), failed('b'));
  });

  test('ends as failed where nothing that was done can be compensated', () => {
    const { ends, instance } = started(graphOf({ a: {}, b: after('a') }));
    ends('a', 'completed');
    assert.deepEqual(ends('b', 'failed'), [compensating, ...failed('b')]);
    assert.equal(instance.state.compensation, undefined);
  });

  test('lets tasks that run come to their end, and compensates what completes', () => {
    const script = started(graphOf({ a: compensable, b: compensable, c: compensable }));
    assert.deepEqual(script.ends('a', 'failed'), [compensating]);
    assert.deepEqual(script.ends('b', 'completed'), ['compensate b']);
    assert.deepEqual(script.compensation('b', 'completed'), []);
    assert.deepEqual(script.ends('c', 'failed'), compensated(1));
  });

  test('starts nothing any more', () => {
    const script = started(graphOf({ a: compensable, b: compensable, c: after('b') }));
    script.ends('a', 'failed');
    script.ends('b', 'completed');
    assert.equal(script.at('c'), 'blocked');
  });

  test('goes on to what stands before a step that is ready, which does not start any more', () => {
    const script = started(graphOf({ a: compensable, b: after('a'), x: {} }), { isSilent: true });
    const values = { prepared: false, laid: undefined, alone: false, child: undefined, reading: overflowing };
    for (const key of ['a', 'x']) script.when({ kind: 'start-step', step: script.step(key), ...values });
    script.ends('a', 'completed');
    assert.equal(script.at('b'), 'ready');
    assert.deepEqual(script.ends('x', 'failed'), [compensating, 'need compensate a']);
    assert.equal(script.at('b'), 'blocked');
  });
});

describe('the order of compensation', () => {
  test('has no barrier: branches are compensated each at their own pace', () => {
    const graph = graphOf({ a: compensable, b1: after('a'), b2: after('b1'), c1: after('a'), c2: after('c1'), x: {} });
    const script = completing(started(graph), 'a', 'b1', 'b2', 'c1', 'c2');
    assert.deepEqual(script.ends('x', 'failed'), [compensating, 'compensate b2', 'compensate c2']);
    assert.deepEqual(script.compensation('b2', 'completed'), ['compensate b1']);
    assert.deepEqual(script.compensation('b1', 'completed'), [], 'a waits for c1');
    assert.deepEqual(script.compensation('c2', 'completed'), ['compensate c1']);
    assert.deepEqual(script.compensation('c1', 'completed'), ['compensate a']);
  });

  test('holds across steps that have nothing to compensate', () => {
    const script = started(graphOf({ a: compensable, b: { dependsOn: ['a'] }, c: after('b'), x: {} }));
    completing(script, 'a', 'b', 'c');
    assert.deepEqual(script.ends('x', 'failed'), [compensating, 'compensate c']);
    assert.deepEqual(script.compensation('c', 'completed'), ['compensate a']);
  });

  test('waits for a step that still runs behind a finished one', () => {
    const script = started(graphOf({ a: compensable, b: after('a'), x: {} }));
    script.ends('a', 'completed');
    assert.deepEqual(script.ends('x', 'failed'), [compensating]);
    assert.deepEqual(script.ends('b', 'failed'), ['compensate a']);
  });
});

describe('a point of no return', () => {
  const steps = { a: compensable, b: { ...after('a'), commit: true }, c: after('b'), d: after('c'), e: compensable };

  test('commits itself and everything before it, once it has completed', () => {
    const script = completing(started(graphOf(steps)), 'a', 'b', 'c', 'e');
    assert.deepEqual(script.ends('d', 'failed'), [compensating, 'compensate c', 'compensate e']);
    script.compensation('e', 'completed');
    assert.deepEqual(script.compensation('c', 'completed'), compensated(2));
  });

  test('that was not reached commits nothing', () => {
    const script = completing(started(graphOf(steps)), 'a', 'e');
    assert.deepEqual(script.ends('b', 'failed'), [compensating, 'compensate a', 'compensate e']);
  });

  test('that completes while others are compensated commits what stands before it', () => {
    const script = started(graphOf({ a: compensable, b: { ...after('a'), commit: true }, x: compensable }));
    script.ends('a', 'completed');
    script.ends('x', 'failed');
    assert.deepEqual(script.ends('b', 'completed'), failed('x'));
  });
});

describe('a compensation that fails', () => {
  const resolve = (step: string) => ({ kind: 'resolve-compensation', step, reason: 'by hand' }) as const;
  const stuck = () => {
    const script = completing(chain(), 'a', 'b', 'c');
    script.ends('d', 'failed');
    return script;
  };

  for (const outcome of ['failed', 'cancelled'] as const) {
    test(`or is cancelled (${outcome}) parks the workflow`, () => {
      const script = stuck();
      assert.deepEqual(script.compensation('c', outcome), ['emit compensation-stuck c']);
      assert.equal(script.instance.state.status, 'compensation-stuck');
    });
  }

  test('holds up only what stands before it', () => {
    const script = started(graphOf({ a: compensable, b: after('a'), c: compensable, d: after('c'), x: {} }));
    completing(script, 'a', 'b', 'c', 'd');
    script.ends('x', 'failed');
    script.compensation('b', 'failed');
    assert.deepEqual(script.compensation('d', 'completed'), ['compensate c']);
    assert.deepEqual(script.compensation('c', 'completed'), []);
    assert.equal(script.instance.state.status, 'compensation-stuck');
  });

  test('is tried again by a retry', () => {
    const script = stuck();
    script.compensation('c', 'failed');
    assert.deepEqual(script.when({ kind: 'retry' }), ['emit compensating (retried)', 'reset-row c', 'compensate c']);
    assert.deepEqual(script.compensation('c', 'completed'), ['compensate b']);
  });

  test('is resolved by hand, and the rest goes on', () => {
    const script = stuck();
    script.compensation('c', 'failed');
    assert.deepEqual(script.when(resolve('c')), [
      'resolve-compensation c',
      'emit compensating (retried)',
      'compensate b',
    ]);
    script.compensation('b', 'completed');
    assert.deepEqual(script.compensation('a', 'completed'), compensated(3));
  });

  test('is resolved by hand as the last one, and the workflow is compensated', () => {
    const script = stuck();
    script.compensation('c', 'completed');
    script.compensation('b', 'completed');
    script.compensation('a', 'failed');
    assert.deepEqual(script.when(resolve('a')), ['resolve-compensation a', ...compensated(3)]);
  });

  test('alone is resolved by hand', () => {
    const script = stuck();
    for (const key of ['a', 'c', 'd']) assert.equal(script.refusal(resolve(key)), 'compensation_not_stuck', key);
    assert.equal(script.refusal(resolve('none')), 'unknown_step');
  });

  test('keeps the workflow stuck until the last of them is resolved', () => {
    const script = started(graphOf({ a: compensable, b: after('a'), c: compensable, x: {} }));
    completing(script, 'a', 'b', 'c');
    script.ends('x', 'failed');
    for (const key of ['b', 'c']) script.compensation(key, 'failed');
    assert.deepEqual(script.when(resolve('b')), ['resolve-compensation b', 'compensate a']);
    assert.equal(script.instance.state.status, 'compensation-stuck');
    assert.deepEqual(script.when(resolve('c')), ['resolve-compensation c', 'emit compensating (retried)']);
  });

  test('does not end the workflow while another one runs', () => {
    const script = started(graphOf({ a: compensable, b: compensable, x: {} }));
    completing(script, 'a', 'b');
    script.ends('x', 'failed');
    script.compensation('a', 'failed');
    assert.deepEqual(script.compensation('b', 'completed'), []);
    assert.deepEqual(script.when(resolve('a')), ['resolve-compensation a', ...compensated(2)]);
  });

  test('says once that it ended: another end of it is not open', () => {
    const script = stuck();
    script.compensation('c', 'completed');
    const end = { kind: 'compensation-ended', outcome: 'failed', unknown: false, error: undefined } as const;
    for (const key of ['c', 'd']) assert.equal(script.refusal({ ...end, step: script.step(key) }), 'not-open', key);
  });
});

describe('a compensation whose payload is read', () => {
  const graph = () =>
    started(graphOf({ a: { compensation: { type: 'undo', payload: { $from: 'steps.a.result' } } }, b: after('a') }), {
      isSilent: true,
    });
  const failing = () => {
    const script = graph();
    const values = { prepared: false, laid: undefined, alone: false, child: undefined, reading: overflowing };
    script.when({ kind: 'start-step', step: 0, ...values });
    script.ends('a', 'completed');
    script.when({ kind: 'start-step', step: 1, ...values });
    assert.deepEqual(script.ends('b', 'failed'), [compensating, 'need compensate a']);
    return script;
  };

  test('is tried by itself where that is too large beside others, and is stuck where it is so alone', () => {
    const script = failing();
    const answer = { kind: 'compensate', step: 0, again: false, reading: overflowing } as const;
    assert.deepEqual(script.when({ ...answer, alone: false }), ['need compensate a']);
    assert.deepEqual(script.when({ ...answer, alone: true }), [
      'add-row a/compensation failed',
      'emit compensation-stuck a',
    ]);
  });

  test('has not started where the transaction reads no more, and starts when the workflow goes on', () => {
    const script = failing();
    assert.deepEqual(script.when({ kind: 'compensate', step: 0, again: false, reading: undefined, alone: false }), [
      'defer go-on',
    ]);
    const { compensation, status } = script.instance.state;
    assert.deepEqual(
      [compensation?.steps[0], compensation?.started, status],
      [compensationState.none, 0, 'compensating'],
    );
    assert.deepEqual(script.when({ kind: 'go-on' }), ['need compensate a']);
  });

  test('that was stuck is reset where it is deferred, and starts for the first time then', () => {
    const script = failing();
    const answer = { kind: 'compensate', step: 0, reading: overflowing, alone: true } as const;
    script.when({ ...answer, again: false });
    assert.deepEqual(script.when({ kind: 'retry' }), ['emit compensating (retried)', 'need compensate a']);
    assert.deepEqual(script.when({ ...answer, again: true, reading: undefined }), ['reset-row a', 'defer go-on']);
    assert.deepEqual(script.when({ kind: 'go-on' }), ['need compensate a']);
    assert.equal(script.instance.state.compensation?.started, 1);
  });
});

describe('a fan-out', () => {
  const fanning = (total: number) =>
    started(
      graphOf({ all: { type: 'item', each: { over: Array(total).fill(0), tolerate: 0 }, ...compensable }, x: {} }),
    );

  test('that failed is compensated as a whole once one of its items completed', () => {
    const script = fanning(2);
    script.item('all', 'completed');
    assert.deepEqual(script.item('all', 'failed'), [
      'end-row all failed (unknown)',
      'forget-items all',
      'emit step-settled all failed',
      compensating,
      'compensate all',
    ]);
  });

  test('that failed is compensated where one of its items may have worked', () => {
    assert.ok(fanning(1).item('all', 'failed', true).includes('compensate all'));
  });

  test('that failed with nothing done is not compensated', () => {
    assert.ok(!fanning(1).item('all', 'failed').includes('compensate all'));
  });
});
