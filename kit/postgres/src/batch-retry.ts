import { Duty, type Trouble } from '@taskflow/kit-lifecycle';
import { backoff, UnavailableError } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock, Random } from '@taskflow/kit-time';
import { conflictPause, maxConflicts } from './conflicts.ts';
import { CommitUnknownError, DatabaseError } from './errors.ts';

/** Says how one command of a batch ended. */
export type Settled<Outcome> = { readonly outcome: Outcome } | { readonly error: unknown };

/**
 * `refused`: the server said no and nothing was written. `conflict`: the same may succeed now. `exhausted`: the server
 * gave up on it and nothing was written; a part of it may succeed. `unknown`: nobody answered, or COMMIT failed.
 * `broken`: the writing code threw, before or after its transaction.
 */
export type FailureKind = 'refused' | 'conflict' | 'exhausted' | 'unknown' | 'broken';

export interface BatchRetryOptions<Command, Outcome> {
  name: string;
  write(batch: readonly Command[]): Promise<readonly Outcome[]>;
  recall(batch: readonly Command[]): Promise<readonly Outcome[] | 'absent'>;
  patienceMs: number;
  clock: Clock;
  random: Random;
  log: Pick<Log, 'warn' | 'info'>;
  onFailure(kind: FailureKind): void;
}

const staleMs = 10_000;
const outagePause = { baseMs: 20, capMs: 500 };

/** A batch on which the server gave up is written in so many parts: each further try costs up to its time limit. */
const partsOfExhausted = 8;

/**
 * From a full batch down to one command of it, each on the first part, and that one once more. Whatever is given up on
 * after that without anything being written between is no weight: the server does not get on.
 */
const exhaustedInRow = 5;

/** Writes batches, one after the other, and finds out how each command ended, whatever went wrong on the way. */
export class BatchRetry<Command, Outcome> {
  readonly #writing: BatchRetryOptions<Command, Outcome>;
  /** When writing began to fail for want of a server; any answer to it clears it. */
  #failingSince: number | undefined;
  /** Attempts on which the server gave up since something was written. */
  #exhausted = 0;
  #hurried = false;
  readonly #duty: Duty;
  #failedAt = 0;

  constructor(writing: BatchRetryOptions<Command, Outcome>) {
    this.#writing = writing;
    this.#duty = new Duty(writing.clock);
  }

  /** Batches that the server did not take. Forgotten after a while in which nobody tried: it may take them again. */
  trouble(): Trouble | undefined {
    if (this.#writing.clock.monotonic() - this.#failedAt > staleMs) return undefined;
    return this.#duty.trouble();
  }

  /** The server has been away for longer than anybody should wait. */
  get outOfPatience(): boolean {
    const { clock, patienceMs } = this.#writing;
    if (this.#failingSince === undefined) return false;
    return this.#hurried || clock.monotonic() - this.#failingSince >= patienceMs;
  }

  /** From now on an outage is not waited for. */
  hurry(): void {
    this.#hurried = true;
  }

  /** Entry i tells of command i. Never rejects. */
  async settle(commands: readonly Command[]): Promise<readonly Settled<Outcome>[]> {
    for (let attempt = 1; ; attempt += 1) {
      let failure: unknown;
      try {
        return this.#succeed(commands, await this.#writing.write(commands));
      } catch (error) {
        failure = error;
      }
      const kind = kindOfFailure(failure);
      this.#writing.onFailure(kind);
      this.#judge(kind, failure);
      if (kind === 'refused' || kind === 'conflict') this.#serverAnswered();
      const settled = await this.#after(kind, commands, failure, attempt);
      if (settled !== 'again') return settled;
    }
  }

  #after(kind: FailureKind, commands: readonly Command[], failure: unknown, attempt: number) {
    if (kind === 'conflict') return this.#afterConflict(commands, failure, attempt);
    if (kind === 'refused') return this.#isolate(commands, failure, 2);
    if (kind === 'exhausted') return this.#afterExhaustion(commands, failure, attempt);
    return this.#afterUnknown(commands, failure, attempt);
  }

  async #afterConflict(commands: readonly Command[], failure: unknown, attempt: number) {
    const { name, clock, random } = this.#writing;
    if (attempt >= maxConflicts) {
      return allFailed<Outcome>(commands, new UnavailableError(`${name} kept conflicting`, { cause: failure }));
    }
    await clock.sleep(backoff(attempt, conflictPause, random));
    return 'again' as const;
  }

  /**
   * Nothing was written and at least one command is at fault: parts are written until it stands alone. The others are
   * spared where the server does not get on with anything.
   */
  async #isolate(commands: readonly Command[], failure: unknown, parts: number): Promise<readonly Settled<Outcome>[]> {
    if (commands.length === 1) return allFailed(commands, failure);
    const size = Math.ceil(commands.length / parts);
    const settled: Settled<Outcome>[] = [];
    for (let at = 0; at < commands.length; at += size) {
      const part = commands.slice(at, at + size);
      const isStuck = this.#exhausted > exhaustedInRow;
      settled.push(...(isStuck ? this.#refuse(part, failure) : await this.settle(part)));
    }
    return settled;
  }

  /** It may be too heavy, so that parts of it succeed. One command alone is tried once more, and is never called bad. */
  async #afterExhaustion(commands: readonly Command[], failure: unknown, attempt: number) {
    this.#failingSince ??= this.#writing.clock.monotonic();
    this.#exhausted += 1;
    if (this.#hurried || this.#exhausted > exhaustedInRow) return this.#refuse(commands, failure);
    if (commands.length > 1) return this.#isolate(commands, failure, partsOfExhausted);
    if (attempt > 1) return allFailed<Outcome>(commands, failure);
    await this.#writing.clock.sleep(backoff(attempt, outagePause, this.#writing.random));
    return 'again' as const;
  }

  #refuse(commands: readonly Command[], cause: unknown): readonly Settled<Outcome>[] {
    return allFailed(commands, new UnavailableError(`${this.#writing.name} cannot write now`, { cause }));
  }

  async #afterUnknown(commands: readonly Command[], failure: unknown, attempt: number) {
    const { name, clock, random } = this.#writing;
    const found = await this.#recallUntilKnown(commands, failure);
    if (typeof found !== 'string') return this.#succeed(commands, found);
    if (found === 'absent' && kindOfFailure(failure) === 'broken') {
      this.#serverAnswered();
      return this.#isolate(commands, failure, 2);
    }
    if (found === 'absent' && !this.outOfPatience) {
      await clock.sleep(backoff(attempt, outagePause, random));
      return 'again' as const;
    }
    const outcome = found === 'absent' ? 'nothing-done' : 'unknown';
    return allFailed<Outcome>(commands, new UnavailableError(`${name} cannot write now`, { cause: failure, outcome }));
  }

  async #recallUntilKnown(
    commands: readonly Command[],
    failure: unknown,
  ): Promise<readonly Outcome[] | 'absent' | 'unknown'> {
    const { name, recall, clock, random, log } = this.#writing;
    this.#failingSince ??= clock.monotonic();
    // Until the old session is gone, what it left may still become visible: `absent` would be a guess.
    let ended = !(failure instanceof CommitUnknownError);
    for (let attempt = 1; ; attempt += 1) {
      if (!ended) ended = await (failure as CommitUnknownError).endSession();
      try {
        const found = await recall(commands);
        if (found !== 'absent' || ended) return found;
      } catch (error) {
        if (this.#failed(error))
          log.warn({ writer: name, err: error }, 'the outcome of a batch could not be read back yet');
      }
      if (this.outOfPatience) return 'unknown';
      await clock.sleep(backoff(attempt, outagePause, random));
    }
  }

  #serverAnswered(): void {
    this.#failingSince = undefined;
    this.#exhausted = 0;
  }

  /** A refusal or a lost race is an answer: the server writes. */
  #judge(kind: FailureKind, failure: unknown): void {
    const { name, log } = this.#writing;
    if (kind === 'conflict' || kind === 'refused') this.#goesOn();
    else if (this.#failed(failure))
      log.warn({ writer: name, err: failure }, 'a batch could not be written; it is tried again');
  }

  /** Gives whether the log is to tell of it. */
  #failed(error: unknown): boolean {
    this.#failedAt = this.#writing.clock.monotonic();
    return this.#duty.failed(error);
  }

  #goesOn(): void {
    const { name, log } = this.#writing;
    const failures = this.#duty.done();
    if (failures > 0) log.info({ writer: name, failures }, 'batches are written again');
  }

  #succeed(commands: readonly Command[], outcomes: readonly Outcome[]): readonly Settled<Outcome>[] {
    this.#serverAnswered();
    this.#goesOn();
    if (outcomes.length === commands.length) return outcomes.map((outcome) => ({ outcome }));
    const { name } = this.#writing;
    return allFailed(commands, new RangeError(`${name}: ${outcomes.length} outcomes for ${commands.length} commands`));
  }
}

function allFailed<Outcome>(commands: readonly unknown[], error: unknown): readonly Settled<Outcome>[] {
  return commands.map(() => ({ error }));
}

function kindOfFailure(error: unknown): FailureKind {
  if (error instanceof CommitUnknownError) return 'unknown';
  if (!(error instanceof DatabaseError)) return error instanceof UnavailableError ? 'unknown' : 'broken';
  if (error.kind === 'unavailable') return 'unknown';
  return error.kind === 'conflict' || error.kind === 'exhausted' ? error.kind : 'refused';
}
