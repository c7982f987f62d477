import { InvalidInputError, notAvailable } from '../errors.ts';
import { type Duration, durationMs } from '../definitions/duration.ts';
import { refuseUnknown } from '../definitions/not-available.ts';
import {
  checkOptions,
  isDefinition,
  isDuration,
  isListOf,
  isLog,
  isObject,
  isText,
  isWhole,
} from '../definitions/option-rules.ts';
import { parseWith } from '../definitions/schema.ts';
import type { AnyTask } from '../definitions/task.ts';
import type { AnyWorkflow } from '../definitions/workflow-graph.ts';
import { createWorker, type Worker } from '../worker/create-worker.ts';
import { createHandlers, type Definition } from '../worker/handlers.ts';
import { stderrLog, warningsOnly } from '../worker/log.ts';
import { createDefinitionsRegistry } from '../api/definitions-registry.ts';
import { startEmbeddedEngine } from './embedded-engine.ts';
import { emitEvent } from './emit-event.ts';
import { checkResultOptions, type ResultOptions } from './handle.ts';
import { createHttpApi, type HttpApi } from '../api/http-api.ts';
import { startTask, startWorkflow } from './start.ts';
import { atItem, startTasks, startWorkflows } from './start-many.ts';
import type { StartOptions } from './start-options.ts';
import { taskHandle } from './task-handle.ts';
import type { StartItem, TaskFlow, TaskFlowOptions } from './taskflow.ts';
import { workflowHandle } from './workflow-handle.ts';

interface Connection {
  readonly api: HttpApi;
  readonly registry: ReturnType<typeof createDefinitionsRegistry>;
  /** Throws when nobody could ever carry the definition out. */
  checkHeld(definition: AnyTask | AnyWorkflow): void;
  stop(drainMs: number): Promise<void>;
}

const defaultDrain: Duration = '30s';

const workerRules = { queues: isListOf(isDefinition('queue')), concurrency: isWhole(1, 10_000) };
const rules = {
  url: isText(2_000),
  apiKey: isText(2_000),
  definitions: isListOf(isDefinition('task', 'workflow', 'queue')),
  dataDir: (value: unknown) => (value === false ? undefined : isText(4_000)(value) && 'a path, or false'),
  worker: (value: unknown) => (value === false ? undefined : isObject(value) && 'an object, or false'),
  log: isLog,
};

/** Accepts a segment of a path, whatever the server makes of it. */
const isId = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[\w-]{1,200}$/.test(value) ? undefined : 'the id of a task or workflow';

function checkStartable(verb: string, definition: unknown): void {
  checkOptions(verb, { definition }, { definition: isDefinition('task', 'workflow') });
}

/** Replaced by tests. */
export interface TaskFlowEnvironment {
  /** Asks the server at `url`. */
  readonly api?: HttpApi;
}

/**
 * Makes a client of `url`, or without one the engine in this process. Nothing is started or sent before the first use.
 *
 * @example
 * import { builtIn, createTaskFlow } from '@taskflow/sdk';
 *
 * await using taskflow = createTaskFlow({ url: 'http://127.0.0.1:7400' });
 * const handle = await taskflow.start(builtIn.noop, 'hello', { idempotencyKey: 'greeting-1' });
 * console.log(await handle.result({ timeout: '1m' })); // hello
 */
export function createTaskFlow(options: TaskFlowOptions = {}, { api }: TaskFlowEnvironment = {}): TaskFlow {
  if (options.url !== undefined && (options.worker !== undefined || options.dataDir !== undefined)) {
    throw new InvalidInputError('invalid_options', 'dataDir and worker belong to the embedded engine and exclude url');
  }
  refuseUnknown('createTaskFlow', options, Object.keys(rules));
  checkOptions('createTaskFlow', options, rules);
  if (options.worker) {
    refuseUnknown('createTaskFlow: worker', options.worker, Object.keys(workerRules));
    checkOptions('createTaskFlow: worker', options.worker, workerRules);
  }
  // A client that cannot speak to its server is refused here, although nothing is sent before it is used.
  const client =
    options.url === undefined ? undefined : (api ?? createHttpApi({ url: options.url, apiKey: options.apiKey }));
  let connection: Promise<Connection> | undefined;
  let closed = false;
  const connected = (): Promise<Connection> => {
    if (closed) return Promise.reject(new InvalidInputError('closed', 'this TaskFlow was closed'));
    connection ??= connect(options, client).catch((error: unknown) => {
      connection = undefined;
      throw error;
    });
    return connection;
  };

  const start = async (definition: AnyTask | AnyWorkflow, input: unknown, startOptions: StartOptions = {}) => {
    checkStartable('start', definition);
    await parseWith(definition.input, input, definition.id);
    const { api, registry, checkHeld } = await connected();
    checkHeld(definition);
    if (definition.kind === 'task') return startTask(api, definition, input, startOptions);
    return registry.whenRegistered(definition, () => startWorkflow(api, definition, input, startOptions));
  };
  const startMany = async (definition: AnyTask | AnyWorkflow, items: readonly StartItem<unknown>[]) => {
    checkStartable('startMany', definition);
    checkOptions('startMany', { items }, { items: isListOf(isObject) });
    for (const [index, { input }] of items.entries()) {
      try {
        await parseWith(definition.input, input, definition.id);
      } catch (error) {
        throw atItem(error, index);
      }
    }
    const { api, registry, checkHeld } = await connected();
    checkHeld(definition);
    if (definition.kind === 'task') return startTasks(api, definition, items);
    return registry.whenRegistered(definition, () => startWorkflows(api, definition, items));
  };
  const missing = (verb: string) => (): never => {
    throw notAvailable(`TaskFlow.${verb}()`);
  };
  const close: TaskFlow['close'] = async (closing = {}) => {
    refuseUnknown('close', closing, ['drain']);
    checkOptions('close', closing, { drain: isDuration });
    const { drain = defaultDrain } = closing;
    closed = true;
    await (await connection?.catch(() => undefined))?.stop(durationMs(drain));
  };

  return {
    ready: async () => ({ url: (await connected()).api.url }),
    start: start as TaskFlow['start'],
    startMany: startMany as TaskFlow['startMany'],
    execute: (async (definition: AnyTask | AnyWorkflow, input: unknown, all: StartOptions & ResultOptions = {}) => {
      const { timeout, signal, ...startOptions } = all;
      checkResultOptions('execute', { timeout, signal });
      return (await start(definition, input, startOptions)).result({ timeout, signal });
    }) as TaskFlow['execute'],
    handle: (async (definition: AnyTask | AnyWorkflow, id: string) => {
      checkStartable('handle', definition);
      checkOptions('handle', { id }, { id: isId });
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

async function connect(options: TaskFlowOptions, client: HttpApi | undefined): Promise<Connection> {
  const { definitions = [] } = options;
  if (client !== undefined) {
    const registry = createDefinitionsRegistry(client);
    for (const definition of definitions) if (definition.kind === 'workflow') await registry.registered(definition);
    return { api: client, registry, checkHeld: () => {}, stop: async () => {} };
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
