import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, type Script, started } from '../../../testing/workflow-script.ts';
import type { StepDefinition } from './graph.ts';

const undo = { compensation: { type: 'undo' } };
const after = (...dependsOn: string[]): Omit<StepDefinition, 'key'> => ({ dependsOn, ...undo });

/** a → b → c → d, each of which can be undone. */
const chain = () => started(graphOf({ a: undo, b: after('a'), c: after('b'), d: after('c') }));

function completing(script: Script, ...keys: string[]): Script {
  for (const key of keys) script.ends(key, 'completed');
  return script;
}

describe('a failure with something to undo', () => {
  test('goes on to what stands before a step that started, and is held because it is too much for the turn', () => {
    const { ends, after: told, step } = completing(started(graphOf({ a: undo, b: after('a'), x: {} })), 'a');
    assert.deepEqual(ends('x', 'failed').slice(1), ['workflow-compensating x (step-failed)']);
    const held = told({ type: 'hold', step: step('b') });
    assert.deepEqual(held, ['step-held b', 'undo-passed b', 'undo-started a']);
  });

  test('undoes the finished steps one after the other, the last one first', () => {
    const { ends, undo: undone, state } = completing(chain(), 'a', 'b', 'c');
    assert.deepEqual(ends('d', 'failed'), ['step-failed d', 'workflow-compensating d (step-failed)', 'undo-started c']);
    assert.deepEqual(undone('c', 'completed'), ['undo-completed c', 'undo-started b']);
    assert.deepEqual(undone('b', 'completed'), ['undo-completed b', 'undo-started a']);
    assert.deepEqual(undone('a', 'completed'), ['undo-completed a', 'workflow-compensated (3)']);
    assert.equal(state.failedStep, 3);
  });

  test('does not undo the step that failed, because nothing of it was done', () => {
    const { ends } = completing(chain(), 'a');
    assert.deepEqual(ends('b', 'failed').slice(1), ['workflow-compensating b (step-failed)', 'undo-started a']);
  });

  test('undoes a step of which nobody knows how far it came', () => {
    const { ends, undo: undone } = completing(chain(), 'a');
    assert.deepEqual(ends('b', 'failed', true), [
      'step-failed b (unknown)',
      'workflow-compensating b (step-failed)',
      'undo-started b',
    ]);
    assert.deepEqual(undone('b', 'completed'), ['undo-completed b', 'undo-started a']);
  });

  test('undoes a tolerated failure of unknown outcome too', () => {
    const script = started(graphOf({ a: { ...undo, onError: 'continue' }, b: { dependsOn: ['a'] } }));
    script.ends('a', 'failed', true);
    assert.deepEqual(script.ends('b', 'failed').at(-1), 'undo-started a');
  });

  test('fails at once where no step has a compensation', () => {
    const { ends } = started(graphOf({ a: {}, b: { dependsOn: ['a'] } }));
    ends('a', 'completed');
    assert.deepEqual(ends('b', 'failed'), ['step-failed b', 'workflow-failed b']);
  });

  test('fails at once where the graph says so', () => {
    const { ends } = started(graphOf({ a: undo, b: after('a') }, { onFailure: 'stop' }));
    ends('a', 'completed');
    assert.deepEqual(ends('b', 'failed'), ['step-failed b', 'workflow-failed b']);
  });

  test('ends as failed where nothing that was done can be undone', () => {
    const { ends, state } = started(graphOf({ a: {}, b: after('a') }));
    ends('a', 'completed');
    assert.deepEqual(ends('b', 'failed'), [
      'step-failed b',
      'workflow-compensating b (step-failed)',
      'workflow-failed b',
    ]);
    assert.equal(state.compensation, undefined);
  });

  test('lets tasks that run come to their end, and undoes what completes', () => {
    const script = started(graphOf({ a: undo, b: undo, c: undo }));
    assert.deepEqual(script.ends('a', 'failed'), ['step-failed a', 'workflow-compensating a (step-failed)']);
    assert.deepEqual(script.ends('b', 'completed'), ['step-completed b', 'undo-started b']);
    assert.deepEqual(script.undo('b', 'completed'), ['undo-completed b']);
    assert.deepEqual(script.ends('c', 'failed'), ['step-failed c', 'undo-passed c', 'workflow-compensated (1)']);
  });

  test('starts nothing any more', () => {
    const script = started(graphOf({ a: undo, b: undo, c: after('b') }));
    script.ends('a', 'failed');
    script.ends('b', 'completed');
    assert.equal(script.at('c'), 'blocked');
  });
});

describe('the order of undoing', () => {
  test('has no barrier: branches are undone each at their own pace', () => {
    const graph = graphOf({ a: undo, b1: after('a'), b2: after('b1'), c1: after('a'), c2: after('c1'), x: {} });
    const script = completing(started(graph), 'a', 'b1', 'b2', 'c1', 'c2');
    assert.deepEqual(script.ends('x', 'failed').slice(2), ['undo-started b2', 'undo-started c2']);
    assert.deepEqual(script.undo('b2', 'completed'), ['undo-completed b2', 'undo-started b1']);
    assert.deepEqual(script.undo('b1', 'completed'), ['undo-completed b1'], 'a waits for c1');
    assert.deepEqual(script.undo('c2', 'completed'), ['undo-completed c2', 'undo-started c1']);
    assert.deepEqual(script.undo('c1', 'completed'), ['undo-completed c1', 'undo-started a']);
  });

  test('holds across steps that have nothing to undo', () => {
    const script = started(graphOf({ a: undo, b: { dependsOn: ['a'] }, c: after('b'), x: {} }));
    completing(script, 'a', 'b', 'c');
    assert.deepEqual(script.ends('x', 'failed').slice(2), ['undo-started c']);
    assert.deepEqual(script.undo('c', 'completed'), ['undo-completed c', 'undo-passed b', 'undo-started a']);
  });

  test('waits for a step that still runs behind a finished one', () => {
    const script = started(graphOf({ a: undo, b: after('a'), x: {} }));
    script.ends('a', 'completed');
    assert.deepEqual(script.ends('x', 'failed'), ['step-failed x', 'workflow-compensating x (step-failed)']);
    assert.deepEqual(script.ends('b', 'failed'), ['step-failed b', 'undo-passed b', 'undo-started a']);
  });
});

describe('a point of no return', () => {
  const steps = { a: undo, b: { ...after('a'), commit: true }, c: after('b'), d: after('c'), e: undo };

  test('keeps itself and everything before it, once it has completed', () => {
    const script = completing(started(graphOf(steps)), 'a', 'b', 'c', 'e');
    assert.deepEqual(script.ends('d', 'failed').slice(2), ['undo-started c', 'undo-started e']);
    script.undo('e', 'completed');
    assert.deepEqual(script.undo('c', 'completed'), [
      'undo-completed c',
      'undo-passed b',
      'undo-passed a',
      'workflow-compensated (2)',
    ]);
  });

  test('that was not reached keeps nothing', () => {
    const script = completing(started(graphOf(steps)), 'a', 'e');
    assert.deepEqual(script.ends('b', 'failed').slice(2), ['undo-started a', 'undo-started e']);
  });

  test('that completes while others are undone keeps what stands before it', () => {
    const script = started(graphOf({ a: undo, b: { ...after('a'), commit: true }, x: undo }));
    script.ends('a', 'completed');
    script.ends('x', 'failed');
    assert.deepEqual(script.ends('b', 'completed'), [
      'step-completed b',
      'undo-passed b',
      'undo-passed a',
      'workflow-failed x',
    ]);
  });
});

describe('a compensation that fails', () => {
  const stuck = () => {
    const script = completing(chain(), 'a', 'b', 'c');
    script.ends('d', 'failed');
    return script;
  };

  for (const outcome of ['failed', 'cancelled'] as const) {
    test(`or is cancelled (${outcome}) parks the workflow`, () => {
      const script = stuck();
      assert.deepEqual(script.undo('c', outcome), ['undo-stuck c']);
      assert.equal(script.state.status, 'compensation-stuck');
    });
  }

  test('holds up only what stands before it', () => {
    const script = started(graphOf({ a: undo, b: after('a'), c: undo, d: after('c'), x: {} }));
    completing(script, 'a', 'b', 'c', 'd');
    script.ends('x', 'failed');
    script.undo('b', 'failed');
    assert.deepEqual(script.undo('d', 'completed'), ['undo-completed d', 'undo-started c']);
    assert.deepEqual(script.undo('c', 'completed'), ['undo-completed c']);
    assert.equal(script.state.status, 'compensation-stuck');
  });

  test('is tried again by a retry', () => {
    const script = stuck();
    script.undo('c', 'failed');
    assert.deepEqual(script.after({ type: 'retry' }), ['workflow-compensating (retried)', 'undo-started c (again)']);
    assert.deepEqual(script.undo('c', 'completed'), ['undo-completed c', 'undo-started b']);
  });

  test('is settled by hand, and the rest goes on', () => {
    const script = stuck();
    script.undo('c', 'failed');
    assert.deepEqual(script.after({ type: 'settle-undo-by-hand', step: script.step('c') }), [
      'undo-settled c',
      'undo-started b',
      'workflow-compensating (retried)',
    ]);
    script.undo('b', 'completed');
    assert.deepEqual(script.undo('a', 'completed'), ['undo-completed a', 'workflow-compensated (3)']);
  });

  test('is settled by hand as the last one, and the workflow is compensated', () => {
    const script = stuck();
    script.undo('c', 'completed');
    script.undo('b', 'completed');
    script.undo('a', 'failed');
    assert.deepEqual(script.after({ type: 'settle-undo-by-hand', step: script.step('a') }), [
      'undo-settled a',
      'workflow-compensated (3)',
    ]);
  });

  test('alone is settled by hand', () => {
    const script = stuck();
    for (const key of ['a', 'c', 'd']) {
      assert.equal(
        script.refusal({ type: 'settle-undo-by-hand', step: script.step(key) }),
        'compensation_not_stuck',
        key,
      );
    }
  });

  test('does not end the workflow while another one runs', () => {
    const script = started(graphOf({ a: undo, b: undo, x: {} }));
    completing(script, 'a', 'b');
    script.ends('x', 'failed');
    script.undo('a', 'failed');
    assert.deepEqual(script.undo('b', 'completed'), ['undo-completed b']);
    assert.deepEqual(script.after({ type: 'settle-undo-by-hand', step: script.step('a') }), [
      'undo-settled a',
      'workflow-compensated (2)',
    ]);
  });
});

describe('a fan-out', () => {
  const graph = graphOf({ all: { type: 'item', each: { over: [], tolerate: 0 }, ...undo }, x: { onError: 'fail' } });
  const fanning = (total: number) => {
    const script = started(graph);
    script.after({ type: 'begin-items', step: script.step('all'), total });
    return script;
  };

  test('that failed is undone as a whole once one of its items completed', () => {
    const script = fanning(2);
    script.item('all', 'completed');
    assert.deepEqual(script.item('all', 'failed').slice(1), [
      'step-failed all (unknown)',
      'workflow-compensating all (step-failed)',
      'undo-started all',
    ]);
  });

  test('that failed is undone where one of its items may have worked', () => {
    assert.ok(fanning(1).item('all', 'failed', true).includes('undo-started all'));
  });

  test('that failed with nothing done is not undone', () => {
    assert.ok(!fanning(1).item('all', 'failed').includes('undo-started all'));
  });
});
