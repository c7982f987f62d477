import assert from 'node:assert/strict';
import { instantMs, systemClock, systemIds } from '@taskflow/kit-time';
import type { AdvanceOutcome, ReceivedEvent, WorkflowCommand } from '../src/application/advance/advance-command.ts';
import { rowId, type WorkflowInstance } from '../src/application/advance/workflow-instance.ts';
import { boundsOf } from '../src/application/bounds.ts';
import { createStartWorkflow } from '../src/application/commands/start-workflow.ts';
import { createKnownDefinitions } from '../src/application/graphs/known-definitions.ts';
import { childWorkflowId } from '../src/application/records/workflow-record.ts';
import type { GraphDefinition } from '../src/domain/workflow/graph.ts';
import { sha256 } from '../src/infrastructure/crypto/sha256.ts';
import { createReadingStore } from '../src/infrastructure/postgres/reading-store.ts';
import { createWaitStore } from '../src/infrastructure/postgres/wait-store.ts';
import { createEventDeliveryStore } from '../src/infrastructure/postgres/event-delivery-store.ts';
import { tenant } from './execution-double.ts';
import { anEvent, openStorage, type StorageHarness, type StorageVariant } from './storage-harness.ts';

/** A workflow of a test. Rows are named by address: a step's key, or `key/0`, `key/prepare`, `key/compensation`. */
export interface Started {
  readonly id: string;
  task(address: string): string;
}

export interface WorkflowHarness extends AsyncDisposable {
  readonly storage: StorageHarness;
  /** Starts a graph, or a registered definition by its name, and what begins at once. */
  start(graph: GraphDefinition | string, input?: unknown): Promise<Started>;
  register(name: string, graph: GraphDefinition, version?: number): Promise<void>;
  /** The workflow that a step started. */
  childOf(workflow: Started, step: string, generation?: number): Started;
  completed(workflow: Started, address: string, result?: unknown, generation?: number): ReceivedEvent;
  skipped(workflow: Started, address: string): ReceivedEvent;
  failed(workflow: Started, address: string, change?: { unknown?: boolean; generation?: number }): ReceivedEvent;
  cancelled(workflow: Started, address: string, change?: { unknown?: boolean }): ReceivedEvent;
  /** Applies events as one entry, and lets what they made due begin. */
  apply(...events: ReceivedEvent[]): Promise<void>;
  command(workflow: Started, command: CommandOf): Promise<AdvanceOutcome>;
  /** Lets the time of a workflow's live waits come. */
  elapse(workflow: Started): Promise<void>;
  /** Brings events to the waits that they have not met, page by page. */
  deliver(): Promise<void>;
  /** Ends waits that are due until there are none. */
  fire(): Promise<number>;
  status(workflow: Started): Promise<string>;
  header(workflow: Started): Promise<Header>;
  /** `address status` of each row, by address. */
  rows(workflow: Started): Promise<string[]>;
  row(workflow: Started, address: string): Promise<StepRow>;
  /** What was published since the last call: `task.created a`, `workflow.completed`. */
  news(workflow?: Started): string[];
  /** Bodies of the published events of a type. */
  reported(type: string): Record<string, unknown>[];
}

type CommandOf = DistributiveOmit<WorkflowCommand, 'tenantId' | 'workflowId'>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface Header {
  readonly status: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly failed_step: string | null;
  readonly version: number | null;
  readonly cancel_reason: string | null;
  readonly finished_at: number | null;
  readonly stuck_from: string | null;
  readonly stuck_error: string | null;
}

export interface StepRow {
  readonly status: string;
  readonly generation: number;
  readonly payload: string;
  readonly result: string | null;
  readonly error: string | null;
  readonly options: string | null;
  readonly type: string;
}

/** Workflows on real tables, without bus and HTTP. With `forgets`, every transaction rebuilds them from their rows. */
export async function openWorkflows(variant: StorageVariant & { forgets?: boolean } = {}): Promise<WorkflowHarness> {
  const storage: StorageHarness = await openStorage({
    ...variant,
    advanceStore: (inner) => {
      const store = variant.advanceStore?.(inner) ?? inner;
      return {
        ...store,
        transaction: (work, emits) => {
          if (variant.forgets) storage.cache.clear();
          return store.transaction(work, emits);
        },
      };
    },
  });
  const { creation: writer, graphs, database, statements } = storage;
  const waits = createWaitStore({ database, statements });
  const events = createEventDeliveryStore({ database, statements });
  const reading = createReadingStore(database, statements);
  const begin = createStartWorkflow({
    writer,
    reading,
    graphs,
    known: createKnownDefinitions(),
    incarnation: storage.incarnation,
    clock: systemClock,
    ids: systemIds,
    digest: sha256,
    bounds: boundsOf(variant.bounds),
  });
  let heard = 0;

  async function fire(): Promise<number> {
    for (let fired = 0; ; ) {
      const due = await waits.readDueWaits(100);
      if (due.length === 0) return fired;
      fired += due.length;
      await storage.advance.submit({ kind: 'fire-waits', waits: due });
    }
  }

  function handle(id: string): Started {
    return { id, task: (address) => rowId({ id } as WorkflowInstance, address) };
  }

  async function rowsOf(workflow: Started) {
    return storage.sql<StepRow & { step: string }>('select * from tasks where workflow_id = $1', [workflow.id]);
  }

  async function headerOf(workflow: Started): Promise<Header> {
    const [row] = await storage.sql<Header>('select * from workflows where id = $1', [workflow.id]);
    assert.ok(row);
    return row;
  }

  return {
    storage,
    start: async (graph, input = null) => {
      const what = typeof graph === 'string' ? { definition: graph, version: undefined } : { name: 'wf', graph };
      const origin = { tenantId: tenant, traceparent: undefined, idempotency: undefined };
      const result = await begin({ what, input: JSON.stringify(input), priority: undefined }, origin);
      assert.ok('workflow' in result, JSON.stringify(result));
      await fire();
      return handle(result.workflow.id);
    },
    register: async (name, graph, version = 1) => {
      const compiled = graphs.compile(graph);
      assert.ok('hash' in compiled, JSON.stringify(compiled));
      const { hash, text } = compiled;
      const steps = graph.steps.length;
      await reading.register({ tenantId: tenant, name, version, hash, graph: text, steps, createdAt: 0 });
    },
    childOf: (workflow, step, generation = 1) => handle(childWorkflowId(workflow.id, step, generation)),
    completed: (workflow, address, result = null, generation = 1) =>
      anEvent(
        workflow.task(address),
        { kind: 'completed', result: JSON.stringify(result), startedAt: 1, finishedAt: 2 },
        generation,
      ),
    skipped: (workflow, address) => anEvent(workflow.task(address), { kind: 'skipped', startedAt: 1, finishedAt: 2 }),
    failed: (workflow, address, { unknown = false, generation = 1 } = {}) =>
      anEvent(
        workflow.task(address),
        {
          kind: 'failed',
          error: `{"code":"broken","message":"${address} broke"}`,
          finishedAt: 5,
          ...(unknown && { outcomeUnknown: true }),
        },
        generation,
      ),
    cancelled: (workflow, address, { unknown = false } = {}) =>
      anEvent(workflow.task(address), {
        kind: 'execution-cancelled',
        finishedAt: 5,
        ...(unknown && { outcomeUnknown: true }),
      }),
    apply: async (...events) => {
      await storage.apply(...events);
      await fire();
    },
    command: async (workflow, command) => {
      const outcome = await storage.advance.submit({
        ...command,
        tenantId: tenant,
        workflowId: workflow.id,
      } as WorkflowCommand);
      await fire();
      return outcome;
    },
    elapse: async (workflow) => {
      await storage.sql("update waits set due_at = now() - interval '1 second' where workflow_id = $1", [workflow.id]);
      await fire();
    },
    fire,
    deliver: async () => {
      for (;;) {
        const [delivery] = await events.readEventDeliveries(undefined, 1);
        if (delivery === undefined) return;
        await storage.advance.submit({ kind: 'deliver-event', tenantId: delivery.tenantId, delivery });
      }
    },
    status: async (workflow) => (await headerOf(workflow)).status,
    header: headerOf,
    rows: async (workflow) => (await rowsOf(workflow)).map(({ step, status }) => `${step} ${status}`).sort(byAddress),
    row: async (workflow, address) => {
      const found = (await rowsOf(workflow)).find(({ step }) => step === address);
      assert.ok(found, `no row ${address}`);
      return found;
    },
    news: (workflow) => {
      const events = storage.published.slice(heard).flatMap((entry) => entry.events);
      heard = storage.published.length;
      return events
        .filter(({ key }) => workflow === undefined || key === workflow.id)
        .map(({ type, data }) => {
          const { step, role, item } = (data.workflow ?? data) as { step?: string; role?: string; item?: number };
          const name = type.replace(/^taskflow\.|\.v1$/g, '');
          const address = step === undefined ? '' : ` ${step}${role === undefined ? '' : `/${item ?? role}`}`;
          return `${name}${address}`;
        });
    },
    reported: (type) =>
      storage.published
        .flatMap((entry) => entry.events)
        .filter((event) => event.type === `taskflow.${type}.v1`)
        .map(({ data, raw }) => ({
          ...data,
          ...Object.fromEntries(Object.entries(raw ?? {}).map(([name, text]) => [name, JSON.parse(text)])),
        })),
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  };
}

function byAddress(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** Both ways of having a workflow: in memory, and rebuilt from its rows for every transaction. */
export const memories = [
  { title: 'kept in memory', forgets: false },
  { title: 'rebuilt for every transaction', forgets: true },
];

export const instantOf = (text: unknown): number => instantMs(String(text));
