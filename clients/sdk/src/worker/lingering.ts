import type { Attempt } from './attempt.ts';
import type { WorkerClock } from './worker-clock.ts';

export interface LingeringOptions {
  readonly clock: WorkerClock;
  /** The time for which such a handler keeps its slot. */
  readonly maxMs: number;
  /** A slot is free again. */
  ended(): void;
}

/** A handler that stops at the abort of its signal is through by then. */
const noticedAfterMs = 5_000;

/**
 * Handlers that go on although their attempt has ended: it timed out, was cancelled or lost, and they do not mind
 * `ctx.signal`. Each keeps its slot until it returns, or the worker would run more than it may: two of a kind at once
 * where one was asked for. One that never returns gets `maxMs`.
 */
export class Lingering {
  readonly #options: LingeringOptions;
  readonly #cancels = new Map<Attempt, () => void>();

  constructor(options: LingeringOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#cancels.size;
  }

  add(attempt: Attempt): void {
    const { clock, maxMs } = this.#options;
    const giveUp = (): void => {
      attempt.log.error('a handler goes on long after its attempt ended: its slot is given to others', { maxMs });
      this.ended(attempt);
    };
    const notice = (): void => {
      attempt.log.warn('a handler goes on although its attempt ended: it keeps its slot until it returns');
      this.#cancels.set(attempt, clock.after(maxMs - noticedAfterMs, giveUp));
    };
    const first = maxMs > noticedAfterMs ? clock.after(noticedAfterMs, notice) : clock.after(maxMs, giveUp);
    this.#cancels.set(attempt, first);
  }

  /** The handler has returned, or is waited for no longer. */
  ended(attempt: Attempt): void {
    const cancel = this.#cancels.get(attempt);
    if (cancel === undefined) return;
    cancel();
    this.#cancels.delete(attempt);
    this.#options.ended();
  }

  /** The tasks whose handlers they are. */
  *tasks(): Iterable<{ readonly taskId: string; readonly type: string; readonly attempt: number }> {
    for (const { delivery } of this.#cancels.keys()) {
      yield { taskId: delivery.taskId, type: delivery.type, attempt: delivery.attempt };
    }
  }

  /** Nobody waits for them any more, and no timer keeps the process. */
  forget(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
