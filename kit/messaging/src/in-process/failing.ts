import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';

/** What keeps a consumer from going on. */
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

const goingOn: FailingState = { failingSince: undefined, lastError: undefined, repeats: 0, haltedBecause: undefined };

/** Counts failures that follow each other, and tells the log of the first, the second, the fourth, the eighth, …. */
export class Failing {
  readonly #clock: Clock;
  readonly #log: Log;
  state: FailingState = goingOn;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  get repeats(): number {
    return this.state.repeats;
  }

  repeat(error: unknown, seq: number, pauseMs: number): void {
    const repeats = this.repeats + 1;
    this.state = { ...this.#since(error, seq), repeats, haltedBecause: undefined };
    if (!Number.isInteger(Math.log2(repeats))) return;
    this.#log.warn({ err: error, entry: seq, failures: repeats, pauseMs }, 'Delivery failed and is tried again');
  }

  /** Something that should have ended goes on: nothing has failed yet, and nothing moves. */
  stall(what: string, seq: number): void {
    this.state = { ...this.state, ...this.#since(what, seq) };
    this.#log.error({ entry: seq, what }, 'Delivery stands still');
  }

  halt(error: unknown, seq: number): void {
    const since = this.#since(error, seq);
    this.state = { ...since, repeats: this.repeats + 1, haltedBecause: since.lastError.message };
    this.#log.fatal({ err: error, entry: seq }, 'Delivery stopped: trying again cannot help');
  }

  /** It stopped and tries again all the same. */
  resume(): void {
    this.state = { ...this.state, haltedBecause: undefined };
  }

  end(): void {
    if (this.state === goingOn) return;
    this.#log.info({ failures: this.repeats, since: this.state.failingSince }, 'Delivery goes on');
    this.state = goingOn;
  }

  #since(error: unknown, seq: number) {
    const message = error instanceof Error ? error.message : String(error);
    return { failingSince: this.state.failingSince ?? this.#clock.now(), lastError: { message, seq } };
  }
}
