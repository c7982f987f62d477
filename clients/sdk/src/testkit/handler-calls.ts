import { durationMs } from '../definitions/duration.ts';
import type { UncheckedMapping } from '../definitions/step-options.ts';
import type { AnyTask } from '../definitions/task.ts';
import type { Definition } from '../worker/handlers.ts';
import { DefinitionCopies } from './definition-copies.ts';
import type { Mock, MockContext } from './mock.ts';
import type { Workload } from './platform-testing.ts';

/** The part of a handler's context that is used here; `over` is how the worker marks an attempt that has ended. */
interface AttemptContext {
  readonly task: { readonly id: string; readonly type: string };
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  readonly over?: boolean;
}

interface Call {
  readonly key: string;
  readonly context: AttemptContext;
  asleep: boolean;
}

export interface CalledTask {
  readonly taskId: string;
  readonly type: string;
}

/** Calls back when so many milliseconds have passed; the answer takes that back. */
export type Timer = (ms: number, run: () => void) => () => void;

/** Stands between the worker and the handlers: counts their calls, puts mocks in their place, and knows which run. */
export class HandlerCalls {
  readonly #mocks: ReadonlyMap<AnyTask, Mock>;
  readonly #copies = new DefinitionCopies({
    handler: (task) => this.#handlerOf(task),
    inline: (inline) => this.#inlineOf(inline),
  });
  readonly #inputs = new Map<AnyTask, unknown[]>();
  readonly #perTask = new Map<string, { readonly taskId: string; readonly type: string; times: number }>();
  readonly #running = new Set<Call>();
  /** Sets timers of virtual time, once there is one. */
  #after: Timer | undefined;
  #count = 0;

  constructor(mocks: readonly Mock[]) {
    this.#mocks = new Map(mocks.map((mock) => [mock.task, mock]));
  }

  timeBy(after: Timer): void {
    this.#after = after;
  }

  inputsOf(task: AnyTask): readonly unknown[] {
    return this.#inputs.get(task) ?? [];
  }

  /** Tasks whose handlers were called, in the order of their first calls. */
  order(): readonly CalledTask[] {
    return [...this.#perTask.values()];
  }

  /** Handlers that ran more than once for the same task, and how often. */
  repeated(): string[] {
    return [...this.#perTask.values()]
      .filter(({ times }) => times > 1)
      .map(({ type, times }) => `"${type}" (${times} times)`);
  }

  running: Workload['running'] = () =>
    [...this.#running]
      .filter(({ context }) => context.over !== true)
      .map(({ key, asleep, context }) => ({
        key,
        asleep,
        label: `the handler of "${context.task.type}" (task ${context.task.id}, attempt ${context.attempt})`,
      }));

  /** The worker that ran them is dead: nobody waits for them any more. */
  abandon(): void {
    this.#running.clear();
  }

  /** The definition as the worker gets it. */
  watched<Held extends Definition>(definition: Held): Held {
    return this.#copies.of(definition);
  }

  #handlerOf(task: AnyTask): AnyTask['run'] {
    const mock = this.#mocks.get(task);
    return async (input, ctx) => {
      const context: AttemptContext = ctx;
      const inputs = this.#inputs.get(task) ?? [];
      this.#inputs.set(task, inputs);
      inputs.push(input);
      return this.#follow(context, (call) =>
        mock === undefined ? task.run(input, ctx) : mock.run(input, this.#contextOf(call)),
      );
    };
  }

  #inlineOf(inline: UncheckedMapping): UncheckedMapping {
    const run = inline as (seen: unknown, context: AttemptContext) => unknown;
    return (seen: unknown, context: AttemptContext) => this.#follow(context, () => run(seen, context));
  }

  async #follow(context: AttemptContext, run: (call: Call) => unknown): Promise<unknown> {
    this.#countTask(context);
    const call: Call = { key: String(this.#count), context, asleep: false };
    this.#running.add(call);
    try {
      return await run(call);
    } finally {
      this.#running.delete(call);
    }
  }

  #countTask({ task: { id, type } }: AttemptContext): void {
    const known = this.#perTask.get(id) ?? { taskId: id, type, times: 0 };
    known.times += 1;
    this.#perTask.set(id, known);
    this.#count += 1;
  }

  #contextOf(call: Call): MockContext {
    const { attempt, idempotencyKey, signal } = call.context;
    return { attempt, idempotencyKey, signal, takes: (duration) => this.#sleep(call, durationMs(duration)) };
  }

  #sleep(call: Call, ms: number): Promise<void> {
    const { signal } = call.context;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      call.asleep = true;
      const wake = () => {
        call.asleep = false;
        cancel?.();
        signal.removeEventListener('abort', abort);
      };
      const abort = () => {
        wake();
        reject(signal.reason as Error);
      };
      const cancel = this.#after?.(ms, () => {
        wake();
        resolve();
      });
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}
