import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommitUnknownError } from '@taskflow/kit-postgres';
import { seededRandom } from '@taskflow/kit-testing';
import { type Random, systemClock, systemIds } from '@taskflow/kit-time';
import { tenant } from '../../../testing/execution-double.ts';
import { anEvent, completion, openStorage, type StorageHarness } from '../../../testing/storage-harness.ts';
import type { GraphDefinition } from '../../domain/workflow/graph.ts';
import { sha256 } from '../../infrastructure/crypto/sha256.ts';
import { createKnownDefinitions } from '../graphs/known-definitions.ts';
import { createStartWorkflow } from '../commands/start-workflow.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';

/** Answers of COMMIT get lost now and then, of transactions that took effect and of those that did not. */
function losingAnswers(random: Random) {
  return (store: AdvanceStore): AdvanceStore => ({
    ...store,
    transaction: async (work, emits) => {
      const fate = random.next();
      if (fate < 0.1) {
        await store
          .transaction(async (tx) => {
            await work(tx);
            throw new RolledBack();
          }, emits)
          .catch((error: unknown) => {
            if (!(error instanceof RolledBack)) throw error;
          });
      }
      const value = fate < 0.1 ? undefined : await store.transaction(work, emits);
      if (fate < 0.2) throw new CommitUnknownError(new Error('the connection broke'), () => Promise.resolve(true));
      return value as Awaited<ReturnType<typeof work>>;
    },
  });
}
class RolledBack extends Error {}

function anyGraph(random: Random): GraphDefinition {
  const size = 1 + Math.floor(random.next() * 12);
  const steps = Array.from({ length: size }, (_, i) => {
    const dependsOn = Array.from({ length: i }, (_unused, d) => `s${d}`).filter(() => random.next() < 0.3);
    const payload = dependsOn.map((key) => ({ $from: `steps.${key}.result.of` }));
    return { key: `s${i}`, type: 'work', dependsOn, payload };
  });
  return { steps };
}

interface StepRow {
  id: string;
  workflow_id: string;
  step: string;
  status: string;
  payload: string;
}

const liveRows = (storage: StorageHarness) =>
  storage.sql<StepRow>("select * from tasks where status in ('queued', 'running', 'retrying') order by id");

/** Ends some of the live steps in one entry, in an order of its own; now and then forgets what is in memory. */
async function oneMove(storage: StorageHarness, random: Random, live: readonly StepRow[]): Promise<void> {
  if (random.next() < 0.3) storage.cache.clear();
  const ending = live.filter(() => random.next() < 0.5).sort(() => random.next() - 0.5);
  const events = ending.map(({ id, step }) => {
    const fate = random.next();
    if (fate < 0.93) return completion(id, JSON.stringify({ of: step }));
    return fate < 0.97
      ? anEvent(id, { kind: 'failed', error: '{"code":"x","message":"y"}', finishedAt: 5 })
      : anEvent(id, { kind: 'execution-cancelled', finishedAt: 5 });
  });
  const cancelled = random.next() < 0.05 ? live[0]?.workflow_id : undefined;
  await Promise.all([
    storage.apply(...events),
    cancelled && storage.advance.submit({ kind: 'cancel-workflow', tenantId: tenant, workflowId: cancelled }),
  ]);
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`random workflows end as they should, with lost answers and lost memory (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    await using storage = await openStorage({
      advanceStore: losingAnswers(random),
      cacheSteps: seed % 2 === 0 ? 40 : 100_000,
    });
    const { creation: writer, graphs } = storage;
    const reading = { readDefinition: () => Promise.resolve(undefined) };
    const begin = createStartWorkflow({
      writer,
      reading,
      graphs,
      known: createKnownDefinitions(),
      incarnation: storage.incarnation,
      clock: systemClock,
      ids: systemIds,
      digest: sha256,
    });
    const definitions = new Map<string, GraphDefinition>();
    for (let i = 0; i < 8; i++) {
      const graph = anyGraph(random);
      const request = { what: { name: 'random', graph }, input: 'null', priority: undefined };
      const result = await begin(request, { tenantId: tenant, traceparent: undefined, idempotency: undefined });
      assert.ok('workflow' in result);
      definitions.set(result.workflow.id, graph);
    }
    for (let live = await liveRows(storage); live.length > 0; live = await liveRows(storage)) {
      await oneMove(storage, random, live);
    }
    await check(storage, definitions);
  });
}

/** Judges by the rows and the events alone. */
async function check(storage: StorageHarness, definitions: ReadonlyMap<string, GraphDefinition>): Promise<void> {
  const workflows = await storage.sql<{ id: string; status: string; output: string | null }>('select * from workflows');
  const tasks = await storage.sql<StepRow>('select * from tasks');
  for (const { id, status, output } of workflows) {
    const rows = new Map(tasks.filter((task) => task.workflow_id === id).map((task) => [task.step, task]));
    const steps = definitions.get(id)?.steps ?? [];
    for (const { key, dependsOn = [] } of steps) {
      const row = rows.get(key);
      if (row === undefined) continue;
      for (const dependency of dependsOn)
        assert.equal(rows.get(dependency)?.status, 'completed', `${key} ran too early`);
      assert.deepEqual(JSON.parse(row.payload), dependsOn, 'its payload holds the results of its dependencies');
    }
    const statuses = [...rows.values()].map((row) => row.status);
    if (status === 'completed') {
      assert.deepEqual([statuses.length, new Set(statuses)], [steps.length, new Set(['completed'])]);
      const needed = new Set(steps.flatMap(({ dependsOn = [] }) => dependsOn));
      const last = steps.filter(({ key }) => !needed.has(key)).map(({ key }) => [key, { of: key }]);
      assert.deepEqual(JSON.parse(output ?? 'null'), Object.fromEntries(last));
    } else assert.ok(['failed', 'cancelled'].includes(status), status);
  }
  checkEvents(
    storage,
    workflows.map(({ id }) => id),
    tasks.map(({ id }) => id),
  );
}

function checkEvents(storage: StorageHarness, workflowIds: readonly string[], taskIds: readonly string[]): void {
  const numbers = storage.published.map(({ seq }) => seq);
  assert.deepEqual(
    numbers,
    [...numbers].sort((a, b) => a - b),
    'entries are published in order',
  );
  assert.equal(new Set(numbers).size, numbers.length, 'and once');
  const events = storage.published.flatMap((entry) => entry.events);
  const created = events
    .filter(({ type }) => type === 'taskflow.task.created.v1')
    .map(({ data }) => String(data.taskId));
  assert.deepEqual(
    [...created].sort((a, b) => a.localeCompare(b)),
    [...taskIds].sort((a, b) => a.localeCompare(b)),
  );
  for (const id of workflowIds) {
    const endings = events.filter(
      ({ type, data }) => /workflow\.(completed|failed|cancelled)/.test(type) && data.workflowId === id,
    );
    assert.equal(endings.length, 1, 'a workflow ends once');
  }
}
