import { answering, type HttpModule, type Route, troublesOf } from '@taskflow/kit-http';
import { createDerivedMemory, createLifecycle, type Incarnation, type Service } from '@taskflow/kit-lifecycle';
import type { EventBus, Publisher } from '@taskflow/kit-messaging';
import {
  createConsumer,
  createOutbox,
  createPositions,
  createPruning,
  messagingMigrations,
  type Positions,
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
import type { Loop } from '@taskflow/kit-resilience';
import type { Log, Telemetry } from '@taskflow/kit-telemetry';
import type { Clock, Ids } from '@taskflow/kit-time';
import { definitionRoutes } from './api/definition-routes.ts';
import { eventRoutes } from './api/event-routes.ts';
import { consumedTypes, translateEvent } from './api/task-execution-events.ts';
import { taskRoutes } from './api/task-routes.ts';
import { workflowRoutes } from './api/workflow-routes.ts';
import type { AdvanceCommand } from './application/advance/advance-command.ts';
import { type AdvanceWriter, createAdvanceWriter } from './application/advance/advance-writer.ts';
import type { FirstSteps } from './application/advance/first-steps.ts';
import { InstanceCache } from './application/advance/instance-cache.ts';
import { finishedTasks } from './application/advance/transaction-record.ts';
import { boundsOf, type GivenBounds, type ManagementBounds } from './application/bounds.ts';
import { createCommandTask } from './application/commands/command-task.ts';
import { createAskWorkflow, createCommandWorkflow } from './application/commands/command-workflow.ts';
import { createCreateTasks } from './application/commands/create-tasks.ts';
import { type CreationWriter, createCreationWriter } from './application/commands/creation-writer.ts';
import { createPublishEvent } from './application/commands/publish-event.ts';
import { createEventDeliveries } from './application/commands/deliver-events.ts';
import { createTimers, type Timers } from './application/commands/fire-timers.ts';
import { refusingPoison } from './application/commands/refuse-poison.ts';
import { createRegisterDefinition } from './application/commands/register-definition.ts';
import { createRestartWorkflows } from './application/commands/restart-workflows.ts';
import { createRetryWorkflow } from './application/commands/retry-workflow.ts';
import { createSignalWorkflow } from './application/commands/signal-workflow.ts';
import { createStartWorkflow } from './application/commands/start-workflow.ts';
import { type CompiledGraphs, createCompiledGraphs } from './application/graphs/compiled-graphs.ts';
import { createKnownDefinitions, type KnownDefinitions } from './application/graphs/known-definitions.ts';
import type { AdvanceStore } from './application/ports/advance-store.ts';
import type { WaitStore } from './application/ports/wait-store.ts';
import type { EventDeliveryStore } from './application/ports/event-delivery-store.ts';
import type { CreationStore } from './application/ports/creation-store.ts';
import type { Digest } from './application/ports/digest.ts';
import type { ReadingStore } from './application/ports/reading-store.ts';
import { createGetTask } from './application/queries/get-task.ts';
import { createGetWorkflow } from './application/queries/get-workflow.ts';
import { createPlanCompensation } from './application/queries/plan-compensation.ts';
import { createWorkflowReader } from './application/queries/read-workflow.ts';
import { createResultSubscribers, type ResultSubscribers } from './application/queries/result-subscribers.ts';
import { createApplyTaskExecutionEvents } from './application/reactions/apply-task-execution-events.ts';
import { sha256 } from './infrastructure/crypto/sha256.ts';
import { createAdvanceStore } from './infrastructure/postgres/advance-store.ts';
import { createWaitStore } from './infrastructure/postgres/wait-store.ts';
import { createEventDeliveryStore } from './infrastructure/postgres/event-delivery-store.ts';
import { createCreationStore } from './infrastructure/postgres/creation-store.ts';
import { createReadingStore } from './infrastructure/postgres/reading-store.ts';
import { taskManagementStatements } from './infrastructure/postgres/statements.ts';
import { watchMemory, watchStuck } from './infrastructure/telemetry/management-gauges.ts';
import { createManagementMeter } from './infrastructure/telemetry/management-meter.ts';
import { type TaskManagementSettings, taskManagementSettings } from './settings.ts';

export const serviceName = 'task-management';

/** Migrations of this service's database, in the order of application. */
export const taskManagementMigrations: readonly MigrationLine[] = [
  { component: 'messaging', directory: messagingMigrations },
  { component: serviceName, directory: new URL('../migrations/', import.meta.url) },
];

export interface TaskManagementDependencies {
  settings?: Partial<TaskManagementSettings>;
  /** Its own database, which exists. */
  postgres: { url: string };
  bus: EventBus;
  clock: Clock;
  ids: Ids;
  telemetry: Telemetry;
  /** Opens each of its pools; `createDatabase` unless told. Tests stand between a service and its database here. */
  openDatabase?: (options: DatabaseOptions) => Database;
  /** Brings its database to the state of its migrations; `migrate` unless told. Tests bring one that is there already. */
  migrateDatabase?: (options: MigrateOptions) => Promise<void>;
  /** What one step does at most; the defaults where not told. Tests make it small, so that every page is crossed. */
  bounds?: GivenBounds;
  /** Of the entries that it emits. */
  entryBounds?: Partial<EntryBounds>;
}

export interface TaskManagement extends Service {
  readonly http: HttpModule;
}

/** One stream carries everything while one process writes it. */
const stream = 0;

/** Joins the layers. `start` migrates the database, then opens the pools; delivery begins when the bus starts. */
export function createTaskManagement(dependencies: TaskManagementDependencies): TaskManagement {
  const { postgres, bus, clock, migrateDatabase = migrate } = dependencies;
  const settings = taskManagementSettings.parse(dependencies.settings ?? {});
  const telemetry = dependencies.telemetry.child({ service: serviceName });
  const { database, reads } = openPools({ ...dependencies, telemetry }, settings);
  const outbox = createOutbox({ database, source: serviceName, bounds: dependencies.entryBounds });
  const statements = taskManagementStatements();
  const storage = { database, outbox, stream, statements };
  const positions = createPositions({ database });

  const bounds = boundsOf(dependencies.bounds);

  const core: Core = {
    ...dependencies,
    bounds,
    settings,
    telemetry,
    log: telemetry.log,
    digest: sha256,
    publisher: bus.attach(outbox.log),
    reading: createReadingStore(reads, statements, bounds),
    creationStore: createCreationStore(storage),
    positions,
    advanceStore: createAdvanceStore({ ...storage, positions }),
    waitStore: createWaitStore({ database: reads, statements }),
    deliveryStore: createEventDeliveryStore({ database: reads, statements }),
    graphs: createCompiledGraphs(settings.workflowCacheSteps, sha256),
    known: createKnownDefinitions(bounds),
    cache: new InstanceCache(settings.workflowCacheSteps, bounds),
    subscribers: createResultSubscribers(clock, settings.maxSubscribers),
    incarnation: database.incarnation,
  };
  const writers = createWriters(core);
  const pruning = createPruning({ database: reads, clock, telemetry });
  const http: HttpModule = {
    name: serviceName,
    routes: createRoutes(core, writers),
    health: async () => ({
      database: await answering(() => reads.query(statements['check-health'])),
      ...troublesOf([writers.creation, writers.advance]),
      ...troublesOf([writers.timers, writers.deliveries, pruning], { blocking: false }),
    }),
  };
  const memory = createDerivedMemory(core.incarnation, () => {
    core.cache.clear();
    core.known.clear();
    core.graphs.forgetStored();
    core.subscribers.notifyAll();
    writers.timers.wake();
    writers.deliveries.wake();
  });
  const { creation, advance, timers, deliveries } = writers;
  const parts = [memory, database, reads, creation, advance, timers, deliveries, pruning];
  const start = () => migrateDatabase({ url: postgres.url, lines: taskManagementMigrations });
  return { ...createLifecycle({ name: serviceName, start, parts }), http };
}

/** What the writers and the routes share. */
interface Core extends Pick<TaskManagementDependencies, 'bus' | 'clock' | 'ids'> {
  readonly settings: TaskManagementSettings;
  readonly bounds: ManagementBounds;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly digest: Digest;
  readonly publisher: Publisher;
  readonly reading: ReadingStore;
  readonly creationStore: CreationStore;
  readonly positions: Positions;
  readonly advanceStore: AdvanceStore;
  readonly waitStore: WaitStore;
  readonly deliveryStore: EventDeliveryStore;
  readonly graphs: CompiledGraphs;
  readonly known: KnownDefinitions;
  readonly cache: InstanceCache;
  readonly subscribers: ResultSubscribers;
  readonly incarnation: Incarnation;
}

interface Writers {
  readonly creation: CreationWriter;
  readonly advance: AdvanceWriter;
  readonly timers: Timers;
  readonly deliveries: Loop;
}

function createWriters(core: Core): Writers {
  const { bus, settings, cache, subscribers, graphs } = core;
  const { maxWaiting, maxCreateRows: maxRows } = settings;
  const meter = createManagementMeter(core.telemetry);
  watchMemory(core.telemetry, cache, subscribers);
  watchStuck(core.telemetry, core.reading);
  const creation = createCreationWriter({
    ...core,
    store: core.creationStore,
    storedGraphs: graphs,
    maxRows,
    maxWaiting,
    onCreated: (commands, isCurrent) => {
      meter.created(commands);
      for (const { first } of commands) if (first) started(first, isCurrent);
    },
  });
  /** One that waits already is rebuilt when it goes on: its wait may be over before this is called. */
  function started({ instance, waits }: FirstSteps, isCurrent: boolean): void {
    if (isCurrent && waits.length === 0 && cache.get(instance.id) === undefined) cache.add(instance);
    for (const { afterMs } of waits) timers.dueIn(afterMs ?? 0);
  }

  const advance = createAdvanceWriter({
    ...core,
    store: core.advanceStore,
    maxWaiting,
    maxDescendants: settings.workflowMaxDescendants,
    onAdvanced: (record) => {
      const finished = finishedTasks(record);
      meter.advanced(record, finished);
      for (const { taskId } of finished) subscribers.notify(taskId);
      for (const { id } of record.ended) subscribers.notify(id);
      timers.dueIn(record.nextDueInMs);
      if (record.delivers) deliveries.wake();
    },
  });
  const deliveries = createEventDeliveries({
    ...core,
    store: core.deliveryStore,
    submit: (command) => advance.submit(command),
  });
  const timers = createTimers({
    ...core,
    store: core.waitStore,
    submit: (command) => advance.submit(command),
  });
  const consumer = createConsumer({
    consumer: serviceName,
    source: 'task-execution',
    types: consumedTypes,
    maxEvents: core.bounds.eventsPerApply,
    positions: core.positions,
    telemetry: core.telemetry,
    translate: (event) => translateEvent(event) ?? meter.refused(event),
    apply: createApplyTaskExecutionEvents({ submit: (command) => advance.submit(command) }),
  });
  bus.subscribe(consumer);
  return { creation, advance, timers, deliveries };
}

function createRoutes(core: Core, { creation: writer, advance }: Writers): Route[] {
  const { reading, subscribers } = core;
  const submit = (command: AdvanceCommand) => advance.submit(command);
  const workflows = createWorkflowReader(core);
  const command = createCommandWorkflow({ submit, workflows });
  const retry = createRetryWorkflow({ ...core, command, workflows });
  const { log } = core;
  return [
    ...taskRoutes({
      createTasks: refusingPoison(log, 'create-tasks', createCreateTasks({ ...core, writer })),
      commandTask: createCommandTask({ submit, reading }),
      getTask: createGetTask({ reading, subscribers }),
      listTasks: reading.listTasks,
    }),
    ...workflowRoutes({
      startWorkflow: refusingPoison(log, 'start-workflow', createStartWorkflow({ ...core, writer })),
      getWorkflow: createGetWorkflow({ workflows, subscribers }),
      listWorkflows: reading.listWorkflows,
      planCompensation: createPlanCompensation({ workflows }),
      commandWorkflow: command,
      retryWorkflow: retry,
      restartWorkflows: createRestartWorkflows({
        ...core,
        // Thousands at once: nobody sees what each of them is afterwards.
        retry: createRetryWorkflow({ ...core, command: createAskWorkflow({ submit }), workflows }),
      }),
      signalWorkflow: createSignalWorkflow({ ...core, submit }),
    }),
    ...eventRoutes({ publishEvent: createPublishEvent({ submit }) }),
    ...definitionRoutes({
      registerDefinition: refusingPoison(log, 'register-definition', createRegisterDefinition(core)),
      listDefinitions: reading.listDefinitions,
      readVersions: reading.readVersions,
    }),
  ];
}

function openPools(dependencies: TaskManagementDependencies, settings: TaskManagementSettings) {
  const { postgres, telemetry, clock, openDatabase = createDatabase } = dependencies;
  const { url } = postgres;
  const incarnation = new ServerRuns();
  const open = (name: string, poolSize: number) =>
    openDatabase({ url, name, poolSize, profile: 'data-path', incarnation, telemetry, clock });
  return {
    database: open(`${serviceName}-data`, settings.dataPathConnections),
    reads: open(`${serviceName}-reads`, settings.readConnections),
  };
}
