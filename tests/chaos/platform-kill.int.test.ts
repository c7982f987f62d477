import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type CreateTask,
  type PlatformProcess,
  type Stores,
  type TaskBody,
  isAlive,
  openStores,
  removeDirectory,
  startPlatform,
  temporaryDirectory,
  eventuallyHolds,
} from '@taskflow/tests-e2e';
import {
  type History,
  assertSettledAndSound,
  chaosScale,
  createHistory,
  collectEvidence,
  holdOutboxes,
  killTree,
  progressOf,
  startCreateLoad,
  patient,
  soonLost,
} from './harness/index.ts';

/** Every kind of ending, twenty tasks to the pattern. */
function mixedTask(n: number): CreateTask {
  const kind = n % 20;
  if (kind < 12) return { type: 'taskflow.sleep', payload: { ms: 400 }, retry: patient, tags: { ends: 'completed' } };
  if (kind < 16) return { type: 'taskflow.noop', payload: n, retry: patient, tags: { ends: 'completed' } };
  if (kind < 18)
    return {
      type: 'taskflow.fail',
      payload: { message: 'once', times: 1 },
      retry: patient,
      tags: { ends: 'completed' },
    };
  if (kind < 19)
    return {
      type: 'taskflow.fail',
      payload: { message: 'always' },
      retry: { ...patient, maxAttempts: 2 },
      tags: { ends: 'failed' },
    };
  return { type: 'chaos.never', tags: { ends: 'cancelled' } };
}

const diamond = {
  name: 'chaos-diamond',
  steps: [
    { key: 'top', type: 'taskflow.noop', payload: 1, retry: patient },
    ...Array.from({ length: 10 }, (_, n) => ({
      key: `m${n}`,
      type: 'taskflow.sleep',
      payload: { ms: 20 },
      dependsOn: ['top'],
      retry: patient,
    })),
    {
      key: 'end',
      type: 'taskflow.noop',
      payload: { $from: 'steps.top.result' },
      dependsOn: Array.from({ length: 10 }, (_, n) => `m${n}`),
      retry: patient,
    },
  ],
};

describe('kill -9 of the whole platform under load', () => {
  const count = 2000 * chaosScale();
  let dataDir = '';
  /** Requests that the kills left without an answer. */
  let cutOff = 0;
  let platform: PlatformProcess;
  let stores: Stores;
  before(async () => {
    dataDir = await temporaryDirectory('platform-kill');
    platform = await startPlatform({ dataDir, env: soonLost });
    stores = await openStores(platform);
    await holdOutboxes(stores);
  });
  after(async () => {
    await stores?.close();
    await platform?.remove();
    await removeDirectory(dataDir);
  });

  async function submit(): Promise<TaskBody[]> {
    const tasks: TaskBody[] = [];
    while (tasks.length < count) {
      const next = Array.from({ length: 500 }, (_, n) => mixedTask(tasks.length + n));
      tasks.push(...(await platform.api.createTasks(next)));
    }
    return tasks;
  }

  async function cancelAll(history: History, tasks: readonly TaskBody[]): Promise<void> {
    for (const { id } of tasks.filter(({ tags }) => tags?.ends === 'cancelled')) {
      await history.call('POST', `/api/v1/tasks/${id}/cancel`);
    }
  }

  /** Kills in the middle of the work, proves that it was the middle, and starts again on the same data. */
  async function killInTheMiddle(history: History, endedBefore: number, withDatabase: boolean): Promise<void> {
    await eventuallyHolds(async () => assert.ok((await progressOf(stores)).ended >= endedBefore), { withinMs: 60_000 });
    const postmaster = platform.postmaster();
    assert.ok(postmaster !== undefined);
    const inFlight = history.operations.filter(({ outcome }) => outcome === 'pending');
    await platform.kill();
    assert.ok(isAlive(postmaster), 'the database server was killed with the platform, so its adoption is not tried');
    const hit = await progressOf(stores);
    assert.ok(hit.leased > 0, `nothing was running: ${JSON.stringify(hit)}`);
    assert.ok(hit.total - hit.ended > count / 10, `nearly everything had ended: ${JSON.stringify(hit)}`);
    await eventuallyHolds(() => assert.ok(inFlight.every(({ outcome }) => outcome !== 'pending')));
    cutOff += inFlight.filter(({ outcome }) => outcome === 'unknown').length;
    if (withDatabase) await killTree(postmaster);
    platform = await startPlatform({ dataDir, port: platform.port, env: soonLost });
  }

  it('loses no accepted task and no event, and ends every task once', async (t) => {
    const history = createHistory(platform.api);
    const tasks = await submit();
    const workflows = await Promise.all(Array.from({ length: 20 }, () => platform.api.startWorkflow(diamond)));
    const load = startCreateLoad(history, 4, (n) => ({ type: 'taskflow.noop', payload: n, retry: patient }));
    t.after(() => load.stop());

    await killInTheMiddle(history, count / 10, false);
    const cancelling = cancelAll(history, tasks);
    await killInTheMiddle(history, count / 3, true);
    await cancelling;
    await cancelAll(history, tasks);
    await load.stop();
    await load.resolveUnknown();

    const taskIds = [...tasks.map(({ id }) => id), ...load.accepted()];
    await assertSettledAndSound(stores, { taskIds, workflowIds: workflows.map(({ id }) => id) });

    assert.ok(cutOff > 0, 'no caller was in the middle of a request when the platform died');
    assert.deepEqual(
      history.operations.filter(({ outcome }) => outcome === 'dishonest'),
      [],
    );
    const evidence = await collectEvidence(stores);
    const steps = workflows.length * diamond.steps.length;
    assert.equal(load.kept(), load.asks.length, 'two keys were answered with one task');
    const invented = evidence.tasks.length - taskIds.length - steps;
    assert.ok(invented >= 0 && invented <= load.onStaleBacklog(), `${invented} tasks that nobody was told of`);
    const statuses = new Map(evidence.tasks.map(({ id, status }) => [id, status]));
    for (const { id, tags } of tasks) assert.equal(statuses.get(id), tags?.ends);
    for (const { id } of workflows) assert.equal((await platform.api.workflow(id)).status, 'completed');
    t.diagnostic(`${evidence.tasks.length} tasks, ${evidence.entries.length} entries, ${cutOff} calls cut off`);
  });
});
