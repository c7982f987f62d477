import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CommitUnknownError } from '@taskflow/kit-postgres';
import { seededRandom } from '@taskflow/kit-testing';
import { systemClock, systemIds } from '@taskflow/kit-time';
import { tenant } from '../../../testing/execution-double.ts';
import { anEvent, openStorage, type StorageHarness } from '../../../testing/storage-harness.ts';
import type { GraphDefinition, StepDefinition } from '../../domain/workflow/graph.ts';
import { sha256 } from '../../infrastructure/crypto/sha256.ts';
import { createWaitStore } from '../../infrastructure/postgres/wait-store.ts';
import { createEventDeliveryStore } from '../../infrastructure/postgres/event-delivery-store.ts';
import { createReadingStore } from '../../infrastructure/postgres/reading-store.ts';
import { managementBounds, type TransactionBounds } from '../bounds.ts';
import { createStartWorkflow } from '../commands/start-workflow.ts';
import { createKnownDefinitions } from '../graphs/known-definitions.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';
import type { StoredGraph } from '../records/workflow-record.ts';
import type { AdvanceCommand, ReceivedEvent, WorkflowCommand } from './advance-command.ts';
import type { WorkflowInstance } from './workflow-instance.ts';
import { loadInstance, loadStored, obtainGraphs } from './load-instance.ts';

interface Chance {
  is(probability: number): boolean;
  below(n: number): number;
  one<T>(list: readonly T[]): T;
}

function chanceOf(seed: number): Chance {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random.next() * n);
  return { is: (probability) => random.next() < probability, below, one: (list) => list[below(list.length)] as never };
}

/** Names of definitions, each of which may only start those after it. */
const names = ['d0', 'd1', 'd2', 'd3'];

function anyStep(chance: Chance, i: number, children: readonly string[]): StepDefinition {
  const dependsOn = Array.from({ length: i }, (_, d) => `s${d}`).filter(() => chance.is(0.3));
  const mapped = chance.is(0.3);
  const kinds: Partial<StepDefinition>[] = [
    { type: 'work' },
    { type: 'work' },
    { type: 'work' },
    { type: 'item', each: { ...(!mapped && { over: [1, 2, 3, 4] }), tolerate: chance.below(3), concurrency: 2 } },
    { sleep: mapped ? {} : { for: 60_000 } },
    { waitForSignal: { signal: chance.one(['go', 'stop']), timeout: 60_000 } },
    { waitForEvent: { event: 'paid', ...(!mapped && { key: 'k' }), timeout: 60_000 } },
    ...children.map((definition) => ({
      child: { definition, onParentClose: chance.one(['cancel', 'abandon'] as const) } as const,
    })),
  ];
  const kind = chance.one(kinds);
  const works = kind.type !== undefined || kind.child !== undefined;
  const source = dependsOn[0];
  const reads = source !== undefined && chance.is(0.7);
  const absent = chance.is(0.5) ? { default: 'nothing' } : {};
  return {
    key: `s${i}`,
    ...kind,
    mapped,
    dependsOn,
    ...(reads && { payload: { of: { $from: `steps.${source}.result`, ...absent } } }),
    ...(chance.is(0.2) && { when: chance.one<unknown>([{ $from: 'input.yes' }, { $from: 'input.no' }]) }),
    ...(chance.is(0.3) && { onError: 'continue' as const }),
    ...(works && chance.is(0.6) && { compensation: { type: 'undo', payload: { $from: `steps.s${i}.result` } } }),
    ...(works && chance.is(0.1) && { commit: true }),
  };
}

function anyDefinition(chance: Chance, place: number): GraphDefinition {
  const steps = Array.from({ length: 2 + chance.below(8) }, (_, i) => anyStep(chance, i, names.slice(place + 1)));
  return { steps, onFailure: chance.is(0.8) ? 'compensate' : 'stop' };
}

/** The next version: the same steps in another order, one of them perhaps another one, and one more. */
function changed(chance: Chance, { steps, ...rest }: GraphDefinition): GraphDefinition {
  const list = [...steps].sort(() => chance.below(3) - 1);
  const at = chance.below(list.length);
  const { key, dependsOn } = list[at] as StepDefinition;
  if (chance.is(0.5)) list[at] = { key, dependsOn: dependsOn ?? [], type: 'other' };
  return { ...rest, steps: [...list, { key: 'more', type: 'work', dependsOn: [key] }] };
}

interface TaskRow {
  id: string;
  workflow_id: string;
  step: string;
  status: string;
  type: string;
  generation: number;
}

/** Tasks that a worker may have. */
const liveTasks = (storage: StorageHarness) =>
  storage.sql<TaskRow>(
    "select * from tasks where status in ('queued', 'running', 'retrying') and type not like 'taskflow.step/%' order by id",
  );

/** What any prepare task may give, whatever its step is. */
const prepared = { items: [1, 2, 3], input: { yes: 1, no: 0 }, key: 'k', until: '2020-01-01T00:00:00Z' };

function ending(chance: Chance, task: TaskRow, failure: number): ReceivedEvent {
  const isPrepare = task.step.endsWith('/prepare');
  const unknown = chance.is(0.5) && { outcomeUnknown: true };
  if (chance.is(failure)) {
    const kind = chance.one(['failed', 'failed', 'execution-cancelled'] as const);
    const error = kind === 'failed' ? { error: '{"code":"broken","message":"it broke"}' } : {};
    return anEvent(task.id, { kind, finishedAt: 5, ...error, ...(!isPrepare && unknown) }, task.generation);
  }
  const kind = chance.is(0.1) ? 'skipped' : 'completed';
  const result = JSON.stringify(isPrepare ? prepared : { of: task.step });
  return anEvent(
    task.id,
    { kind, startedAt: 1, finishedAt: 2, ...(kind === 'completed' && { result }) },
    task.generation,
  );
}

function anyCommand(chance: Chance, workflowId: string, latest: StoredGraph | undefined): AdvanceCommand {
  const base = { tenantId: tenant, workflowId };
  const step = `s${chance.below(6)}`;
  return chance.one<AdvanceCommand>([
    { ...base, kind: 'cancel-workflow', compensate: chance.is(0.5), reason: 'enough' },
    { ...base, kind: 'pause-workflow', reason: 'look' },
    { ...base, kind: 'resume-workflow' },
    { ...base, kind: 'resume-workflow' },
    { ...base, kind: 'retry-workflow' },
    { ...base, kind: 'retry-workflow', from: step },
    { ...base, kind: 'retry-workflow', ...(latest && { onto: { version: 2, stored: latest } }) },
    { ...base, kind: 'resolve-compensation', step, reason: 'seen to' },
    { ...base, kind: 'signal-workflow', signal: chance.one(['go', 'stop']), payload: '{"signal":1}' },
    { ...base, kind: 'signal-workflow', signal: 'go', payload: '{"signal":2}' },
    { kind: 'publish-event', tenantId: tenant, name: 'paid', key: 'k', payload: '{"event":1}' },
  ]);
}

class RolledBack extends Error {}

/** Answers of COMMIT get lost now and then, of transactions that took effect and of those that did not. */
function losingAnswers(chance: Chance, store: AdvanceStore): AdvanceStore {
  return {
    ...store,
    transaction: async (work, emits) => {
      const lost = chance.is(0.04);
      const value = lost ? undefined : await store.transaction(work, emits);
      if (lost) {
        const rolledBack = store.transaction(async (tx) => {
          await work(tx);
          throw new RolledBack();
        }, emits);
        await rolledBack.catch((error: unknown) => {
          if (!(error instanceof RolledBack)) throw error;
        });
      }
      if (lost || chance.is(0.04)) throw new CommitUnknownError(new Error('it broke'), () => Promise.resolve(true));
      return value as Awaited<ReturnType<typeof work>>;
    },
  };
}

/** Everything of an instance that later transactions decide by. */
function decisive(instance: WorkflowInstance) {
  const { state, error, cancelReason, pauseReason, storedStatus, version, hash, extras } = instance;
  return {
    state,
    error,
    cancelReason,
    pauseReason,
    storedStatus,
    version,
    hash,
    rows: [...(instance.rows ?? [])].sort(),
    timers: [...(extras?.timers ?? [])].sort(),
    signals: [...(extras?.signals ?? [])].filter(([, kept]) => kept > 0).sort(),
    fanOuts: [...(instance.fanOuts ?? [])].sort(),
    deferred: extras?.deferred === true,
  };
}

/** How items of fan-outs stand, counted by their rows: as the migration did that began to keep it. */
function countedItems(): string {
  const file = new URL('../../../migrations/0008-count-items-as-they-end.sql', import.meta.url);
  const counting = /insert into fan_outs\n(select[^;]*);/.exec(readFileSync(file, 'utf8'))?.[1];
  assert.ok(counting);
  return counting;
}

const counts = 'workflow_id, step, total, laid, largest, started, completed, failed, unknown, closed';

async function compareCounts(storage: StorageHarness): Promise<void> {
  const kept = await storage.sql(`select ${counts} from fan_outs order by workflow_id, step`);
  const counted = `(${countedItems()}) as counted (tenant_id, ${counts}, revision)`;
  assert.deepEqual(kept, await storage.sql(`select ${counts} from ${counted} order by workflow_id, step`));
}

/** So small that nearly every transaction leaves something to the next. */
const narrow: TransactionBounds = {
  ...managementBounds,
  rows: 3,
  bytes: 1_800,
  readBytes: 60,
  joinedItems: 4,
  joinedBytes: 40,
  eventWaits: 1,
  cancelledTasks: 4,
  cancelledPerWorkflow: 1,
  closedItems: 1,
  comparedValues: 2,
  passes: 2,
};

for (const [seed, bounds] of [1, 2, 3, 4, 5, 6, 7, 8].map(
  (n) => [n, n % 2 === 0 ? narrow : managementBounds] as const,
)) {
  const size = bounds === narrow ? 'narrow' : 'usual';
  test(`any workflows end as they should, and are in memory what their rows say (seed ${seed}, ${size} transactions)`, async () => {
    const chance = chanceOf(seed);
    let store: AdvanceStore | undefined;
    await using storage = await openStorage({
      bounds,
      advanceStore: (inner) => {
        store = inner;
        return losingAnswers(chance, inner);
      },
    });
    const { creation: writer, graphs, database, statements, advance } = storage;
    const waits = createWaitStore({ database, statements });
    const events = createEventDeliveryStore({ database, statements });
    const reading = createReadingStore(database, statements);
    const latest = new Map<string, StoredGraph>();
    for (const [place, name] of names.entries()) {
      const definition = anyDefinition(chance, place);
      for (const [i, version] of [definition, changed(chance, definition)].entries()) {
        const compiled = graphs.compile(version);
        assert.ok('hash' in compiled, JSON.stringify(compiled));
        latest.set(name, compiled);
        const { hash, text, graph } = compiled;
        await reading.register({
          tenantId: tenant,
          name,
          version: i + 1,
          hash,
          graph: text,
          steps: graph.steps.length,
          createdAt: 0,
        });
      }
    }
    const known = createKnownDefinitions();
    const begin = createStartWorkflow({
      writer,
      reading,
      graphs,
      known,
      incarnation: storage.incarnation,
      clock: systemClock,
      ids: systemIds,
      digest: sha256,
    });
    const origin = { tenantId: tenant, traceparent: undefined, idempotency: undefined };
    for (let i = 0; i < 6; i++) {
      const what = { definition: names[i % 2] as string, version: 1 };
      const started = await begin({ what, input: '{"yes":1,"no":0}', priority: undefined }, origin);
      assert.ok('workflow' in started, JSON.stringify(started));
    }

    async function fire(): Promise<void> {
      for (let due = await waits.readDueWaits(100); due.length > 0; due = await waits.readDueWaits(100)) {
        await advance.submit({ kind: 'fire-waits', waits: due });
      }
      for (let met = await deliverNext(); met; met = await deliverNext());
    }

    /** A page of the event that came first. */
    async function deliverNext(): Promise<boolean> {
      const [delivery] = await events.readEventDeliveries(undefined, 1);
      if (delivery) await advance.submit({ kind: 'deliver-event', tenantId: tenant, delivery });
      return delivery !== undefined;
    }

    async function compare(): Promise<void> {
      const workflows = await storage.sql<{ id: string }>('select id from workflows');
      const held = workflows.flatMap(({ id }) => storage.cache.get(id) ?? []);
      const keys = held.map(({ id }) => ({ tenantId: tenant, id }));
      const nothing = new Set<string>();
      const rebuilt = await store?.transaction(async (tx) => {
        const loaded = await loadStored(tx, keys);
        const graphOf = await obtainGraphs(
          tx,
          graphs,
          loaded.map(({ header }) => header),
        );
        return new Map(loaded.map((parts) => [parts.header.id, loadInstance(parts, graphOf(parts.header), nothing)]));
      }, false);
      for (const run of held) {
        const other = rebuilt?.get(run.id);
        assert.ok(other);
        assert.deepEqual(decisive(run), decisive(other), `workflow ${run.name} ${run.id}`);
      }
      await compareCounts(storage);
    }

    async function move(failure: number, meddling: number): Promise<boolean> {
      if (chance.is(0.2)) storage.cache.clear();
      const live = await liveTasks(storage);
      const workflows = await storage.sql<{ id: string; name: string }>('select id, name from workflows order by id');
      const events = live.filter(() => chance.is(0.5)).map((task) => ending(chance, task, failure));
      const asked = workflows
        .filter(() => chance.is(meddling))
        .map(({ id, name }) => anyCommand(chance, id, latest.get(name)));
      if (chance.is(0.2)) await storage.sql("update waits set due_at = now() - interval '1 second'");
      const due = chance.is(0.6) ? await waits.readDueWaits(100) : [];
      await Promise.all([
        events.length > 0 && storage.apply(...events),
        due.length > 0 && advance.submit({ kind: 'fire-waits', waits: due }),
        chance.is(0.5) && deliverNext(),
        ...asked.map((command) => advance.submit(command)),
      ]);
      await compare();
      return events.length > 0 || live.length > 0;
    }

    for (let i = 0; i < 60; i++) await move(0.1, 0.1);
    for (let calm = 0; calm < 200; calm++) {
      await move(0, 0);
      await storage.sql("update waits set due_at = now() - interval '1 second'");
      await fire();
      const open = await storage.sql<{ id: string; status: string }>(
        "select id, status from workflows where status in ('paused', 'compensation-stuck', 'running', 'waiting', 'compensating')",
      );
      const busy = (await liveTasks(storage)).length > 0;
      if (open.length === 0 && !busy) break;
      for (const { id, status } of open) {
        const kind = status === 'paused' ? 'resume-workflow' : 'retry-workflow';
        const isHeld = status === 'paused' || status === 'compensation-stuck';
        if (isHeld) await advance.submit({ kind, tenantId: tenant, workflowId: id } as WorkflowCommand);
      }
    }
    await compare();
    await checkEnd(storage);
  });
}

async function checkEnd(storage: StorageHarness): Promise<void> {
  const open = await storage.sql(
    "select name, status from workflows where status not in ('completed', 'failed', 'cancelled', 'compensated')",
  );
  assert.deepEqual(open, [], 'every workflow has ended');
  assert.deepEqual(await storage.sql('select * from waits'), [], 'nothing waits');
  assert.deepEqual(await storage.sql('select * from fan_outs'), [], 'no fan-out is under way');
  const live = await storage.sql(
    "select step, status from tasks where status in ('queued', 'running', 'retrying', 'scheduled')",
  );
  assert.deepEqual(live, [], 'nothing is at work');
  const events = storage.published.flatMap((entry) => entry.events);
  const handedOver = events.filter(({ type }) => /task\.(created|retry-requested)/.test(type));
  const generations = handedOver.map(({ data }) => `${String(data.taskId)}/${String(data.generation)}`);
  assert.equal(new Set(generations).size, generations.length, 'no generation of a task is handed over twice');
}
