import type { HttpModule } from '@taskflow/kit-http';
import type { Service } from '@taskflow/kit-lifecycle';
import type { EventBus } from '@taskflow/kit-messaging';
import { createOutbox, createPositions, createPruning, messagingMigrations } from '@taskflow/kit-messaging-postgres';
import { createDatabase, type MigrationLine, migrate } from '@taskflow/kit-postgres';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock, Ids, Random } from '@taskflow/kit-time';
import { deadLetterRoutes } from './api/dead-letter-routes.ts';
import { queueRoutes } from './api/queue-routes.ts';
import { taskEventSubscription } from './api/task-events.ts';
import { workerRoutes } from './api/worker-routes.ts';
import { createWorkerSocketRoute } from './api/worker-socket.ts';
import { workerVerbRoutes } from './api/worker-verbs.ts';
import { createAnnouncingLoop } from './application/commands/announce-started-work.ts';
import { createChangeQueue } from './application/commands/change-queue.ts';
import { createClaimingLoop } from './application/commands/claim-waiting-work.ts';
import { createEndSession } from './application/commands/end-session.ts';
import { handBack } from './application/commands/hand-back.ts';
import { createRegisterWorker } from './application/commands/register-worker.ts';
import { createRenewSession, createSessionRenewals, createSignOfLife } from './application/commands/renew-session.ts';
import { createProgressReporting } from './application/commands/report-progress.ts';
import { createSettleAttempts } from './application/commands/settle-attempts.ts';
import { createStaging } from './application/commands/stage-due-work.ts';
import { createSurveyLoop } from './application/commands/survey-queues.ts';
import { createSweeping } from './application/commands/sweep-late-work.ts';
import { Dispatch } from './application/dispatch/dispatch.ts';
import { createLedger } from './application/ledger/ledger.ts';
import { createListDeadLetters } from './application/queries/list-dead-letters.ts';
import { createListWorkers } from './application/queries/list-workers.ts';
import { createQueueOverview } from './application/queries/queue-overview.ts';
import { createApplyTaskEvents } from './application/reactions/apply-task-events.ts';
import { createClaimStore } from './infrastructure/postgres/claim-store.postgres.ts';
import { createDeadLetterStore } from './infrastructure/postgres/dead-letter-store.postgres.ts';
import { createLateWorkStore } from './infrastructure/postgres/late-work-store.postgres.ts';
import { createLedgerStore } from './infrastructure/postgres/ledger-store.postgres.ts';
import { createQueueStore } from './infrastructure/postgres/queue-store.postgres.ts';
import { createRunStore } from './infrastructure/postgres/run-store.postgres.ts';
import { createSessionStore } from './infrastructure/postgres/session-store.postgres.ts';
import { createExecutionMeter } from './infrastructure/telemetry/execution-meter.ts';
import { watchQueues } from './infrastructure/telemetry/queue-gauges.ts';
import { type ServiceLife, serviceLife } from './service-life.ts';
import { defaultTenant, taskExecutionSettings } from './settings.ts';
import type { TaskExecutionSettings } from './settings.ts';

export const serviceName = 'task-execution';

/** Migrations of this service's database, in the order of application. */
export const taskExecutionMigrations: readonly MigrationLine[] = [
  { component: 'messaging', directory: messagingMigrations },
  { component: serviceName, directory: new URL('../migrations/', import.meta.url) },
];

export interface TaskExecutionDependencies {
  settings?: Partial<TaskExecutionSettings>;
  /** Its own database, which exists. */
  postgres: { url: string };
  bus: EventBus;
  clock: Clock;
  ids: Ids;
  random: Random;
  telemetry: Telemetry;
}

export interface TaskExecution extends Service {
  readonly http: HttpModule;
}

/** Connections that it opens together, at most. */
export const taskExecutionConnections = 9;

/** Joins the layers. `start` migrates the database, then opens the pools; delivery begins when the bus starts. */
export function createTaskExecution(dependencies: TaskExecutionDependencies): TaskExecution {
  const { postgres, bus, clock, ids, random } = dependencies;
  const { leaseMs, heartbeatMs, overdueGraceMs } = taskExecutionSettings.parse(dependencies.settings ?? {});
  const telemetry = dependencies.telemetry.child({ service: serviceName });
  const { log } = telemetry;
  const tenantId = defaultTenant;

  const open = (name: string, poolSize: number, profile: 'data-path' | 'general') =>
    createDatabase({ url: postgres.url, name: `${serviceName}-${name}`, poolSize, profile, telemetry, clock });
  const ledgerPool = open('ledger', 2, 'data-path');
  const claimPool = open('claims', 3, 'data-path');
  const general = open('general', 4, 'general');

  const outbox = createOutbox({ database: ledgerPool, source: serviceName });
  const positions = createPositions({ database: ledgerPool });
  const queueStore = createQueueStore({ general, dataPath: claimPool });
  const sessionStore = createSessionStore(general);
  const publisher = bus.attach(outbox.log);

  const meter = createExecutionMeter(telemetry, clock);
  const life: ServiceLife = serviceLife({ clock, log, durableForMs: leaseMs });
  const dispatch = new Dispatch({
    clock,
    ids,
    meter,
    isOpen: () => !life.stopping,
    listeners: {
      workMayBeClaimed: () => claiming.wake(),
      pauseEndsIn: (ms) => staging.inMs(ms),
      workerJoined: () => survey.wake(),
      heldByNobody: (leases) => handBack({ settle, log }, leases),
    },
  });
  const handsOverDurably = () => life.handsOverDurably;

  const ledger = createLedger({
    store: createLedgerStore({ database: ledgerPool, outbox, positions }),
    dispatch,
    publisher,
    meter,
    clock,
    ids,
    random,
    telemetry,
    overdueGraceMs,
    handsOverDurably,
  });
  const claiming = createClaimingLoop({
    store: createClaimStore(claimPool),
    dispatch,
    ids,
    clock,
    log,
    handsOverDurably,
    inDoubt: () => sweeping.lookCloser(),
  });
  const staging = createStaging({ ledger, clock, log });
  const survey = createSurveyLoop({ store: queueStore, dispatch, claiming, clock, log });
  const settle = createSettleAttempts({ ledger });
  const progress = createProgressReporting({ ledger, clock, log });
  const renewals = createSessionRenewals(sessionStore, leaseMs, { clock, telemetry });
  const sweeping = createSweeping({
    store: createLateWorkStore(general),
    ledger,
    settle,
    dispatch,
    clock,
    log,
    overdueGraceMs,
    stage: staging,
  });
  const overview = createQueueOverview({ store: queueStore, pool: dispatch.pool, meter, clock });
  watchQueues(telemetry, overview, dispatch.pool);

  bus.subscribe(taskEventSubscription({ positions, apply: createApplyTaskEvents({ ledger, meter, log }) }));

  const workerApi = {
    dispatch,
    register: createRegisterWorker({ store: sessionStore, dispatch, settle, clock, ids, log, leaseMs }),
    renew: createRenewSession({ store: sessionStore, dispatch, settle, clock, log, leaseMs, renewals }),
    showSignOfLife: createSignOfLife({ renewals, dispatch, clock }),
    settle,
    progress,
    sessions: sessionStore,
    leave: createEndSession({ ledger, settle, dispatch, log }),
    clock,
    log,
    leaseMs,
    heartbeatMs,
    tenantId,
  };
  const http: HttpModule = {
    name: serviceName,
    routes: [
      ...workerVerbRoutes(workerApi),
      ...queueRoutes({ overview, changes: createChangeQueue({ store: queueStore, survey }), tenantId }),
      ...workerRoutes({ listWorkers: createListWorkers({ pool: dispatch.pool, clock }), tenantId }),
      ...deadLetterRoutes({
        listDeadLetters: createListDeadLetters({ store: createDeadLetterStore(general) }),
        tenantId,
      }),
    ],
    sockets: [createWorkerSocketRoute(workerApi)],
    async health() {
      const state = await sessionStore.count().then(
        () => ({ state: 'ok' }) as const,
        () => ({ state: 'failing', detail: 'the database does not answer' }) as const,
      );
      return { 'task-execution-database': state };
    },
  };

  const service = life.of({
    name: serviceName,
    prepare: () => migrate({ url: postgres.url, lines: taskExecutionMigrations }),
    runs: createRunStore(general),
    pools: [ledgerPool, claimPool, general],
    writers: [ledger, renewals],
    loops: [
      claiming,
      staging,
      survey,
      sweeping.loop,
      progress.loop,
      createAnnouncingLoop({ ledger, dispatch, clock, log }),
      createPruning({ database: general, clock, log }),
    ],
    pending: () => ledger.pending,
    disconnect: () => dispatch.closeAll(),
  });
  return { ...service, http };
}
