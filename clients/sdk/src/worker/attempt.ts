import { AsyncLocalStorage } from 'node:async_hooks';
import type { Delivery } from '@taskflow/contracts-worker-protocol';
import type { Log, TaskContext } from '../definitions/context.ts';
import type { AnyTask } from '../definitions/task.ts';
import { writeWire } from '../definitions/wire-value.ts';
import { notAvailable } from '../errors.ts';
import { withBindings } from './log.ts';

/** Which attempt the running code belongs to: a rejection that nobody handles is charged to it. */
export const currentAttempt = new AsyncLocalStorage<Attempt>();

export interface AttemptHost {
  readonly log: Log;
  progressed(attempt: Attempt): void;
  unhandled(attempt: Attempt, thrown: unknown): void;
}

export interface Progress {
  readonly fraction: number;
  readonly message: string | undefined;
}

const noTags = Object.freeze({});

/**
 * One attempt, and the context that its handler sees. There are tens of thousands a second of the short ones, so what
 * most handlers never touch (signal, log, closures) is made when it is asked for.
 */
export class Attempt implements TaskContext {
  readonly delivery: Delivery;
  readonly startedAt: number;
  /** The task whose handler runs, once known. */
  definition: AnyTask | undefined;
  /** JSON text of what the handler returns, of at most `longest` bytes; throws where it cannot be sent. */
  write: (result: unknown, maxChars?: number) => string | undefined = writeWire;
  /** The attempt has ended for the server: whatever the handler still does or says is not reported. */
  over = false;
  /** The handler has returned or thrown; before, it may go on although the attempt is over. */
  returned = false;
  progressValue: Progress | undefined;
  disarm: (() => void) | undefined;
  readonly #host: AttemptHost;
  #controller: AbortController | undefined;
  #log: Log | undefined;

  constructor(delivery: Delivery, startedAt: number, host: AttemptHost) {
    this.delivery = delivery;
    this.startedAt = startedAt;
    this.#host = host;
  }

  get task(): TaskContext['task'] {
    const { taskId, type, queue, tags = noTags } = this.delivery;
    return { id: taskId, type, queue, tags };
  }

  get workflow(): TaskContext['workflow'] {
    const workflow = this.delivery.workflow;
    if (workflow === undefined) return undefined;
    return { id: workflow.workflowId, name: workflow.name, version: workflow.version, step: workflow.step };
  }

  get attempt(): number {
    return this.delivery.attempt;
  }

  get idempotencyKey(): string {
    return this.delivery.taskId;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get log(): Log {
    const { taskId, type, attempt, workflow } = this.delivery;
    this.#log ??= withBindings(this.#host.log, {
      taskId,
      type,
      attempt,
      ...(workflow && { workflowId: workflow.workflowId, step: workflow.step }),
    });
    return this.#log;
  }

  /** A function of its own, so that handlers may take it out of the context. */
  get progress(): TaskContext['progress'] {
    return (first: number, second?: number | string, third?: string) => {
      const many = typeof second === 'number';
      const fraction = many ? (second > 0 ? first / second : 0) : first;
      const note = many ? third : second;
      if (this.over || !Number.isFinite(fraction)) return;
      this.progressValue = { fraction: Math.min(1, Math.max(0, fraction)), message: note?.slice(0, 500) };
      this.#host.progressed(this);
    };
  }

  checkpoint(): never {
    throw notAvailable('ctx.checkpoint()');
  }

  publish(): never {
    throw notAvailable('ctx.publish()');
  }

  heartbeat(): never {
    throw notAvailable('ctx.heartbeat()', 'It is not needed: the worker gives the signs of life.');
  }

  /** Ends the attempt for the server; false when it had ended before. */
  end(): boolean {
    if (this.over) return false;
    this.over = true;
    this.disarm?.();
    return true;
  }

  /** Code of this attempt left an error unhandled. */
  unhandled(thrown: unknown): void {
    this.#host.unhandled(this, thrown);
  }

  /** Tells the handler to stop. */
  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}
