import { Duty } from '@taskflow/kit-lifecycle';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';

/** The failure that keeps a consumer from going on. */
export interface FailingState {
  /** Epoch milliseconds of the first of the failures that followed each other; `undefined` while it goes on. */
  readonly failingSince: number | undefined;
  /** The last of them, with the number of the entry that could not be read or applied. */
  readonly lastError: { readonly message: string; readonly seq: number } | undefined;
  /** How often they followed each other. */
  readonly repeats: number;
  /** Why it stopped for an error that no repetition can help; `undefined` unless it did. */
  readonly haltedBecause: string | undefined;
}

/** The duty of a consumer, with where in its stream it fails. Besides failing, it may stand still or stop for good. */
export class Failing {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #duty: Duty;
  #since: number | undefined;
  #last: FailingState['lastError'];
  #isHalted = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#duty = new Duty(clock);
  }

  get repeats(): number {
    return this.#duty.failures;
  }

  get state(): FailingState {
    const haltedBecause = this.#isHalted ? this.#last?.message : undefined;
    return { failingSince: this.#since, lastError: this.#last, repeats: this.repeats, haltedBecause };
  }

  repeat(error: unknown, seq: number, pauseMs: number): void {
    const isNews = this.#duty.failed(error);
    this.#remember(this.#duty.reason, seq);
    this.#isHalted = false;
    if (isNews)
      this.#log.warn({ err: error, entry: seq, failures: this.repeats, pauseMs }, 'Delivery failed and is tried again');
  }

  /** Something that should have ended goes on: nothing has failed yet, and nothing moves. */
  stall(what: string, seq: number): void {
    this.#remember(what, seq);
    this.#log.error({ entry: seq, what }, 'Delivery stands still');
  }

  halt(error: unknown, seq: number): void {
    this.#duty.failed(error);
    this.#remember(this.#duty.reason, seq);
    this.#isHalted = true;
    this.#log.fatal({ err: error, entry: seq }, 'Delivery stopped: trying again cannot help');
  }

  /** It stopped and tries again all the same. */
  resume(): void {
    this.#isHalted = false;
  }

  end(): void {
    if (this.#since === undefined) return;
    this.#log.info({ failures: this.#duty.done(), since: this.#since }, 'Delivery goes on');
    this.#since = undefined;
    this.#last = undefined;
    this.#isHalted = false;
  }

  #remember(message: string, seq: number): void {
    this.#since ??= this.#clock.now();
    this.#last = { message, seq };
  }
}
