import { answering, type HttpModule, troublesOf } from '@taskflow/kit-http';
import { createDerivedMemory, type Service } from '@taskflow/kit-lifecycle';
import type { EventBus, Publisher } from '@taskflow/kit-messaging';
import {
  createConsumer,
  createOutbox,
  createPositions,
  createPruning,
  messagingMigrations,
  type EntryBounds,
} from '@taskflow/kit-messaging-postgres';
import {
  createDatabase,
  type Database,
  type DatabaseOptions,
  type MigrateOptions,
  type MigrationLine,
  migrate,
  ServerRuns,
} from '@taskflow/kit-postgres';
import type { Log, Telemetry } from '@taskflow/kit-telemetry';
import type { Clock, Ids, Random } from '@taskflow/kit-time';
import { deadLetterRoutes } from './api/dead-letter-routes.ts';
import { queueRoutes } from './api/queue-routes.ts';
import { translateEvent, consumedTypes } from './api/task-management-events.ts';
import { defaultTenant } from './api/tenant.ts';
import { workerRoutes } from './api/worker-routes.ts';
import { createWorkerSocketRoute } from './api/worker-socket.ts';
import { workerVerbRoutes } from './api/worker-verb-routes.ts';
import { boundsOf, type GivenBounds } from './application/bounds.ts';
import { createAnnouncingLoop } from './application/commands/announce-started-work.ts';
import { createChangeQueue } from './application/commands/change-queue.ts';
import { createClaiming } from './application/commands/claim-waiting-work.ts';
import { createEndSession } from './application/commands/end-session.ts';
import { createExpireLoop } from './application/commands/expire-late-work.ts';
import { createFindPartitionsLoop } from './application/commands/find-partitions-of-worker.ts';
import { handBack } from './application/commands/hand-back.ts';
import { createExpireSessionsLoop } from './application/commands/expire-sessions.ts';
import { createRegisterWorker } from './application/commands/register-worker.ts';
import { createResumeSession } from './application/commands/resume-session.ts';
import { createRenewSession, createSessionRenewals, createSignOfLife } from './application/commands/renew-session.ts';
import { createProgressReporting } from './application/commands/report-progress.ts';
import { createLeaseRescuer } from './application/commands/lease-rescuer.ts';
import { createSettleAttempts } from './application/commands/settle-attempts.ts';
import { createStaging } from './application/commands/stage-due-work.ts';
import { createRefreshBacklogLoop } from './application/commands/refresh-backlog.ts';
import { createTakeBackLoop } from './application/commands/take-back-unconfirmed-work.ts';
import { AnnouncementQueue } from './application/dispatch/announcement-queue.ts';
import { Dispatcher } from './application/dispatch/dispatcher.ts';
import { MemoryEpoch } from './application/dispatch/memory-epoch.ts';
import { WorkerRegistry } from './application/dispatch/worker-registry.ts';
import { createLedger } from './application/ledger/ledger.ts';
import { StuckWork } from './application/ledger/stuck-work.ts';
import type { ClaimStore } from './application/ports/claim-store.ts';
import type { DeadLetterStore } from './application/ports/dead-letter-store.ts';
import type { LateWorkStore } from './application/ports/late-work-store.ts';
import type { LedgerStore } from './application/ports/ledger-store.ts';
import type { QueueStore } from './application/ports/queue-store.ts';
import type { SessionStore } from './application/ports/session-store.ts';
import { createListDeadLetters } from './application/queries/list-dead-letters.ts';
import { createListWorkers } from './application/queries/list-workers.ts';
import { createQueueOverview } from './application/queries/queue-overview.ts';
import { createApplyTaskManagementEvents } from './application/reactions/apply-task-management-events.ts';
import { createClaimStore } from './infrastructure/postgres/claim-store.ts';
import { createDeadLetterStore } from './infrastructure/postgres/dead-letter-store.ts';
import { createLateWorkStore } from './infrastructure/postgres/late-work-store.ts';
import { createLedgerStore } from './infrastructure/postgres/ledger-store.ts';
import { createQueueStore } from './infrastructure/postgres/queue-store.ts';
import { createRunStore } from './infrastructure/postgres/run-store.ts';
import { createSessionStore } from './infrastructure/postgres/session-store.ts';
import { Backlog } from './domain/backlog.ts';
import { WorkerPool } from './domain/worker-pool.ts';
import { createExecutionMeter } from './infrastructure/telemetry/execution-meter.ts';
import { watchQueues, watchStuck } from './infrastructure/telemetry/execution-gauges.ts';
import { createServiceLife, type ServiceLife } from './service-life.ts';
import { type TaskExecutionSettings, taskExecutionSettings } from './settings.ts';

export const serviceName = 'task-execution';

/** Migrations of this service's database, in the order of application. */
export const taskExecutionMigrations: readonly MigrationLine[] = [
  { component: 'messaging', directory: messagingMigrations },
  { component: serviceName, directory: new URL('../migrations/', import.meta.url) },
];

export interface TaskExecutionDependencies {
  settings?: Partial<TaskExecutionSettings>;
  /** Tests make them small enough to be crossed. */
  bounds?: GivenBounds;
  /** Of the entries that it emits. */
  entryBounds?: Partial<EntryBounds>;
  /** Its own database, which exists. */
  postgres: { url: string };
  bus: EventBus;
  clock: Clock;
  ids: Ids;
  random: Random;
  telemetry: Telemetry;
  /** Opens each of its pools; `createDatabase` unless told. Tests stand between a service and its database here. */
  openDatabase?: (options: DatabaseOptions) => Database;
  /**
   * Brings its database to the state of its migrations; `migrate` unless told. Tests bring one that is there already.
   */
  migrateDatabase?: (options: MigrateOptions) => Promise<void>;
}

export interface TaskExecution extends Service {
  readonly http: HttpModule;
}

/** Connections that it opens together, at most. */
export const taskExecutionConnections = 9;

/** Joins the layers. `start` migrates the database, then opens the pools; delivery begins when the bus starts. */
export function createTaskExecution(dependencies: TaskExecutionDependencies): TaskExecution {
  const { postgres, bus, clock, migrateDatabase = migrate } = dependencies;
  const settings = taskExecutionSettings.parse(dependencies.settings ?? {});
  const telemetry = dependencies.telemetry.child({ service: serviceName });
  const environment = { ...dependencies, telemetry, log: telemetry.log };
  const pools = openPools({ ...dependencies, telemetry });
  const outbox = createOutbox({ database: pools.ledger, source: serviceName, bounds: dependencies.entryBounds });
  const positions = createPositions({ database: pools.ledger });
  const life = createServiceLife({ clock, log: telemetry.log, durableForMs: settings.leaseMs });
  const stores = {
    ledger: createLedgerStore({ database: pools.ledger, outbox, positions }),
    claims: createClaimStore(pools.claims),
    sessions: createSessionStore(pools.general),
    queues: createQueueStore({ general: pools.general, dataPath: pools.claims }),
    lateWork: createLateWorkStore({ general: pools.general, dataPath: pools.claims }),
    deadLetters: createDeadLetterStore(pools.general),
  };
  const engine = createEngine(environment, settings, stores, bus.attach(outbox.log), life);
  const { ledger, registry, meter } = engine;
  const consumer = createConsumer({
    consumer: serviceName,
    source: 'task-management',
    types: consumedTypes,
    maxEvents: engine.bounds.eventsPerApply,
    positions,
    telemetry,
    translate: translateEvent,
    apply: createApplyTaskManagementEvents({ ledger, meter, log: telemetry.log }),
  });
  bus.subscribe(consumer);
  const loops = [...engine.loops, createPruning({ database: pools.claims, clock, telemetry })];
  const { http, renewals, overview } = createSurface(environment, settings, stores, { ...engine, loops });
  const memory = createDerivedMemory(pools.ledger.incarnation, () => {
    life.databaseBeganAnew();
    overview.forget();
    engine.beginAnew();
  });

  const service = life.of({
    name: serviceName,
    prepare: () => migrateDatabase({ url: postgres.url, lines: taskExecutionMigrations }),
    runs: createRunStore(pools.general),
    memory,
    pools: [pools.ledger, pools.claims, pools.general],
    writers: [ledger, renewals],
    loops,
    pending: () => ledger.pending,
    disconnect: () => registry.closeAll(),
  });
  return { ...service, http };
}

function openPools({ postgres, telemetry, clock, openDatabase = createDatabase }: TaskExecutionDependencies) {
  const { url } = postgres;
  const incarnation = new ServerRuns();
  const open = (name: string, poolSize: number, profile: 'data-path' | 'general') =>
    openDatabase({ url, name: `${serviceName}-${name}`, poolSize, profile, incarnation, telemetry, clock });
  return {
    ledger: open('ledger', 2, 'data-path'),
    claims: open('claims', 3, 'data-path'),
    general: open('general', 4, 'general'),
  };
}

interface Environment extends TaskExecutionDependencies {
  readonly log: Log;
}

interface Stores {
  readonly ledger: LedgerStore;
  readonly claims: ClaimStore;
  readonly sessions: SessionStore;
  readonly queues: QueueStore;
  readonly lateWork: LateWorkStore;
  readonly deadLetters: DeadLetterStore;
}

type Engine = ReturnType<typeof createEngine>;

/** The writers and loops that carry work, and the memory that they share. */
function createEngine(
  { clock, ids, random, telemetry, log, bounds: given }: Environment,
  { overdueGraceMs, leaseMs }: TaskExecutionSettings,
  stores: Stores,
  publisher: Publisher,
  life: ServiceLife,
) {
  const meter = createExecutionMeter(telemetry, clock);
  const bounds = boundsOf(given);
  const pool = new WorkerPool();
  const workerJoined = () => {
    findPartitions.wake();
    refresh.wake();
  };
  const registry = new WorkerRegistry({ pool, bounds, clock, workerJoined });
  const backlog = new Backlog();
  const memory = { pool, registry, backlog, announcements: new AnnouncementQueue(), epoch: new MemoryEpoch() };
  const dispatcher = new Dispatcher({
    ...memory,
    clock,
    ids,
    meter,
    isOpen: () => !life.stopping,
    listeners: {
      workMayBeClaimed: () => claiming.wake(),
      pauseEndsIn: (ms) => staging.wakeIn(ms),
      orphaned: (leases) => handBack({ settle, log }, leases),
    },
  });
  const dispatchesDurably = () => life.dispatchesDurably;
  const stuck = new StuckWork(clock, bounds.stuckTasks);
  const working = { ...memory, dispatcher, clock, telemetry, bounds, stuck };
  const ledger = createLedger({
    ...working,
    store: stores.ledger,
    publisher,
    meter,
    ids,
    random,
    overdueGraceMs,
    dispatchesDurably,
    flushBacklog: () => claiming.flush(),
    workerName: (session) => registry.workerName(session),
  });
  const onStaleBacklog = () => rescuer.lookCloser();
  const claiming = createClaiming({ ...working, store: stores.claims, ids, dispatchesDurably, onStaleBacklog });
  const staging = createStaging({ ledger, clock, telemetry });
  const refresh = createRefreshBacklogLoop({ ...working, store: stores.queues, claiming });
  const findPartitions = createFindPartitionsLoop({ ...working, store: stores.queues, claiming });
  const settle = createSettleAttempts({ ledger, bounds });
  const progress = createProgressReporting({ ledger, clock, telemetry, bounds });
  const late = { ...working, store: stores.lateWork, ledger, settle, overdueGraceMs, staging };
  const rescuer = createLeaseRescuer(late);
  const expiringSessions = createExpireSessionsLoop({ ...late, rescuer, leaseMs });
  const expiring = createExpireLoop(late);
  const announcing = createAnnouncingLoop({ ...working, ledger });
  const takingBack = createTakeBackLoop({ ...working, settle, leaseMs });
  const watching = [refresh, findPartitions, expiringSessions, rescuer, expiring, takingBack];
  const loops = [claiming, staging, progress.loop, announcing, ...watching];
  /** What was derived is dropped, and read again without anybody having to ask. */
  function beginAnew(): void {
    dispatcher.dropAll();
    rescuer.lookCloser();
    for (const loop of [refresh, staging, rescuer]) loop.wake();
  }
  return { ...memory, meter, dispatcher, ledger, settle, progress, refresh, bounds, stuck, loops, beginAnew };
}

/** What others see: routes, the worker protocol, gauges. */
function createSurface(
  { clock, ids, random, telemetry, log }: Environment,
  { leaseMs, heartbeatMs }: TaskExecutionSettings,
  { sessions, queues, deadLetters }: Stores,
  engine: Engine,
) {
  const { meter, pool, registry, backlog, dispatcher, ledger, settle, progress, refresh, loops, bounds, stuck } =
    engine;
  const tenantId = defaultTenant;
  const overview = createQueueOverview({ store: queues, pool, backlog, meter, clock, bounds });
  watchQueues(telemetry, overview, pool);
  watchStuck(telemetry, stuck);
  const changes = createChangeQueue({ store: queues, refresh, clock, random });
  const renewals = createSessionRenewals(sessions, leaseMs, { clock, telemetry });
  const resume = createResumeSession({ ...engine, store: sessions, clock, leaseMs });
  const serving = { store: sessions, pool, registry, settle, clock, log, leaseMs, bounds };
  const workerApi = {
    pool,
    registry,
    backlog,
    dispatcher,
    register: createRegisterWorker({ ...serving, resume, ids }),
    renew: createRenewSession({ ...serving, renewals }),
    showSignOfLife: createSignOfLife({ renewals, pool, registry, clock }),
    settle,
    progress,
    resume,
    endSession: createEndSession({ ledger, settle, registry, log }),
    clock,
    log,
    leaseMs,
    heartbeatMs,
    tenantId,
    bounds: bounds.wire,
  };
  const http: HttpModule = {
    name: serviceName,
    routes: [
      ...workerVerbRoutes(workerApi),
      ...queueRoutes({ overview, changes, tenantId }),
      ...workerRoutes({ listWorkers: createListWorkers({ pool, clock }), tenantId }),
      ...deadLetterRoutes({ listDeadLetters: createListDeadLetters({ store: deadLetters, bounds }), tenantId }),
    ],
    sockets: [createWorkerSocketRoute(workerApi)],
    health: async () => ({
      database: await answering(() => sessions.count()),
      ...troublesOf([ledger, renewals]),
      ...troublesOf([...loops, stuck], { blocking: false }),
    }),
  };
  return { http, renewals, overview };
}
