import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileGraph } from '../../domain/workflow/compile-graph.ts';
import { startedState } from '../../domain/workflow/decide-workflow.ts';
import type { WorkflowRun } from './workflow-run.ts';
import { createWorkflowRuns } from './workflow-runs.ts';

function aRun(id: string, steps: number): WorkflowRun {
  const compilation = compileGraph({
    steps: Array.from({ length: steps }, (_, i) => ({ key: `s${i}`, type: 'work' })),
  });
  assert.ok('graph' in compilation);
  const { graph } = compilation;
  return {
    tenantId: 't',
    id,
    name: 'w',
    version: undefined,
    traceparent: undefined,
    createdAt: 0,
    graph,
    hash: 'h',
    input: 'null',
    options: {},
    parent: undefined,
    cancelReason: null,
    pauseReason: null,
    error: null,
    state: startedState(graph),
    storedStatus: 'running',
    beside: undefined,
  };
}

describe('the workflows in memory', () => {
  test('are bounded by their steps; the least recently used go first', () => {
    const runs = createWorkflowRuns(300);
    for (const id of ['a', 'b']) runs.add(aRun(id, 100));
    runs.get('a');
    runs.add(aRun('c', 100));
    assert.ok(runs.get('a') && runs.get('c'));
    assert.equal(runs.get('b'), undefined);
    assert.ok(runs.weight <= 300);
  });

  test('hold the one in use even when it alone is too large', () => {
    const runs = createWorkflowRuns(10);
    runs.add(aRun('large', 1_000));
    assert.equal(runs.size, 1);
    runs.add(aRun('next', 1));
    assert.equal(runs.get('large'), undefined);
  });

  test('weigh nothing once dropped, however often a run was added', () => {
    const runs = createWorkflowRuns(1_000);
    for (let i = 0; i < 5; i++) runs.add(aRun('a', 10));
    runs.drop('a');
    runs.drop('a');
    assert.deepEqual([runs.size, runs.weight], [0, 0]);
  });

  test('know which are stuck until these go on, are dropped, or all is forgotten', () => {
    const runs = createWorkflowRuns(1_000);
    const run = aRun('a', 1);
    const parked = { ...run, status: 'running', fault: undefined } as const;
    const forgetting = [() => runs.drop('a'), () => runs.add(run), () => runs.clear()];
    for (const forget of forgetting) {
      runs.park(parked);
      assert.equal(runs.get('a'), undefined, 'a stuck one is not moved on');
      assert.equal(runs.parkedAt('a'), parked);
      forget();
      assert.equal(runs.parkedAt('a'), undefined);
    }
  });

  test('remember so many stuck ones, and forget all of them before one more', () => {
    const runs = createWorkflowRuns(1_000, { parkedRuns: 2 });
    const parked = (id: string) => ({ ...aRun(id, 1), status: 'running', fault: undefined }) as const;
    for (const id of ['a', 'b']) runs.park(parked(id));
    assert.ok(runs.parkedAt('a') && runs.parkedAt('b'));
    runs.park(parked('c'));
    assert.deepEqual(
      ['a', 'b', 'c'].filter((id) => runs.parkedAt(id)),
      ['c'],
    );
  });

  test('weigh their inputs, too', () => {
    const runs = createWorkflowRuns(100);
    const large = (id: string) => ({ ...aRun(id, 1), input: JSON.stringify('x'.repeat(4_998)) });
    runs.add(large('a'));
    assert.equal(runs.weight, 10 + 1 + 50);
    runs.add(large('b'));
    assert.equal(runs.get('a'), undefined);
    assert.equal(runs.size, 1);
  });
});
