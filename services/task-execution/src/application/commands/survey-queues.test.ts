import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, manualClock, silentTelemetry } from '@taskflow/kit-testing';
import { dispatchScene } from '../../../testing/dispatch-scene.ts';
import type { Lane } from '../../domain/lane.ts';
import { laneKey } from '../../domain/lane.ts';
import { type Capabilities, WorkerSession } from '../../domain/worker-session.ts';
import { executionBounds } from '../bounds.ts';
import type { QueueStore } from '../ports/queue-store.ts';
import { createFindLanesLoop } from './find-lanes-of-worker.ts';
import { createSurveyLoop } from './survey-queues.ts';

const lanes: Lane[] = Array.from({ length: 10 }, (_, n) => ({
  tenantId: 't',
  queue: 'q',
  type: `x${n}`,
  definition: '',
}));
const last = lanes[9] as Lane;

/** Ten lanes, of which the last has a worker, in slices of three. */
function scene() {
  const clock = manualClock();
  const memory = dispatchScene(clock);
  const capabilities = { tenantId: 't', name: 'w', queues: null, types: ['x9'], definitions: ['d@1'], concurrency: 1 };
  memory.pool.add(new WorkerSession('s', capabilities, 0, 0));
  const asked: (string | undefined)[] = [];
  const searched: string[] = [];
  const store: Pick<QueueStore, 'settings' | 'lanesAfter' | 'typesWaitingFor'> = {
    settings: () => Promise.resolve([]),
    lanesAfter: (behind, most) => {
      asked.push(behind?.type);
      const from = behind ? lanes.findIndex(({ type }) => type === behind.type) + 1 : 0;
      return Promise.resolve(lanes.slice(from, from + most));
    },
    typesWaitingFor: ({ types }: Capabilities, behind: string, most: number) => {
      searched.push(behind);
      const queues = ['a', 'b', 'q'].filter((queue) => queue > behind).slice(0, most);
      return Promise.resolve(queues.map((queue) => ({ queue, types: queue === 'q' ? types : [] })));
    },
  };
  let woken = 0;
  const claiming = { wake: () => (woken += 1) };
  const bounds = { ...executionBounds, lanesPerSlice: 3, probesPerSearch: 1, unservedLanes: 7 };
  const telemetry = silentTelemetry();
  const deps = { ...memory, store: store as QueueStore, claiming, clock, telemetry, bounds };
  return { ...memory, asked, searched, deps, woken: () => woken };
}

test('a survey goes on behind its latest slice until every lane was seen', async () => {
  const { backlog, asked, deps, woken } = scene();
  const survey = createSurveyLoop(deps);
  await survey.start();
  await eventually(() => backlog.unservedIn('t', 'q').length > 0);
  assert.deepEqual(asked, [undefined, 'x2', 'x5', 'x8']);
  assert.ok(backlog.has(laneKey(last)));
  assert.equal(woken(), 1);
  assert.deepEqual(
    backlog.unservedIn('t', 'q').map(({ type }) => type),
    ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6'],
    'no more are remembered than may be shown',
  );
  await survey.stop();
});

test('a worker that joins is searched for by index, queue by queue, and once per kind', async () => {
  const { backlog, searched, deps, woken } = scene();
  const find = createFindLanesLoop(deps);
  await find.start();
  await eventually(() => woken() > 0 && searched.length >= 4);
  assert.deepEqual(searched, ['', 'a', 'b', 'q']);
  assert.ok(backlog.has(laneKey(last)));
  assert.ok(backlog.has(laneKey({ ...last, definition: 'd@1' })));
  find.wake();
  await find.stop();
  assert.equal(searched.length, 4);
});
