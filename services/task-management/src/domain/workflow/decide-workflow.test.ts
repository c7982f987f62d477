import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphOf, started } from '../../../testing/workflow-script.ts';
import { evolve } from './evolve.ts';
import type { WorkflowEvent } from './workflow-event.ts';
import { workflowEventTypes, workflowStatuses, workflowTransitions } from './workflow-status.ts';

const diamond = graphOf({ a: {}, b: { dependsOn: ['a'] }, c: { dependsOn: ['a'] }, d: { dependsOn: ['b', 'c'] } });

describe('a workflow', () => {
  test('starts with the steps that wait for nothing', () => {
    const { at } = started(diamond);
    assert.deepEqual([at('a'), at('b')], ['running', 'blocked']);
  });

  test('starts what waited for a completed step, and joins when the last dependency completed', () => {
    const { ends } = started(diamond);
    assert.deepEqual(ends('a', 'completed'), ['step-completed a', 'step-started b', 'step-started c']);
    assert.deepEqual(ends('b', 'completed'), ['step-completed b']);
    assert.deepEqual(ends('c', 'completed'), ['step-completed c', 'step-started d']);
    assert.deepEqual(ends('d', 'completed'), ['step-completed d', 'workflow-completed']);
  });

  test('with nothing to undo fails at once with its first failed step, and starts nothing any more', () => {
    const { ends, state } = started(diamond);
    ends('a', 'completed');
    assert.deepEqual(ends('b', 'failed'), ['step-failed b', 'workflow-failed b']);
    assert.deepEqual(ends('c', 'completed'), ['step-completed c']);
    assert.equal(state.status, 'failed');
  });

  test('records a second failure without failing twice', () => {
    const { ends } = started(diamond);
    ends('a', 'completed');
    ends('b', 'failed');
    assert.deepEqual(ends('c', 'failed'), ['step-failed c']);
  });

  test('fails when one of its steps is cancelled by itself, even one whose failure is tolerated', () => {
    assert.deepEqual(started(diamond).ends('a', 'cancelled'), ['step-cancelled a', 'workflow-failed a']);
    const tolerant = started(graphOf({ a: { onError: 'continue' }, b: { dependsOn: ['a'] } }));
    assert.deepEqual(tolerant.ends('a', 'cancelled'), ['step-cancelled a', 'workflow-failed a']);
  });

  test('ignores an outcome that it knows already, or of a step that it never started', () => {
    const { ends } = started(diamond);
    ends('a', 'completed');
    assert.deepEqual(ends('a', 'failed'), []);
    assert.deepEqual(ends('d', 'completed'), []);
  });
});

describe('a step that does not run', () => {
  const optional = graphOf({ a: {}, b: { dependsOn: ['a'], when: { $from: 'input' } }, c: { dependsOn: ['b'] } });

  test('with a condition is worked out before it begins', () => {
    const { ends, at } = started(optional);
    ends('a', 'completed');
    assert.equal(at('b'), 'starting');
  });

  test('runs as a task where the condition holds', () => {
    const { ends, after, step, at } = started(optional);
    ends('a', 'completed');
    assert.deepEqual(after({ type: 'begin', step: step('b'), as: 'running' }), ['step-begun b (running)']);
    assert.equal(at('b'), 'running');
  });

  test('is skipped where it does not, and what depends on it runs', () => {
    const { ends } = started(optional);
    ends('a', 'completed');
    assert.deepEqual(ends('b', 'skipped'), ['step-skipped b', 'step-started c']);
    assert.deepEqual(ends('c', 'completed'), ['step-completed c', 'workflow-completed']);
  });

  test('may be skipped by the worker that evaluates its condition', () => {
    const { ends } = started(graphOf({ a: { mapped: true }, b: { dependsOn: ['a'] } }));
    assert.deepEqual(ends('a', 'skipped'), ['step-skipped a', 'step-started b']);
  });

  test('completes the workflow when it was the last one', () => {
    const { ends } = started(graphOf({ a: { when: { $from: 'input' } } }));
    assert.deepEqual(ends('a', 'skipped'), ['step-skipped a', 'workflow-completed']);
  });

  test('may fail where that is tolerated, and what depends on it runs', () => {
    const { ends } = started(graphOf({ a: { onError: 'continue' }, b: { dependsOn: ['a'] } }));
    assert.deepEqual(ends('a', 'failed'), ['step-failed a', 'step-started b']);
    assert.deepEqual(ends('b', 'completed'), ['step-completed b', 'workflow-completed']);
  });

  test('fails the workflow when it cannot begin', () => {
    const { ends } = started(optional);
    ends('a', 'completed');
    assert.deepEqual(ends('b', 'failed'), ['step-failed b', 'workflow-failed b']);
  });
});

describe('the table of a workflow', () => {
  test('has an entry for every status and every event', () => {
    for (const status of workflowStatuses) {
      assert.deepEqual(Object.keys(workflowTransitions[status]).sort(), [...workflowEventTypes].sort(), status);
    }
  });

  test('an impossible event changes nothing, and a possible one leads where the table says', () => {
    const sample = {
      step: 1,
      as: 'running',
      held: false,
      unknown: false,
      total: 3,
      started: 2,
      from: 2,
      count: 1,
      outcome: 'completed',
      compensate: true,
      again: false,
      reason: 'cancelled',
      compensations: 1,
      reset: [1],
    };
    for (const status of workflowStatuses) {
      for (const type of workflowEventTypes) {
        const { state, ends } = started(diamond);
        ends('a', 'completed');
        state.status = status;
        const before = structuredClone(state);
        evolve(diamond, state, { type, ...sample } as unknown as WorkflowEvent);
        const next = workflowTransitions[status][type];
        if (next === 'impossible') assert.deepEqual(state, before, `${status} + ${type}`);
        else assert.equal(state.status, next, `${status} + ${type}`);
      }
    }
  });

  test('a completed workflow changes no more, and one that ended otherwise only by a retry', () => {
    const possible = (status: (typeof workflowStatuses)[number]) =>
      workflowEventTypes.filter((type) => !['impossible', status].includes(workflowTransitions[status][type]));
    assert.deepEqual(possible('completed'), []);
    for (const status of ['failed', 'cancelled', 'compensated'] as const) {
      assert.deepEqual(possible(status), ['workflow-retried'], status);
    }
  });

  test('nothing begins in any status but running and waiting', () => {
    const begins = ['step-started', 'step-begun', 'items-begun', 'items-started'] as const;
    for (const status of workflowStatuses) {
      const goesOn = status === 'running' || status === 'waiting';
      for (const type of begins)
        assert.equal(workflowTransitions[status][type] !== 'impossible', goesOn, `${status} ${type}`);
    }
  });
});
