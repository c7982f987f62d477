import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, started } from '../../../testing/workflow-script.ts';
import { moveTo } from './workflow-state.ts';
import { isFinalWorkflow, workflowMoves, workflowStatuses } from './workflow-status.ts';

const diamond = graphOf({ a: {}, b: { dependsOn: ['a'] }, c: { dependsOn: ['a'] }, d: { dependsOn: ['b', 'c'] } });

describe('a workflow', () => {
  test('starts with the steps that wait for nothing', () => {
    const { at, first } = started(diamond);
    assert.deepEqual(first, ['start-task a']);
    assert.deepEqual([at('a'), at('b')], ['running', 'blocked']);
  });

  test('starts what waited for a completed step, and joins when the last dependency completed', () => {
    const { ends } = started(diamond);
    assert.deepEqual(ends('a', 'completed'), ['start-task b', 'start-task c']);
    assert.deepEqual(ends('b', 'completed'), []);
    assert.deepEqual(ends('c', 'completed'), ['start-task d']);
    assert.deepEqual(ends('d', 'completed'), ['emit completed', 'end-workflow completed']);
  });

  test('with nothing to compensate fails at once with its first failed step, and starts nothing any more', () => {
    const { ends, at, instance } = started(diamond);
    ends('a', 'completed');
    assert.deepEqual(ends('b', 'failed'), ['emit failed b', 'end-workflow failed']);
    assert.deepEqual(ends('c', 'completed'), []);
    assert.deepEqual([instance.state.status, at('c'), at('d')], ['failed', 'completed', 'blocked']);
  });

  test('records a second failure without failing twice', () => {
    const { ends, at } = started(diamond);
    ends('a', 'completed');
    ends('b', 'failed');
    assert.deepEqual(ends('c', 'failed'), []);
    assert.equal(at('c'), 'failed');
  });

  test('fails when one of its steps is cancelled by itself, even one whose failure is tolerated', () => {
    assert.deepEqual(started(diamond).ends('a', 'cancelled'), ['emit failed a', 'end-workflow failed']);
    const tolerant = started(graphOf({ a: { onError: 'continue' }, b: { dependsOn: ['a'] } }));
    assert.deepEqual(tolerant.ends('a', 'cancelled'), ['emit failed a', 'end-workflow failed']);
  });

  test('says of an end that it knows already, or of a step that it never started, that it is not open', () => {
    const { ends, refusal, step } = started(diamond);
    ends('a', 'completed');
    const end = { kind: 'task-ended', outcome: 'failed', unknown: false, error: undefined } as const;
    for (const key of ['a', 'd']) assert.equal(refusal({ ...end, step: step(key) }), 'not-open', key);
  });

  test('does the same from the same instance', () => {
    const [one, other] = [started(diamond), started(diamond)];
    for (const key of ['a', 'c', 'b', 'd']) assert.deepEqual(one.ends(key, 'completed'), other.ends(key, 'completed'));
    assert.deepEqual(one.instance, other.instance);
  });
});

describe('a step that does not run', () => {
  const when = { value: { $from: 'input' }, equals: 'run' };
  const optional = graphOf({ a: {}, b: { dependsOn: ['a'], when }, c: { dependsOn: ['b'] } });

  test('runs as a task where its condition holds', () => {
    const { ends, at } = started(optional, { input: 'run' });
    assert.deepEqual(ends('a', 'completed'), ['start-task b']);
    assert.equal(at('b'), 'running');
  });

  test('is skipped where it does not, and what depends on it runs', () => {
    const { ends } = started(optional);
    assert.deepEqual(ends('a', 'completed'), ['emit step-skipped b', 'add-row b skipped', 'start-task c']);
    assert.deepEqual(ends('c', 'completed'), ['emit completed', 'end-workflow completed']);
  });

  test('may be skipped by the worker that evaluates its condition', () => {
    const { ends } = started(graphOf({ a: { mapped: true }, b: { dependsOn: ['a'] } }));
    assert.deepEqual(ends('a', 'skipped'), ['emit step-skipped a', 'start-task b']);
  });

  test('completes the workflow when it was the last one', () => {
    assert.deepEqual(started(graphOf({ a: { when } })).first, [
      'emit step-skipped a',
      'add-row a skipped',
      'emit completed',
      'end-workflow completed',
    ]);
  });

  test('may fail where that is tolerated, and what depends on it runs', () => {
    const { ends } = started(graphOf({ a: { onError: 'continue' }, b: { dependsOn: ['a'] } }));
    assert.deepEqual(ends('a', 'failed'), ['start-task b']);
    assert.deepEqual(ends('b', 'completed'), ['emit completed', 'end-workflow completed']);
  });

  test('fails the workflow when it cannot start', () => {
    const { first } = started(graphOf({ a: { payload: { $from: 'input.none' } } }));
    assert.deepEqual(first, ['add-row a failed', 'emit failed a', 'end-workflow failed']);
  });
});

describe('the table of a workflow', () => {
  test('lets a workflow go where it says, and nowhere else', () => {
    for (const from of workflowStatuses) {
      for (const to of workflowStatuses) {
        const { state } = started(diamond).instance;
        state.status = from;
        const isAllowed = from === to || workflowMoves[from].includes(to);
        if (isAllowed) moveTo(state, to);
        else assert.throws(() => moveTo(state, to), /cannot go from/, `${from} to ${to}`);
        assert.equal(state.status, isAllowed ? to : from);
      }
    }
  });

  test('lets one that ended otherwise than well run again, and takes a completion back alone', () => {
    for (const status of workflowStatuses.filter(isFinalWorkflow)) {
      const expected = status === 'completed' ? ['running', 'paused'] : ['running'];
      assert.deepEqual(workflowMoves[status], expected, status);
    }
    assert.deepEqual(workflowMoves.stuck, []);
  });
});
