import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, manualClock, silentTelemetry } from '@taskflow/kit-testing';
import { dispatchScene } from '../../../testing/dispatch-scene.ts';
import type { Partition } from '../../domain/partition.ts';
import { partitionKey } from '../../domain/partition.ts';
import { type Capabilities, WorkerSession } from '../../domain/worker-session.ts';
import { executionBounds } from '../bounds.ts';
import type { QueueStore } from '../ports/queue-store.ts';
import { createFindPartitionsLoop } from './find-partitions-of-worker.ts';
import { createRefreshBacklogLoop } from './refresh-backlog.ts';

const partitions: Partition[] = Array.from({ length: 10 }, (_, n) => ({
  tenantId: 't',
  queue: 'q',
  type: `x${n}`,
  definition: '',
}));
const last = partitions[9] as Partition;

/** Ten partitions, of which the last has a worker, in slices of three. */
function scene() {
  const clock = manualClock();
  const memory = dispatchScene(clock);
  const capabilities = { tenantId: 't', name: 'w', queues: null, types: ['x9'], definitions: ['d@1'], concurrency: 1 };
  memory.pool.add(new WorkerSession('s', capabilities, 0, 0));
  const asked: (string | undefined)[] = [];
  const searched: string[] = [];
  const store: Pick<QueueStore, 'settings' | 'partitionsAfter' | 'typesWaitingFor'> = {
    settings: () => Promise.resolve([]),
    partitionsAfter: (behind, max) => {
      asked.push(behind?.type);
      const from = behind ? partitions.findIndex(({ type }) => type === behind.type) + 1 : 0;
      return Promise.resolve(partitions.slice(from, from + max));
    },
    typesWaitingFor: ({ types }: Capabilities, behind: string, max: number) => {
      searched.push(behind);
      const queues = ['a', 'b', 'q'].filter((queue) => queue > behind).slice(0, max);
      return Promise.resolve(queues.map((queue) => ({ queue, types: queue === 'q' ? types : [] })));
    },
  };
  let woken = 0;
  const claiming = { wake: () => (woken += 1) };
  const bounds = { ...executionBounds, partitionsPerSlice: 3, probesPerSearch: 1, unservedPartitions: 7 };
  const telemetry = silentTelemetry();
  const deps = { ...memory, store: store as QueueStore, claiming, clock, telemetry, bounds };
  return { ...memory, asked, searched, deps, woken: () => woken };
}

test('a refresh goes on behind its latest slice until every partition was seen', async () => {
  const { backlog, asked, deps, woken } = scene();
  const refresh = createRefreshBacklogLoop(deps);
  await refresh.start();
  await eventually(() => backlog.unservedIn('t', 'q').length > 0);
  assert.deepEqual(asked, [undefined, 'x2', 'x5', 'x8']);
  assert.ok(backlog.has(partitionKey(last)));
  assert.equal(woken(), 1);
  assert.deepEqual(
    backlog.unservedIn('t', 'q').map(({ type }) => type),
    ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6'],
    'no more are remembered than may be shown',
  );
  await refresh.stop();
});

test('a worker that joins is searched for by index, queue by queue, and once per kind', async () => {
  const { backlog, searched, deps, woken } = scene();
  const find = createFindPartitionsLoop(deps);
  await find.start();
  await eventually(() => woken() > 0 && searched.length >= 4);
  assert.deepEqual(searched, ['', 'a', 'b', 'q']);
  assert.ok(backlog.has(partitionKey(last)));
  assert.ok(backlog.has(partitionKey({ ...last, definition: 'd@1' })));
  find.wake();
  await find.stop();
  assert.equal(searched.length, 4);
});
