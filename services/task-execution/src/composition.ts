import {
  createFoundation,
  type HostedService,
  type ServiceDependencies,
  type ServiceSurface,
  serviceMigrations,
} from '@taskflow/kit-service';
import type { Random } from '@taskflow/kit-time';
import { deadLetterRoutes } from './api/dead-letter-routes.ts';
import { queueRoutes } from './api/queue-routes.ts';
import { consumedTypes, translateEvent } from './api/task-management-events.ts';
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
import { createServiceLife } from './service-life.ts';
import { type TaskExecutionSettings, taskExecutionSettings } from './settings.ts';

export const serviceName = 'task-execution';

/** Migrations of this service's database, in the order of application. */
export const taskExecutionMigrations = serviceMigrations(serviceName, new URL('../migrations/', import.meta.url));

export interface TaskExecutionDependencies extends ServiceDependencies {
  readonly settings?: Partial<TaskExecutionSettings>;
  /** Tests make them small enough to be crossed. */
  readonly bounds?: GivenBounds;
  readonly random: Random;
}

/** Joins the layers. `start` migrates the database, then opens the pools; delivery begins when the bus starts. */
export function createTaskExecution(dependencies: TaskExecutionDependencies): HostedService {
  const settings = taskExecutionSettings.parse(dependencies.settings ?? {});
  const foundation = createTaskExecutionFoundation(dependencies);
  const core = createCore(foundation, dependencies, settings);
  const engine = createEngine(core);
  const { ledger, renewals, registry, meter } = engine;
  foundation.consume({
    source: 'task-management',
    types: consumedTypes,
    maxEvents: core.bounds.eventsPerApply,
    translate: translateEvent,
    apply: createApplyTaskManagementEvents({ ledger, meter, log: core.log }),
  });
  return foundation.host({
    ...createSurface(core, engine),
    required: core.life.inOrder({
      runs: core.stores.runs,
      writers: [ledger, renewals],
      pending: () => ledger.pending,
      disconnect: () => registry.closeAll(),
    }),
    background: engine.loops,
    watched: [engine.stuck],
    forget: engine.forget,
  });
}

function createTaskExecutionFoundation(dependencies: TaskExecutionDependencies) {
  return createFoundation(
    {
      name: serviceName,
      migrations: taskExecutionMigrations,
      pools: {
        ledger: { connections: 2, profile: 'data-path' },
        claims: { connections: 3, profile: 'data-path' },
        general: { connections: 4, profile: 'general' },
      },
      roles: { events: 'ledger', pruning: 'claims', health: 'general' },
    },
    dependencies,
  );
}

type TaskExecutionFoundation = ReturnType<typeof createTaskExecutionFoundation>;
type Core = ReturnType<typeof createCore>;
type Engine = ReturnType<typeof createEngine>;

/** What the writers, the loops and the routes share: stores, bounds, and the life of the service. */
function createCore(
  { telemetry, pools, outbox, positions, publisher, isStopping }: TaskExecutionFoundation,
  { clock, ids, random, bounds }: TaskExecutionDependencies,
  settings: TaskExecutionSettings,
) {
  const { ledger, claims, general } = pools;
  const { log } = telemetry;
  return {
    clock,
    ids,
    random,
    ...settings,
    bounds: boundsOf(bounds),
    telemetry,
    log,
    publisher,
    isStopping,
    life: createServiceLife({ clock, log, durableForMs: settings.leaseMs }),
    stores: {
      ledger: createLedgerStore({ database: ledger, outbox, positions }),
      claims: createClaimStore(claims),
      sessions: createSessionStore(general),
      queues: createQueueStore({ general, dataPath: claims }),
      lateWork: createLateWorkStore({ general, dataPath: claims }),
      deadLetters: createDeadLetterStore(general),
      runs: createRunStore(general),
    },
  };
}

/** The writers and loops that carry work, and the memory that they share. */
function createEngine(core: Core) {
  const { clock, ids, telemetry, log, bounds, stores, life, leaseMs } = core;
  const meter = createExecutionMeter(telemetry, clock);
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
    isOpen: () => !core.isStopping(),
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
    ...core,
    ...working,
    store: stores.ledger,
    meter,
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
  const late = { ...working, store: stores.lateWork, ledger, settle, overdueGraceMs: core.overdueGraceMs, staging };
  const rescuer = createLeaseRescuer(late);
  const expiringSessions = createExpireSessionsLoop({ ...late, rescuer, leaseMs });
  const expiring = createExpireLoop(late);
  const announcing = createAnnouncingLoop({ ...working, ledger });
  const takingBack = createTakeBackLoop({ ...working, settle, leaseMs });
  const watching = [refresh, findPartitions, expiringSessions, rescuer, expiring, takingBack];
  const loops = [claiming, staging, progress.loop, announcing, ...watching];
  const renewals = createSessionRenewals(stores.sessions, leaseMs, { clock, telemetry });
  const overview = createQueueOverview({ store: stores.queues, pool, backlog, meter, clock, bounds });
  /** What was derived is dropped, and read again without anybody having to ask. */
  function forget(): void {
    life.databaseBeganAnew();
    overview.forget();
    dispatcher.dropAll();
    rescuer.lookCloser();
    for (const loop of [refresh, staging, rescuer]) loop.wake();
  }
  const writers = { ledger, renewals };
  return { ...memory, ...writers, meter, dispatcher, settle, progress, refresh, overview, stuck, loops, forget };
}

/** What others see: routes, the worker protocol, gauges. */
function createSurface(core: Core, engine: Engine): ServiceSurface {
  const { clock, ids, random, telemetry, log, bounds, leaseMs, stores } = core;
  const { pool, registry, ledger, settle, refresh, renewals, overview, stuck } = engine;
  const tenantId = defaultTenant;
  watchQueues(telemetry, overview, pool);
  watchStuck(telemetry, stuck);
  const changes = createChangeQueue({ store: stores.queues, refresh, clock, random });
  const resume = createResumeSession({ ...engine, store: stores.sessions, clock, leaseMs });
  const serving = { store: stores.sessions, pool, registry, settle, clock, log, leaseMs, bounds };
  const workerApi = {
    ...engine,
    clock,
    log,
    leaseMs,
    heartbeatMs: core.heartbeatMs,
    tenantId,
    bounds: bounds.wire,
    register: createRegisterWorker({ ...serving, resume, ids }),
    renew: createRenewSession({ ...serving, renewals }),
    showSignOfLife: createSignOfLife({ renewals, pool, registry, clock }),
    resume,
    endSession: createEndSession({ ledger, settle, registry, log }),
  };
  return {
    routes: [
      ...workerVerbRoutes(workerApi),
      ...queueRoutes({ overview, changes, tenantId }),
      ...workerRoutes({ listWorkers: createListWorkers({ pool, clock }), tenantId }),
      ...deadLetterRoutes({
        listDeadLetters: createListDeadLetters({ store: stores.deadLetters, bounds }),
        tenantId,
      }),
    ],
    sockets: [createWorkerSocketRoute(workerApi)],
  };
}
