import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileGraph } from '../../domain/workflow/compile-graph.ts';
import { initialState } from '../../domain/workflow/workflow-state.ts';
import type { WorkflowInstance } from './workflow-instance.ts';
import { InstanceCache } from './instance-cache.ts';

function anInstance(id: string, steps: number): WorkflowInstance {
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
    state: initialState(graph),
    storedStatus: 'running',
    extras: undefined,
    rows: undefined,
    fanOuts: undefined,
  };
}

describe('the workflows in memory', () => {
  test('are bounded by their steps; the least recently used go first', () => {
    const cache = new InstanceCache(300);
    for (const id of ['a', 'b']) cache.add(anInstance(id, 100));
    cache.get('a');
    cache.add(anInstance('c', 100));
    assert.ok(cache.get('a') && cache.get('c'));
    assert.equal(cache.get('b'), undefined);
    assert.ok(cache.weight <= 300);
  });

  test('hold the one in use even when it alone is too large', () => {
    const cache = new InstanceCache(10);
    cache.add(anInstance('large', 1_000));
    assert.equal(cache.size, 1);
    cache.add(anInstance('next', 1));
    assert.equal(cache.get('large'), undefined);
  });

  test('weigh nothing once dropped, however often an instance was added', () => {
    const cache = new InstanceCache(1_000);
    for (let i = 0; i < 5; i++) cache.add(anInstance('a', 10));
    cache.drop('a');
    cache.drop('a');
    assert.deepEqual([cache.size, cache.weight], [0, 0]);
  });

  test('know which are stuck until these go on, are dropped, or all is forgotten', () => {
    const cache = new InstanceCache(1_000);
    const instance = anInstance('a', 1);
    const parked = { ...instance, status: 'running', fault: undefined } as const;
    const forgetting = [() => cache.drop('a'), () => cache.add(instance), () => cache.clear()];
    for (const forget of forgetting) {
      cache.park(parked);
      assert.equal(cache.get('a'), undefined, 'a stuck one is not moved on');
      assert.equal(cache.parkedAt('a'), parked);
      forget();
      assert.equal(cache.parkedAt('a'), undefined);
    }
  });

  test('remember so many stuck ones, and forget all of them before one more', () => {
    const cache = new InstanceCache(1_000, { parkedInstances: 2 });
    const parked = (id: string) => ({ ...anInstance(id, 1), status: 'running', fault: undefined }) as const;
    for (const id of ['a', 'b']) cache.park(parked(id));
    assert.ok(cache.parkedAt('a') && cache.parkedAt('b'));
    cache.park(parked('c'));
    assert.deepEqual(
      ['a', 'b', 'c'].filter((id) => cache.parkedAt(id)),
      ['c'],
    );
  });

  test('weigh their inputs, too', () => {
    const cache = new InstanceCache(100);
    const large = (id: string) => ({ ...anInstance(id, 1), input: JSON.stringify('x'.repeat(4_998)) });
    cache.add(large('a'));
    assert.equal(cache.weight, 10 + 1 + 50);
    cache.add(large('b'));
    assert.equal(cache.get('a'), undefined);
    assert.equal(cache.size, 1);
  });
});
