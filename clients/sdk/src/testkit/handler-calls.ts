import { durationMs } from '../definitions/duration.ts';
import type { AnyTask } from '../definitions/task.ts';
import type { Definition } from '../worker/handlers.ts';
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

type Timer = (ms: number, run: () => void) => () => void;

/**
 * Stands between the worker and the handlers: counts their calls, puts mocks in their place, and knows which run. The
 * worker is given copies of the definitions, alike in all but the handlers; the same definition always has the same copy.
 */
export class HandlerCalls {
  readonly #mocks: ReadonlyMap<AnyTask, Mock>;
  readonly #copies = new Map<object, object>();
  readonly #inputs = new Map<AnyTask, unknown[]>();
  readonly #perTask = new Map<string, { readonly type: string; times: number }>();
  readonly #running = new Set<Call>();
  /** Of virtual time, once there is one. */
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
  watched<D extends Definition>(definition: D): D {
    return this.#copyOf(definition) as D;
  }

  #copyOf(value: unknown): unknown {
    if (!isCopied(value)) return value;
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    if (Array.isArray(value)) {
      const copy: unknown[] = [];
      this.#copies.set(value, copy);
      for (const member of value) copy.push(this.#copyOf(member));
      return copy;
    }
    if (value instanceof Map) {
      const copy = new Map<unknown, unknown>();
      this.#copies.set(value, copy);
      for (const [key, member] of value) copy.set(key, this.#copyOf(member));
      return copy;
    }
    const copy: Record<string, unknown> = {};
    this.#copies.set(value, copy);
    if (isTask(value)) return Object.assign(copy, value, { run: this.#handlerOf(value) });
    for (const [name, member] of Object.entries(value)) copy[name] = this.#copyOf(member);
    return copy;
  }

  #handlerOf(task: AnyTask): AnyTask['run'] {
    const mock = this.#mocks.get(task);
    return async (input, ctx) => {
      const context: AttemptContext = ctx;
      const inputs = this.#inputs.get(task) ?? [];
      this.#inputs.set(task, inputs);
      inputs.push(input);
      this.#countTask(context);
      const call: Call = { key: String(this.#count), context, asleep: false };
      this.#running.add(call);
      try {
        return await (mock === undefined ? task.run(input, ctx) : mock.run(input, this.#contextOf(call)));
      } finally {
        this.#running.delete(call);
      }
    };
  }

  #countTask({ idempotencyKey, task: { type } }: AttemptContext): void {
    const known = this.#perTask.get(idempotencyKey) ?? { type, times: 0 };
    known.times += 1;
    this.#perTask.set(idempotencyKey, known);
    this.#count += 1;
  }

  #contextOf(call: Call): MockContext {
    const { attempt, idempotencyKey, signal } = call.context;
    return { attempt, idempotencyKey, signal, sleep: (duration) => this.#sleep(call, durationMs(duration)) };
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

function isTask(value: object): value is AnyTask {
  return (value as { readonly kind?: unknown }).kind === 'task';
}

/** Plain objects, lists and maps; a schema, which may be a plain object too, stays what it is. Built-in tasks are the worker's own. */
function isCopied(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || '~standard' in value) return false;
  if (isTask(value) && value.id.startsWith('taskflow.')) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || value instanceof Map || prototype === Object.prototype || prototype === null;
}
