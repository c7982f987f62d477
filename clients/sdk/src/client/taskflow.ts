import type { Log } from '../definitions/context.ts';
import type { Duration } from '../definitions/duration.ts';
import type { EventDef } from '../definitions/event.ts';
import type { NotAvailable } from '../definitions/not-available.ts';
import type { QueueDef } from '../definitions/queue.ts';
import type { Startable } from '../definitions/startable.ts';
import type { TaskDef } from '../definitions/task.ts';
import type { WorkflowDef } from '../definitions/workflow-graph.ts';
import type { Definition } from '../worker/handlers.ts';
import type { EmitOptions } from './emit-event.ts';
import type { ResultOptions } from './handle.ts';
import type { StartOptions } from './start-options.ts';
import type { TaskHandle } from './task-handle.ts';
import type { WorkflowHandle } from './workflow-handle.ts';

/** Options of `createTaskFlow`. */
export interface TaskFlowOptions {
  /** A running server. Without it the engine runs in this process, with a worker for `definitions`. */
  readonly url?: string;
  readonly apiKey?: string;
  readonly definitions?: readonly Definition[];
  /** Embedded only: where the database lives, `.taskflow` by default; `false` for one that is gone afterwards. */
  readonly dataDir?: string | false;
  /** Embedded only: `false` for no worker in this process. */
  readonly worker?: false | { readonly queues?: readonly QueueDef[]; readonly concurrency?: number };
  /** Embedded only: the log of the worker. Default: warnings and errors as JSON lines on stderr. */
  readonly log?: Log;
}

/** An input that is started together with others. */
export interface StartItem<Input> {
  readonly input: Input;
  readonly options?: Omit<StartOptions, 'idempotencyKey'>;
}

/** Starts tasks and workflows, and finds them again. */
export interface TaskFlow extends AsyncDisposable {
  /**
   * Resolves when the server can be used: definitions registered, and embedded, engine and worker started.
   *
   * @example
   * import { createTaskFlow } from '@taskflow/sdk';
   *
   * await using taskflow = createTaskFlow({ dataDir: false });
   * const { url } = await taskflow.ready();
   * console.log((await fetch(`${url}/readyz`)).status); // 200
   */
  ready(): Promise<{ readonly url: string }>;
  /**
   * Validates the input and starts. Safe against lost answers: a start that is sent again is the same start.
   *
   * @example
   * import { builtIn, createTaskFlow } from '@taskflow/sdk';
   *
   * await using taskflow = createTaskFlow({ url: 'http://127.0.0.1:7400' });
   * const handle = await taskflow.start(builtIn.noop, 'hello', { priority: 'high', tags: { team: 'shop' } });
   * console.log(await handle.result()); // hello
   */
  start<Input, Output>(
    task: TaskDef<Input, never, Output>,
    input: NoInfer<Input>,
    options?: StartOptions,
  ): Promise<TaskHandle<Output>>;
  start<Input, Output>(
    workflow: WorkflowDef<Input, Output>,
    input: NoInfer<Input>,
    options?: StartOptions,
  ): Promise<WorkflowHandle<Output>>;
  /**
   * Starts many, in order. Tasks are sent 1,000 at a time, each such batch all or none. What is wrong with an item is
   * reported with its index, in the pointers of `InvalidInputError`. Where something was started before another part
   * failed, it rejects with `StartManyError`, which holds the handles of what was.
   *
   * @example
   * import { builtIn, createTaskFlow } from '@taskflow/sdk';
   *
   * await using taskflow = createTaskFlow({ url: 'http://127.0.0.1:7400' });
   * const handles = await taskflow.startMany(builtIn.noop, [{ input: 'tea' }, { input: 'cup', options: { priority: 'low' } }]);
   * console.log(await Promise.all(handles.map((handle) => handle.result()))); // [ 'tea', 'cup' ]
   */
  startMany<Input, Output>(
    task: TaskDef<Input, never, Output>,
    items: readonly StartItem<NoInfer<Input>>[],
  ): Promise<TaskHandle<Output>[]>;
  startMany<Input, Output>(
    workflow: WorkflowDef<Input, Output>,
    items: readonly StartItem<NoInfer<Input>>[],
  ): Promise<WorkflowHandle<Output>[]>;
  /**
   * Starts and waits for the result.
   *
   * @example
   * import { builtIn, createTaskFlow } from '@taskflow/sdk';
   *
   * await using taskflow = createTaskFlow({ url: 'http://127.0.0.1:7400' });
   * console.log(await taskflow.execute(builtIn.noop, { sku: 'tea', due: new Date(0) }, { timeout: '1m' }));
   * // { sku: 'tea', due: 1970-01-01T00:00:00.000Z }
   */
  execute<Input, Output>(
    definition: Startable<Input, Output>,
    input: NoInfer<Input>,
    options?: StartOptions & ResultOptions,
  ): Promise<Output>;
  /**
   * Gives the handle of what was started before.
   *
   * @example
   * import { builtIn, createTaskFlow } from '@taskflow/sdk';
   *
   * await using taskflow = createTaskFlow({ url: 'http://127.0.0.1:7400' });
   * const { id } = await taskflow.start(builtIn.noop, 'hello');
   * const again = await taskflow.handle(builtIn.noop, id);
   * console.log(await again.result()); // hello
   */
  handle<Output>(task: TaskDef<never, never, Output>, id: string): Promise<TaskHandle<Output>>;
  handle<Output>(workflow: WorkflowDef<never, Output>, id: string): Promise<WorkflowHandle<Output>>;
  /**
   * Gives an event to every step that waits for it now, and says how many did: what nobody waits for is not kept. An
   * emit that is sent again because its answer got lost may also reach waits that began in between.
   *
   * @example
   * import { createTaskFlow, event } from '@taskflow/sdk';
   * import { z } from 'zod';
   *
   * const Scanned = event({ id: 'scanned', payload: z.object({ parcel: z.string() }), key: ({ parcel }) => parcel });
   *
   * await using taskflow = createTaskFlow({ url: 'http://127.0.0.1:7400' });
   * console.log(await taskflow.emit(Scanned, { parcel: 'p-7' })); // { matched: 0 }
   */
  emit<Input>(
    event: EventDef<Input, unknown, string | number>,
    payload: NoInfer<Input>,
    options?: EmitOptions,
  ): Promise<{ readonly matched: number }>;
  /**
   * Embedded: drains the worker and stops the engine. What is unfinished goes on at the next start.
   *
   * @example
   * import { builtIn, createTaskFlow } from '@taskflow/sdk';
   *
   * const taskflow = createTaskFlow({ dataDir: false });
   * console.log(await taskflow.execute(builtIn.noop, 'hello')); // hello
   * await taskflow.close({ drain: '10s' });
   * await taskflow.ready().catch(({ code }: { code: string }) => console.log(code)); // closed
   */
  close(options?: { readonly drain?: Duration }): Promise<void>;
  attach(server: NotAvailable<'attach'>): never;
  fetch(request: NotAvailable<'fetch'>): never;
}
