import type { StreamEntry } from '@taskflow/kit-messaging';
import { type ManualIncarnation, manualIncarnation } from '@taskflow/kit-messaging/testing';
import { createOutbox, createPositions, type Outbox } from '@taskflow/kit-messaging-postgres';
import { createDatabase, type Database, type Row } from '@taskflow/kit-postgres';
import { silentTelemetry, testDatabase } from '@taskflow/kit-testing';
import { systemClock, systemIds } from '@taskflow/kit-time';
import type { ReceivedEvent } from '../src/application/advance/advance-command.ts';
import type { TransactionRecord } from '../src/application/advance/transaction-record.ts';
import { type AdvanceWriter, createAdvanceWriter } from '../src/application/advance/advance-writer.ts';
import { InstanceCache } from '../src/application/advance/instance-cache.ts';
import { boundsOf, type GivenBounds } from '../src/application/bounds.ts';
import { type CreationWriter, createCreationWriter } from '../src/application/commands/creation-writer.ts';
import { type CompiledGraphs, createCompiledGraphs } from '../src/application/graphs/compiled-graphs.ts';
import type { AdvanceStore } from '../src/application/ports/advance-store.ts';
import type { CreationStore } from '../src/application/ports/creation-store.ts';
import type { NewTask } from '../src/application/records/task-record.ts';
import type { ExecutionEvent } from '../src/domain/task/task-update.ts';
import { sha256 } from '../src/infrastructure/crypto/sha256.ts';
import { taskManagementMigrations } from '../src/index.ts';
import { createAdvanceStore } from '../src/infrastructure/postgres/advance-store.ts';
import { createCreationStore } from '../src/infrastructure/postgres/creation-store.ts';
import { type TaskManagementStatements, taskManagementStatements } from '../src/infrastructure/postgres/statements.ts';
import { tenant } from './execution-double.ts';

export interface StorageHarness extends AsyncDisposable {
  readonly url: string;
  /** As the service's data path uses it. */
  readonly database: Database;
  readonly outbox: Outbox;
  readonly statements: TaskManagementStatements;
  readonly creation: CreationWriter;
  readonly advance: AdvanceWriter;
  readonly cache: InstanceCache;
  readonly graphs: CompiledGraphs;
  /** What was handed to the bus, in the order of handing over. */
  readonly published: StreamEntry[];
  readonly records: TransactionRecord[];
  /** Tells that the database server came up anew. */
  readonly incarnation: ManualIncarnation;
  sql<R = Row>(text: string, parameters?: readonly (string | number | boolean | null)[]): Promise<R[]>;
  /** Applies these events as the next entry of task-execution's stream. */
  apply(...events: ReceivedEvent[]): Promise<void>;
}

export interface StorageVariant {
  /** Gets between the writers and the database. */
  readonly creationStore?: (store: CreationStore) => CreationStore;
  readonly advanceStore?: (store: AdvanceStore) => AdvanceStore;
  readonly cacheSteps?: number;
  readonly bounds?: GivenBounds;
  readonly maxDescendants?: number;
  /** Called with what was created, beside what the service does with it. */
  readonly onCreated?: () => void;
  /** Changes the text of statements, to show what a rule in them is good for. */
  readonly rewrite?: (statements: TaskManagementStatements) => TaskManagementStatements;
}

/** The two writers on a database of their own, without bus and HTTP. */
export async function openStorage(variant: StorageVariant = {}): Promise<StorageHarness> {
  const { url, drop } = await testDatabase({ lines: taskManagementMigrations });
  const telemetry = silentTelemetry();
  const database = createDatabase({ url, name: 'test-data', poolSize: 4, profile: 'data-path', telemetry });
  const looking = createDatabase({ url, name: 'test-looking', poolSize: 2, profile: 'general', telemetry });
  const same = <T>(value: T) => value;
  const statements = (variant.rewrite ?? same)(taskManagementStatements());
  const outbox = createOutbox({ database, source: 'task-management' });
  const positions = createPositions({ database });
  const storage = { database, outbox, stream: 0, statements };
  const graphs = createCompiledGraphs(100_000, sha256);
  const cache = new InstanceCache(variant.cacheSteps ?? 100_000, boundsOf(variant.bounds));
  const incarnation = manualIncarnation();
  incarnation.onChange(() => {
    cache.clear();
    graphs.forgetStored();
  });
  const published: StreamEntry[] = [];
  const records: TransactionRecord[] = [];
  const shared = {
    publisher: { committed: (entry: StreamEntry) => void published.push(entry) },
    clock: systemClock,
    ids: systemIds,
    incarnation,
    telemetry,
    maxWaiting: 10_000,
  };
  const creation = createCreationWriter({
    ...shared,
    store: (variant.creationStore ?? same)(createCreationStore(storage)),
    storedGraphs: graphs,
    onCreated: (commands, isCurrent) => {
      variant.onCreated?.();
      for (const { first } of commands) if (isCurrent && first?.waits.length === 0) cache.add(first.instance);
    },
    maxRows: 2_000,
    bounds: variant.bounds,
  });
  const advance = createAdvanceWriter({
    ...shared,
    store: (variant.advanceStore ?? same)(createAdvanceStore({ ...storage, positions })),
    cache,
    graphs,
    onAdvanced: (record) => void records.push(record),
    bounds: variant.bounds,
    maxDescendants: variant.maxDescendants ?? 100_000,
  });
  let position = 0;
  let looks = 0;

  return {
    url,
    database,
    outbox,
    statements,
    creation,
    advance,
    cache,
    graphs,
    published,
    records,
    incarnation,
    sql: (text, parameters = []) => {
      looks += 1;
      return looking.query({ name: `look-${looks}`, text }, parameters);
    },
    apply: async (...events) => {
      const from = position;
      position += 1;
      const move = { source: 'task-execution', stream: 0, from, to: position, logIdentity: sourceIdentity };
      await advance.submit({ kind: 'apply-execution-events', move, events });
    },
    [Symbol.asyncDispose]: async () => {
      await creation.stop();
      await advance.stop();
      await database.stop();
      await looking.stop();
      await drop();
    },
  };
}

export const sourceIdentity = '00000000-0000-4000-8000-0000000000ee';

export function aTask(id: string = systemIds.next(), change: Partial<NewTask> = {}): NewTask {
  return {
    tenantId: tenant,
    id,
    type: 'work',
    queue: 'default',
    priority: 500,
    payload: '{"n":1}',
    options: undefined,
    step: undefined,
    createdAt: Date.UTC(2026, 0, 1),
    causationId: undefined,
    ...change,
  };
}

export function anEvent(
  taskId: string,
  event: Partial<ExecutionEvent> & Pick<ExecutionEvent, 'kind'>,
  generation = 1,
): ReceivedEvent {
  return { tenantId: tenant, taskId, generation, eventId: systemIds.next(), event: { attempt: 1, ...event } };
}

export const completion = (taskId: string, result = 'null', generation = 1): ReceivedEvent =>
  anEvent(taskId, { kind: 'completed', result, startedAt: 1, finishedAt: 2 }, generation);
