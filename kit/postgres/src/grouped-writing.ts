import { backoff, OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, type Random, systemRandom } from '@taskflow/kit-time';
import { CommitUnknownError, DatabaseError } from './errors.ts';
import type { GroupWriter, GroupWriterOptions } from './group-writer.ts';

export interface GroupWriterDependencies {
  clock: Clock;
  telemetry: Telemetry;
  random?: Random;
}

interface Waiting<Command, Outcome> {
  readonly command: Command;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

const defaults = { maxRows: 500, maxBytes: 4 * 1024 * 1024, maxWaiting: 10_000, patienceMs: 5_000 };
const conflictPause = { baseMs: 5, capMs: 200 };
const outagePause = { baseMs: 20, capMs: 500 };
const maxConflicts = 8;

export function createGroupWriter<Command, Outcome>(
  options: GroupWriterOptions<Command, Outcome>,
  dependencies: GroupWriterDependencies,
): GroupWriter<Command, Outcome> {
  const { name, maxRows, maxBytes, maxWaiting } = { ...defaults, ...withoutUndefined(options) };
  const patienceMs = options.patienceMs ?? defaults.patienceMs;
  const weigh = options.weigh ?? (() => ({ rows: 1, bytes: 0 }));
  const { clock, telemetry, random = systemRandom } = dependencies;
  const metrics = writerMetrics(telemetry);
  let waiting: Waiting<Command, Outcome>[] = [];
  let inFlight = 0;
  let writing: Promise<void> | undefined;
  let stopped = false;
  /** When writing began to fail for want of a server; a success clears it. */
  let failingSince: number | undefined;

  function nextBatch(): Waiting<Command, Outcome>[] {
    let rows = 0;
    let bytes = 0;
    let count = 0;
    for (const { command } of waiting) {
      const weight = weigh(command);
      rows += weight.rows;
      bytes += weight.bytes;
      if (count > 0 && (rows > maxRows || bytes > maxBytes)) break;
      count += 1;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return batch;
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = nextBatch();
      inFlight = batch.length;
      await settle(batch);
      inFlight = 0;
    }
    writing = undefined;
  }

  function wake(): void {
    // All that was submitted in this turn of the event loop goes into the first batch.
    writing ??= new Promise<void>((resolve) => {
      setImmediate(() => void writeAll().then(resolve));
    });
  }

  /** Answers every command of the batch. Never rejects. */
  async function settle(batch: readonly Waiting<Command, Outcome>[]): Promise<void> {
    const commands = batch.map(({ command }) => command);
    for (let attempt = 1; ; attempt += 1) {
      let failure: unknown;
      try {
        return succeed(batch, await options.write(commands));
      } catch (error) {
        failure = error;
      }
      const kind = kindOfFailure(failure);
      metrics.failures.inc({ writer: name, kind });
      if (kind === 'refused') return isolate(batch, failure);
      if (kind === 'conflict') {
        if (attempt >= maxConflicts)
          return giveUp(batch, new UnavailableError(`${name} kept conflicting`, { cause: failure }));
        await clock.sleep(backoff(attempt, conflictPause, random));
        continue;
      }
      const found = await recallUntilKnown(commands, failure);
      if (found === 'unknown') return giveUpOutage(batch, failure, 'unknown');
      if (found !== 'absent') return succeed(batch, found);
      if (kind === 'broken') return isolate(batch, failure);
      if (patienceIsOver()) return giveUpOutage(batch, failure, 'nothing-done');
      await clock.sleep(backoff(attempt, outagePause, random));
    }
  }

  /** Nothing of the batch was written and at least one command is at fault: halves are written until it stands alone. */
  async function isolate(batch: readonly Waiting<Command, Outcome>[], failure: unknown): Promise<void> {
    if (batch.length === 1) return giveUp(batch, failure);
    const middle = Math.ceil(batch.length / 2);
    await settle(batch.slice(0, middle));
    await settle(batch.slice(middle));
  }

  async function recallUntilKnown(
    commands: readonly Command[],
    failure: unknown,
  ): Promise<readonly Outcome[] | 'absent' | 'unknown'> {
    failingSince ??= clock.monotonic();
    // Until the old session is gone, what it left may still become visible: `absent` would be a guess.
    let ended = !(failure instanceof CommitUnknownError);
    for (let attempt = 1; ; attempt += 1) {
      if (!ended) ended = await (failure as CommitUnknownError).endSession();
      try {
        const found = await options.recall(commands);
        if (found !== 'absent' || ended) return found;
      } catch (error) {
        telemetry.log.warn({ writer: name, err: error }, 'the outcome of a batch could not be read back yet');
      }
      if (patienceIsOver()) return 'unknown';
      await clock.sleep(backoff(attempt, outagePause, random));
    }
  }

  function patienceIsOver(): boolean {
    return stopped || (failingSince !== undefined && clock.monotonic() - failingSince >= patienceMs);
  }

  function succeed(batch: readonly Waiting<Command, Outcome>[], outcomes: readonly Outcome[]): void {
    failingSince = undefined;
    metrics.batches.observe({ writer: name }, batch.length);
    batch.forEach(({ resolve, reject }, index) => {
      if (index < outcomes.length) resolve(outcomes[index] as Outcome);
      else reject(new Error(`${name} gave ${outcomes.length} outcomes for ${batch.length} commands`));
    });
  }

  function giveUp(batch: readonly Waiting<Command, Outcome>[], error: unknown): void {
    for (const { reject } of batch) reject(error);
  }

  /** Those behind the batch have waited as long: they are told at once, and nothing of theirs was written. */
  function giveUpOutage(
    batch: readonly Waiting<Command, Outcome>[],
    cause: unknown,
    outcome: 'unknown' | 'nothing-done',
  ): void {
    giveUp(batch, new UnavailableError(`${name} cannot write now`, { cause, outcome }));
    const behind = waiting;
    waiting = [];
    giveUp(behind, new UnavailableError(`${name} cannot write now`, { cause }));
  }

  return {
    name,
    get pending() {
      return waiting.length + inFlight;
    },
    submit: (command) =>
      new Promise<Outcome>((resolve, reject) => {
        if (stopped) return reject(new UnavailableError(`${name} has stopped`));
        if (waiting.length >= maxWaiting)
          return reject(new OverloadedError(`${name} has ${maxWaiting} commands waiting`));
        waiting.push({ command, resolve, reject });
        wake();
      }),
    start: () => Promise.resolve(),
    stop: async () => {
      stopped = true;
      await writing;
    },
  };
}

/**
 * `refused`: the server said no and nothing was written. `conflict`: the same may succeed now. `unknown`: nobody
 * answered, or COMMIT failed. `broken`: the writing code threw, before or after its transaction.
 */
function kindOfFailure(error: unknown): 'refused' | 'conflict' | 'unknown' | 'broken' {
  if (error instanceof CommitUnknownError) return 'unknown';
  if (!(error instanceof DatabaseError)) return error instanceof UnavailableError ? 'unknown' : 'broken';
  if (error.kind === 'unavailable') return 'unknown';
  return error.kind === 'conflict' ? 'conflict' : 'refused';
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function writerMetrics(telemetry: Telemetry) {
  return {
    batches: telemetry.histogram({
      name: 'group_writer_batch_commands',
      help: 'Commands that one transaction carried.',
      labelNames: ['writer'],
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000],
    }),
    failures: telemetry.counter({
      name: 'group_writer_failures_total',
      help: 'Batches that were not written at the first attempt, by what the failure means.',
      labelNames: ['writer', 'kind'],
    }),
  };
}
