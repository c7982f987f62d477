import type { Delivery, ProgressReport } from '@taskflow/contracts-worker-protocol';
import type { Log } from '../definitions/context.ts';
import { CancelledError, InvalidInputError, TimedOutError } from '../errors.ts';
import { reasonOf } from '../plain-value.ts';
import { Attempt, type AttemptHost, currentAttempt } from './attempt.ts';
import { type Failed, failureOf } from './failure.ts';
import type { Handlers } from './handlers.ts';
import type { Reports } from './reports.ts';
import { Lingering, type LingeringOptions } from './lingering.ts';
import { skipped } from './step-work.ts';
import type { WorkerClock } from './worker-clock.ts';

export interface RunnerOptions {
  readonly handlers: Handlers;
  readonly log: Log;
  readonly clock: WorkerClock;
  readonly reports: Reports;
  readonly lingering: Pick<LingeringOptions, 'clock' | 'maxMs'>;
  /** There is something to send, or a slot became free: called within the turn, any number of times. */
  changed(): void;
}

/** Unless the delivery says otherwise. A larger result is refused by the server, so it fails here, alone, instead of a frame with others in it. */
const maxResult = 256 * 1024;

const released: Failed = {
  error: { code: 'worker_drained', message: 'the worker stopped before the attempt ended' },
  class: 'released',
};

/**
 * The attempts that run now. An attempt leaves in one of four ways: it ends, times out, is lost, or is released. Its
 * handler may go on then; it keeps its slot as long as it does.
 */
export class AttemptRunner implements AttemptHost {
  readonly log: Log;
  readonly #options: RunnerOptions;
  readonly #running = new Map<string, Attempt>();
  readonly #lingering: Lingering;
  readonly #progressed = new Set<Attempt>();
  /** Began in this turn and outlived their first step: a timer is made for those that outlive the turn too. */
  #untimed: Attempt[] = [];

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.log = options.log;
    this.#lingering = new Lingering({ ...options.lingering, ended: () => options.changed() });
  }

  /** Slots that are taken: by attempts that run, and by handlers that go on although theirs has ended. */
  get busy(): number {
    return this.#running.size + this.#lingering.size;
  }

  get lingering(): Lingering {
    return this.#lingering;
  }

  /** Types of what runs, the most frequent first. */
  types(): string[] {
    const counts = new Map<string, number>();
    for (const { delivery } of this.#running.values()) counts.set(delivery.type, (counts.get(delivery.type) ?? 0) + 1);
    return [...counts].sort(([, a], [, b]) => b - a).map(([type]) => type);
  }

  get size(): number {
    return this.#running.size;
  }

  leases(): Iterable<string> {
    return this.#running.keys();
  }

  has(lease: string): boolean {
    return this.#running.has(lease);
  }

  begin(delivery: Delivery): void {
    const attempt = new Attempt(delivery, this.#options.clock.now(), this);
    this.#running.set(delivery.lease, attempt);
    try {
      const outcome = currentAttempt.run(attempt, this.#options.handlers.run, attempt);
      if (!isThenable(outcome)) {
        this.#returned(attempt);
        return this.#completed(attempt, outcome);
      }
      outcome.then(
        (result) => {
          this.#returned(attempt);
          this.#completed(attempt, result);
        },
        (thrown) => {
          this.#returned(attempt);
          this.#failed(attempt, thrown);
        },
      );
      if (delivery.timeoutMs !== undefined) this.#untimed.push(attempt);
    } catch (thrown) {
      this.#returned(attempt);
      this.#failed(attempt, thrown);
    }
  }

  #returned(attempt: Attempt): void {
    attempt.returned = true;
    this.#lingering.ended(attempt);
  }

  /** Hands a delivery back untouched. */
  decline(delivery: Delivery): void {
    this.#options.reports.fail({ lease: delivery.lease, taskId: delivery.taskId, ...released });
    this.#options.changed();
  }

  /** The server has taken these leases back. */
  lost(leases: Iterable<string>, reason: string): void {
    for (const lease of leases) {
      const attempt = this.#running.get(lease);
      if (attempt === undefined || !this.#end(attempt)) continue;
      attempt.abort(new CancelledError(`the lease is lost: ${reason}`));
    }
  }

  /** The leases may have expired: whoever runs these tasks now, it may be another worker. */
  expired(): void {
    this.lost([...this.#running.keys()], 'the server was not heard in time');
  }

  /** Hands everything back that still runs. */
  release(): void {
    for (const attempt of this.#running.values()) {
      this.#report(attempt, released);
      attempt.abort(new CancelledError('the worker stops'));
    }
  }

  /** The turn is over: attempts that still run get their timers. */
  turnEnded(): void {
    if (this.#untimed.length === 0) return;
    const { clock } = this.#options;
    for (const attempt of this.#untimed) {
      const { timeoutMs } = attempt.delivery;
      if (attempt.over || timeoutMs === undefined) continue;
      const left = Math.max(0, attempt.startedAt + timeoutMs - clock.now());
      attempt.disarm = clock.after(left, () => this.#timedOut(attempt, timeoutMs));
    }
    this.#untimed = [];
  }

  /** The latest progress of each attempt that reported any since it was last taken. */
  takeProgress(): ProgressReport[] {
    const reports: ProgressReport[] = [];
    for (const { over, delivery, progressValue } of this.#progressed) {
      if (!over && progressValue !== undefined) {
        reports.push({ lease: delivery.lease, taskId: delivery.taskId, ...progressValue });
      }
    }
    this.#progressed.clear();
    return reports;
  }

  progressed(attempt: Attempt): void {
    this.#progressed.add(attempt);
    this.#options.changed();
  }

  unhandled(attempt: Attempt, thrown: unknown): void {
    if (!attempt.over) return this.#failed(attempt, thrown);
    const { error } = failureOf(thrown, undefined);
    attempt.log.error('a handler left an error unhandled after its attempt had ended', { error });
  }

  #completed(attempt: Attempt, result: unknown): void {
    if (attempt.over) return;
    const { lease, taskId, maxResultBytes = maxResult } = attempt.delivery;
    let json: string | undefined;
    if (result !== skipped) {
      try {
        json = attempt.write(result, maxResultBytes);
      } catch (error) {
        const tooLarge = error instanceof InvalidInputError && error.code === 'value_too_large';
        if (tooLarge) return this.#refuseLarge(attempt, maxResultBytes);
        return this.#refuseResult(attempt, 'result_not_serialisable', `cannot be sent: ${reasonOf(error)}`);
      }
      if (json !== undefined && json.length > maxResultBytes / 3 && Buffer.byteLength(json) > maxResultBytes) {
        return this.#refuseLarge(attempt, maxResultBytes);
      }
    }
    if (!this.#end(attempt)) return;
    if (result === skipped) this.#options.reports.skip(lease, taskId);
    else this.#options.reports.complete(lease, taskId, json);
  }

  #refuseLarge(attempt: Attempt, maxBytes: number): void {
    this.#refuseResult(attempt, 'result_too_large', `is larger than ${maxBytes} bytes`);
  }

  /** The handler did its work, and would return the same again: terminal. */
  #refuseResult(attempt: Attempt, code: string, reason: string): void {
    this.#report(attempt, { error: { code, message: `the result ${reason}` }, class: 'terminal' });
  }

  #failed(attempt: Attempt, thrown: unknown): void {
    if (attempt.over) return;
    const failed = failureOf(thrown, attempt.definition);
    // An attempt that is tried again is daily business.
    const level = failed.class === 'terminal' ? 'warn' : 'info';
    attempt.log[level]('attempt failed', { class: failed.class, error: failed.error });
    this.#report(attempt, failed);
  }

  #timedOut(attempt: Attempt, timeoutMs: number): void {
    if (attempt.over) return;
    const message = `the attempt took longer than its timeout of ${timeoutMs} ms`;
    attempt.log.info(message);
    this.#report(attempt, { error: { code: 'attempt_timeout', message }, class: 'retryable' });
    attempt.abort(new TimedOutError('attempt_timeout', message));
  }

  #report(attempt: Attempt, failed: Failed): void {
    if (!this.#end(attempt)) return;
    this.#options.reports.fail({ lease: attempt.delivery.lease, taskId: attempt.delivery.taskId, ...failed });
  }

  #end(attempt: Attempt): boolean {
    if (!attempt.end()) return false;
    this.#running.delete(attempt.delivery.lease);
    if (!attempt.returned) this.#lingering.add(attempt);
    this.#options.changed();
    return true;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
