import {
  createFoundation,
  type HostedService,
  type ServiceDependencies,
  type ServiceSurface,
  serviceMigrations,
} from '@taskflow/kit-service';
import { definitionRoutes } from './api/definition-routes.ts';
import { eventRoutes } from './api/event-routes.ts';
import { consumedTypes, translateEvent } from './api/task-execution-events.ts';
import { taskRoutes } from './api/task-routes.ts';
import { workflowRoutes } from './api/workflow-routes.ts';
import type { AdvanceCommand } from './application/advance/advance-command.ts';
import { createAdvanceWriter } from './application/advance/advance-writer.ts';
import type { FirstSteps } from './application/advance/first-steps.ts';
import { InstanceCache } from './application/advance/instance-cache.ts';
import { finishedTasks } from './application/advance/transaction-record.ts';
import { boundsOf, type GivenBounds } from './application/bounds.ts';
import { createCommandTask } from './application/commands/command-task.ts';
import { createAskWorkflow, createCommandWorkflow } from './application/commands/command-workflow.ts';
import { createCreateTasks } from './application/commands/create-tasks.ts';
import { createCreationWriter } from './application/commands/creation-writer.ts';
import { createPublishEvent } from './application/commands/publish-event.ts';
import { createEventDeliveries } from './application/commands/deliver-events.ts';
import { createTimers } from './application/commands/fire-timers.ts';
import { refusingPoison } from './application/commands/refuse-poison.ts';
import { createRegisterDefinition } from './application/commands/register-definition.ts';
import { createRestartWorkflows } from './application/commands/restart-workflows.ts';
import { createRetryWorkflow } from './application/commands/retry-workflow.ts';
import { createSignalWorkflow } from './application/commands/signal-workflow.ts';
import { createStartWorkflow } from './application/commands/start-workflow.ts';
import { createCompiledGraphs } from './application/graphs/compiled-graphs.ts';
import { createKnownDefinitions } from './application/graphs/known-definitions.ts';
import { createGetTask } from './application/queries/get-task.ts';
import { createGetWorkflow } from './application/queries/get-workflow.ts';
import { createPlanCompensation } from './application/queries/plan-compensation.ts';
import { createWorkflowReader } from './application/queries/read-workflow.ts';
import { createResultSubscribers } from './application/queries/result-subscribers.ts';
import { createApplyTaskExecutionEvents } from './application/reactions/apply-task-execution-events.ts';
import { sha256 } from './infrastructure/crypto/sha256.ts';
import { createAdvanceStore } from './infrastructure/postgres/advance-store.ts';
import { createCreationStore } from './infrastructure/postgres/creation-store.ts';
import { createEventDeliveryStore } from './infrastructure/postgres/event-delivery-store.ts';
import { createReadingStore } from './infrastructure/postgres/reading-store.ts';
import { taskManagementStatements } from './infrastructure/postgres/statements.ts';
import { createWaitStore } from './infrastructure/postgres/wait-store.ts';
import { watchMemory, watchStuck } from './infrastructure/telemetry/management-gauges.ts';
import { createManagementMeter } from './infrastructure/telemetry/management-meter.ts';
import { type TaskManagementSettings, taskManagementSettings } from './settings.ts';

export const serviceName = 'task-management';

/** Migrations of this service's database, in the order of application. */
export const taskManagementMigrations = serviceMigrations(serviceName, new URL('../migrations/', import.meta.url));

export interface TaskManagementDependencies extends ServiceDependencies {
  readonly settings?: Partial<TaskManagementSettings>;
  /** What one step does at most; the defaults where not told. Tests make it small, so that every page is crossed. */
  readonly bounds?: GivenBounds;
}

/** One stream carries everything while one process writes it. */
const stream = 0;

/** Joins the layers. `start` migrates the database, then opens the pools; delivery begins when the bus starts. */
export function createTaskManagement(dependencies: TaskManagementDependencies): HostedService {
  const settings = taskManagementSettings.parse(dependencies.settings ?? {});
  const foundation = createTaskManagementFoundation(dependencies, settings);
  const core = createCore(foundation, dependencies, settings);
  const engine = createEngine(core);
  const { creation, advance, timers, deliveries, meter } = engine;
  foundation.consume({
    source: 'task-execution',
    types: consumedTypes,
    maxEvents: core.bounds.eventsPerApply,
    translate: (event) => translateEvent(event) ?? meter.refused(event),
    apply: createApplyTaskExecutionEvents({ submit: (command) => advance.submit(command) }),
  });
  return foundation.host({
    ...createSurface(core, engine),
    required: [creation, advance],
    background: [timers, deliveries],
    forget: engine.forget,
  });
}

function createTaskManagementFoundation(dependencies: TaskManagementDependencies, settings: TaskManagementSettings) {
  return createFoundation(
    {
      name: serviceName,
      migrations: taskManagementMigrations,
      pools: {
        data: { connections: settings.dataPathConnections, profile: 'data-path' },
        reads: { connections: settings.readConnections, profile: 'data-path' },
      },
      roles: { events: 'data', pruning: 'reads', health: 'reads' },
    },
    dependencies,
  );
}

type TaskManagementFoundation = ReturnType<typeof createTaskManagementFoundation>;
type Core = ReturnType<typeof createCore>;
type Engine = ReturnType<typeof createEngine>;

/** What the writers, the loops and the routes share: stores, bounds, and memory that is derived from the database. */
function createCore(
  { pools: { data: database, reads }, ...foundation }: TaskManagementFoundation,
  { clock, ids, random, bounds: given }: TaskManagementDependencies,
  settings: TaskManagementSettings,
) {
  const { telemetry, incarnation, outbox, positions, publisher } = foundation;
  const statements = taskManagementStatements();
  const storage = { database, outbox, stream, statements };
  const bounds = boundsOf(given);
  return {
    clock,
    ids,
    random,
    settings,
    bounds,
    telemetry,
    log: telemetry.log,
    incarnation,
    publisher,
    digest: sha256,
    reading: createReadingStore(reads, statements, bounds),
    creationStore: createCreationStore(storage),
    advanceStore: createAdvanceStore({ ...storage, positions }),
    waitStore: createWaitStore({ database: reads, statements }),
    deliveryStore: createEventDeliveryStore({ database: reads, statements }),
    graphs: createCompiledGraphs(settings.workflowCacheSteps, sha256),
    known: createKnownDefinitions(bounds),
    cache: new InstanceCache(settings.workflowCacheSteps, bounds),
    subscribers: createResultSubscribers(clock, settings.maxSubscribers),
  };
}

/** The writers and loops that carry work. */
function createEngine(core: Core) {
  const { settings, cache, subscribers, graphs, known } = core;
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
  /** What was derived is dropped, and read again without anybody having to ask. */
  function forget(): void {
    cache.clear();
    known.clear();
    graphs.forgetStored();
    subscribers.notifyAll();
    for (const loop of [timers, deliveries]) loop.wake();
  }
  return { creation, advance, timers, deliveries, meter, forget };
}

/** What others see: routes. */
function createSurface(core: Core, { creation: writer, advance }: Engine): ServiceSurface {
  const { reading, subscribers } = core;
  const submit = (command: AdvanceCommand) => advance.submit(command);
  const workflows = createWorkflowReader(core);
  const command = createCommandWorkflow({ submit, workflows });
  const retry = createRetryWorkflow({ ...core, command, workflows });
  const { log } = core;
  const routes = [
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
  return { routes };
}
