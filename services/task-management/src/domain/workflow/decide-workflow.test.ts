import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileGraph } from './compile-graph.ts';
import { decide, type StepOutcome, settle, startedState } from './decide-workflow.ts';
import type { CompiledGraph } from './graph.ts';
import { evolve, stepState, type WorkflowEvent, type WorkflowState } from './workflow-state.ts';
import { workflowEventTypes, workflowStatuses, workflowTransitions } from './workflow-status.ts';

function graphOf(steps: Record<string, string[]>): CompiledGraph {
  const compilation = compileGraph({
    steps: Object.entries(steps).map(([key, dependsOn]) => ({ key, type: 'work', dependsOn })),
  });
  assert.ok('graph' in compilation);
  return compilation.graph;
}

const diamond = graphOf({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'] });

/** given a started workflow of which these steps have ended so */
function given(graph: CompiledGraph, ...outcomes: [string, StepOutcome][]): WorkflowState {
  const state = startedState(graph);
  for (const [key, outcome] of outcomes) settle(graph, state, graph.indexOf.get(key) as number, outcome);
  return state;
}

/** when this step ends so, then … */
function when(graph: CompiledGraph, state: WorkflowState, key: string, outcome: StepOutcome): string[] {
  const step = graph.indexOf.get(key) as number;
  const decision = decide(graph, state, { type: 'settle-step', step, outcome });
  assert.ok(Array.isArray(decision));
  return decision.map((event) => ('step' in event ? `${event.type} ${graph.steps[event.step]?.key}` : event.type));
}

const cancelling = (state: WorkflowState, graph = diamond) => evolve(graph, state, { type: 'cancel-requested' });

describe('a workflow', () => {
  test('starts with the steps that wait for nothing', () => {
    assert.deepEqual(decide(diamond, startedState(diamond), { type: 'start' }), [{ type: 'step-started', step: 0 }]);
  });

  test('starts what waited for a completed step', () => {
    assert.deepEqual(when(diamond, given(diamond), 'a', 'completed'), [
      'step-completed a',
      'step-started b',
      'step-started c',
    ]);
  });

  test('joins only when the last dependency completed', () => {
    assert.deepEqual(when(diamond, given(diamond, ['a', 'completed']), 'b', 'completed'), ['step-completed b']);
    assert.deepEqual(when(diamond, given(diamond, ['a', 'completed'], ['b', 'completed']), 'c', 'completed'), [
      'step-completed c',
      'step-started d',
    ]);
  });

  test('completes with its last step', () => {
    const state = given(diamond, ['a', 'completed'], ['b', 'completed'], ['c', 'completed']);
    assert.deepEqual(when(diamond, state, 'd', 'completed'), ['step-completed d', 'workflow-completed']);
  });

  test('fails at once with its first failed step, and starts nothing any more', () => {
    const state = given(diamond, ['a', 'completed']);
    assert.deepEqual(when(diamond, state, 'b', 'failed'), ['step-failed b', 'workflow-failed b']);
    const failed = given(diamond, ['a', 'completed'], ['b', 'failed']);
    assert.deepEqual(when(diamond, failed, 'c', 'completed'), ['step-completed c']);
    assert.equal(failed.status, 'failed');
  });

  test('records a second failure without failing twice', () => {
    assert.deepEqual(when(diamond, given(diamond, ['a', 'completed'], ['b', 'failed']), 'c', 'failed'), [
      'step-failed c',
    ]);
  });

  test('fails when one of its steps is cancelled by itself', () => {
    assert.deepEqual(when(diamond, given(diamond), 'a', 'cancelled'), ['step-cancelled a', 'workflow-failed a']);
  });

  test('fails when a step cannot start', () => {
    assert.deepEqual(when(diamond, given(diamond), 'a', 'unstartable'), ['step-failed a', 'workflow-failed a']);
  });

  test('ignores an outcome that it knows already, or of a step that it never started', () => {
    assert.deepEqual(when(diamond, given(diamond, ['a', 'completed']), 'a', 'completed'), []);
    assert.deepEqual(when(diamond, given(diamond), 'd', 'completed'), []);
  });
});

describe('a workflow that is asked to end', () => {
  test('starts nothing and is cancelled with its last live step, however that ends', () => {
    for (const outcome of ['completed', 'failed', 'cancelled', 'unstartable'] as const) {
      const state = cancelling(given(diamond, ['a', 'completed'], ['b', 'completed']));
      assert.equal(when(diamond, state, 'c', outcome).at(-1), 'workflow-cancelled', outcome);
    }
  });

  test('waits for its other live steps', () => {
    assert.deepEqual(when(diamond, cancelling(given(diamond, ['a', 'completed'])), 'b', 'cancelled'), [
      'step-cancelled b',
    ]);
  });

  test('completes when every step completed before the request could reach one', () => {
    const state = cancelling(given(diamond, ['a', 'completed'], ['b', 'completed'], ['c', 'completed']));
    assert.deepEqual(when(diamond, state, 'd', 'completed'), ['step-completed d', 'workflow-completed']);
  });

  test('is asked once, and not at all when it has ended', () => {
    assert.deepEqual(decide(diamond, given(diamond), { type: 'cancel' }), [{ type: 'cancel-requested' }]);
    assert.deepEqual(decide(diamond, cancelling(given(diamond)), { type: 'cancel' }), []);
    assert.deepEqual(decide(diamond, given(diamond, ['a', 'failed']), { type: 'cancel' }), {
      refusal: 'already_finished',
    });
  });
});

describe('the table of a workflow', () => {
  test('has an entry for every status and every event', () => {
    for (const status of workflowStatuses) {
      assert.deepEqual(Object.keys(workflowTransitions[status]).sort(), [...workflowEventTypes].sort(), status);
    }
  });

  test('an impossible event changes nothing, and a final status is never left', () => {
    for (const status of workflowStatuses) {
      for (const type of workflowEventTypes) {
        const state = { ...given(diamond), status };
        const before = structuredClone(state);
        const after = evolve(diamond, state, { type, step: 0 } as WorkflowEvent);
        const next = workflowTransitions[status][type];
        if (next === 'impossible') assert.deepEqual(after, before, `${status} + ${type}`);
        else assert.equal(after.status, next, `${status} + ${type}`);
        if (['completed', 'failed', 'cancelled'].includes(status)) assert.equal(after.status, status);
      }
    }
  });

  test('decide never gives an event that is impossible where it stands', () => {
    const statuses = ['running', 'completed', 'failed', 'cancelled'] as const;
    const outcomes = ['completed', 'failed', 'cancelled', 'unstartable'] as const;
    const cases = statuses.flatMap((status) =>
      outcomes.flatMap((outcome) => [false, true].map((cancelRequested) => ({ status, outcome, cancelRequested }))),
    );
    for (const { status, outcome, cancelRequested } of cases) {
      const state = { ...given(diamond, ['a', 'completed']), status, cancelRequested };
      const types = settle(diamond, state, 1, outcome).map(({ type }) => type);
      const impossible = types.filter((type) => workflowTransitions[status][type] === 'impossible');
      assert.deepEqual(impossible, [], `${status} + ${outcome}`);
      assert.notEqual(state.steps[1], stepState.live);
    }
  });
});
