import { InvalidInputError, notAvailable } from '../errors.ts';
import type { Log } from '../definitions/context.ts';
import { type Duration, durationMs } from '../definitions/duration.ts';
import type { EventDef } from '../definitions/event.ts';
import type { NotAvailable } from '../definitions/not-available.ts';
import type { QueueDef } from '../definitions/queue.ts';
import { parseWith } from '../definitions/schema.ts';
import type { Startable } from '../definitions/startable.ts';
import type { AnyTask, TaskDef } from '../definitions/task.ts';
import type { AnyWorkflow, WorkflowDef } from '../definitions/workflow-graph.ts';
import { createWorker, type Worker } from '../worker/create-worker.ts';
import { createHandlers, type Definition } from '../worker/handlers.ts';
import { stderrLog, warningsOnly } from '../worker/log.ts';
import { createDefinitionsRegistry } from './definitions-registry.ts';
import { startEmbeddedEngine } from './embedded-engine.ts';
import { emitEvent, type EmitOptions } from './emit-event.ts';
import type { ResultOptions } from './handle.ts';
import { createHttpApi, type HttpApi } from './http-api.ts';
import { startTask, startTasks, startWorkflow } from './start.ts';
import type { StartOptions } from './start-options.ts';
import { type TaskHandle, taskHandle } from './task-handle.ts';
import { type WorkflowHandle, workflowHandle } from './workflow-handle.ts';

export interface TaskFlowOptions {
  /** A running server. Without it the engine runs in this process, with a worker for `definitions`. */
  readonly url?: string;
  readonly apiKey?: string;
  readonly definitions?: readonly Definition[];
  /** Embedded only: where the database lives, `.taskflow` by default; `false` for one that is gone afterwards. */
  readonly dataDir?: string | false;
  /** Embedded only: `false` for no worker in this process. */
  readonly worker?: false | { readonly queues?: readonly QueueDef[]; readonly concurrency?: number };
  /** Embedded only: of the worker. Default: warnings and errors as JSON lines on stderr. */
  readonly log?: Log;
}

export interface StartItem<I> {
  readonly input: I;
  readonly options?: Omit<StartOptions, 'idempotencyKey'>;
}

/** Starts tasks and workflows, and finds them again. */
export interface TaskFlow extends AsyncDisposable {
  /** Resolves when the server can be used: definitions registered, and embedded, engine and worker started. */
  ready(): Promise<{ readonly url: string }>;
  /** Validates the input and starts. Safe against lost answers: a start that is sent again is the same start. */
  start<I, P, O>(task: TaskDef<I, P, O>, input: NoInfer<I>, options?: StartOptions): Promise<TaskHandle<O>>;
  start<I, O>(workflow: WorkflowDef<I, O>, input: NoInfer<I>, options?: StartOptions): Promise<WorkflowHandle<O>>;
  /** Starts many, in order. Tasks are sent 1,000 at a time, each such batch all or none. */
  startMany<I, P, O>(task: TaskDef<I, P, O>, items: readonly StartItem<NoInfer<I>>[]): Promise<TaskHandle<O>[]>;
  startMany<I, O>(workflow: WorkflowDef<I, O>, items: readonly StartItem<NoInfer<I>>[]): Promise<WorkflowHandle<O>[]>;
  /** Starts and waits for the result. */
  execute<I, O>(definition: Startable<I, O>, input: NoInfer<I>, options?: StartOptions & ResultOptions): Promise<O>;
  /** The handle of what was started before. */
  handle<I, P, O>(task: TaskDef<I, P, O>, id: string): Promise<TaskHandle<O>>;
  handle<I, O>(workflow: WorkflowDef<I, O>, id: string): Promise<WorkflowHandle<O>>;
  /**
   * Gives an event to every step that waits for it now, and says how many did: what nobody waits for is not kept. An
   * emit that is sent again because its answer got lost may also reach waits that began in between.
   */
  emit<I, P, K extends string | number>(
    event: EventDef<I, P, K>,
    payload: NoInfer<I>,
    options?: EmitOptions,
  ): Promise<{ readonly matched: number }>;
  /** Embedded: drains the worker and stops the engine. What is unfinished goes on at the next start. */
  close(options?: { readonly drain?: Duration }): Promise<void>;
  attach(server: NotAvailable<'attach'>): never;
  fetch(request: NotAvailable<'fetch'>): never;
}

interface Connection {
  readonly api: HttpApi;
  readonly registry: ReturnType<typeof createDefinitionsRegistry>;
  /** Throws when nobody could ever carry the definition out. */
  checkHeld(definition: AnyTask | AnyWorkflow): void;
  stop(drainMs: number): Promise<void>;
}

const defaultDrain: Duration = '30s';

/** What a test replaces. */
export interface TaskFlowSurroundings {
  /** Asks the server at `url`. */
  readonly api?: HttpApi;
}

/** A client of `url`, or without one the engine in this process. Nothing is started or sent before the first use. */
export function createTaskFlow(options: TaskFlowOptions = {}, { api }: TaskFlowSurroundings = {}): TaskFlow {
  if (options.url !== undefined && (options.worker !== undefined || options.dataDir !== undefined)) {
    throw new InvalidInputError('invalid_options', 'dataDir and worker belong to the embedded engine and exclude url');
  }
  let connection: Promise<Connection> | undefined;
  let closed = false;
  const connected = (): Promise<Connection> => {
    if (closed) return Promise.reject(new InvalidInputError('closed', 'this TaskFlow was closed'));
    connection ??= connect(options, api).catch((error: unknown) => {
      connection = undefined;
      throw error;
    });
    return connection;
  };

  const start = async (definition: AnyTask | AnyWorkflow, input: unknown, startOptions: StartOptions = {}) => {
    await parseWith(definition.input, input, definition.id);
    const { api, registry, checkHeld } = await connected();
    checkHeld(definition);
    if (definition.kind === 'task') return startTask(api, definition, input, startOptions);
    await registry.registered(definition);
    return startWorkflow(api, definition, input, startOptions);
  };
  const startMany = async (definition: AnyTask | AnyWorkflow, items: readonly StartItem<unknown>[]) => {
    for (const item of items) await parseWith(definition.input, item.input, definition.id);
    const { api, registry, checkHeld } = await connected();
    checkHeld(definition);
    if (definition.kind === 'task') return startTasks(api, definition, items);
    await registry.registered(definition);
    return inOrder(items, 16, (item) => startWorkflow(api, definition, item.input, item.options ?? {}));
  };
  const missing = (verb: string) => (): never => {
    throw notAvailable(`TaskFlow.${verb}()`);
  };
  const close: TaskFlow['close'] = async ({ drain = defaultDrain } = {}) => {
    closed = true;
    await (await connection?.catch(() => undefined))?.stop(durationMs(drain));
  };

  return {
    ready: async () => ({ url: (await connected()).api.url }),
    start: start as TaskFlow['start'],
    startMany: startMany as TaskFlow['startMany'],
    async execute<I, O>(definition: Startable<I, O>, input: NoInfer<I>, all: StartOptions & ResultOptions = {}) {
      const { timeout, signal, ...startOptions } = all;
      const handle = await start(definition as AnyTask | AnyWorkflow, input, startOptions);
      return (await handle.result({ timeout, signal })) as O;
    },
    handle: (async (definition: AnyTask | AnyWorkflow, id: string) => {
      const { api } = await connected();
      return definition.kind === 'task' ? taskHandle(api, id) : workflowHandle(api, id);
    }) as TaskFlow['handle'],
    close,
    emit: async (event, payload, emitOptions) =>
      emitEvent(async () => (await connected()).api, event, payload, emitOptions),
    attach: missing('attach'),
    fetch: missing('fetch'),
    [Symbol.asyncDispose]: () => close(),
  };
}

async function connect(options: TaskFlowOptions, given: HttpApi | undefined): Promise<Connection> {
  const { definitions = [] } = options;
  if (options.url !== undefined) {
    const api = given ?? createHttpApi({ url: options.url, apiKey: options.apiKey });
    const registry = createDefinitionsRegistry(api);
    for (const definition of definitions) if (definition.kind === 'workflow') await registry.registered(definition);
    return { api, registry, checkHeld: () => {}, stop: async () => {} };
  }
  const engine = await startEmbeddedEngine({ dataDir: options.dataDir });
  const log = options.log ?? warningsOnly(stderrLog);
  const worker =
    options.worker === false ? undefined : createWorker({ ...options.worker, url: engine.url, definitions, log });
  const stop = async (drainMs: number): Promise<void> => {
    await worker?.drain(drainMs);
    await engine.stop();
  };
  try {
    await started(worker);
  } catch (error) {
    await stop(0);
    throw error;
  }
  const api = createHttpApi({ url: engine.url });
  const checkHeld = worker === undefined ? () => {} : heldBy(definitions);
  return { api, registry: createDefinitionsRegistry(api), checkHeld, stop };
}

/** The only worker of an embedded engine is the one in this process: what that one lacks would wait for ever. */
function heldBy(definitions: readonly Definition[]): Connection['checkHeld'] {
  const handlers = createHandlers(definitions);
  return (definition) => {
    if (handlers.holds(definition)) return;
    const message = `${definition.kind} "${definition.id}" is not among the definitions of this TaskFlow, so nobody would run it`;
    throw new InvalidInputError('definition_not_held', message);
  };
}

/** Resolves when the worker can be given work; rejects with the reason when it cannot start. */
async function started(worker: Worker | undefined): Promise<void> {
  if (worker !== undefined) await Promise.race([worker.run(), worker.ready()]);
}

/** `map` over `items` with at most `limit` at once, results in the order of `items`. */
async function inOrder<T, R>(items: readonly T[], limit: number, map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const pending = items.entries();
  const lane = async (): Promise<void> => {
    for (const [position, item] of pending) results[position] = await map(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}
