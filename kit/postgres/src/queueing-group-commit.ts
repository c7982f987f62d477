import { createLifecycle, type Service } from '@taskflow/kit-lifecycle';
import { OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, type Random, systemRandom } from '@taskflow/kit-time';
import { BatchRetry, type Settled } from './batch-retry.ts';
import type { GroupCommit, GroupCommitOptions } from './group-commit.ts';
import { WaitingCommands, type Weight } from './waiting-commands.ts';

export interface GroupCommitDependencies {
  clock: Clock;
  telemetry: Telemetry;
  random?: Random;
}

interface Waiting<Command, Outcome> {
  readonly command: Command;
  readonly weight: Weight;
  readonly settle: (settled: Settled<Outcome>) => void;
}

const one: Weight = { rows: 1, bytes: 0 };

interface Bounds {
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly maxWaiting: number;
  readonly maxWaitingBytes: number;
  readonly lightBytes: number;
  readonly heavyBytes: number;
}

export function createGroupCommit<Command, Outcome>(
  options: GroupCommitOptions<Command, Outcome>,
  { clock, telemetry, random = systemRandom }: GroupCommitDependencies,
): GroupCommit<Command, Outcome> {
  const failures = telemetry.counter({
    name: 'group_commit_failures_total',
    help: 'Batches that were not written at the first attempt, by what the failure means.',
    labelNames: ['writer', 'kind'],
  });
  const { name, patienceMs = 5_000, maxRows = 500, maxBytes = 4 * 1024 * 1024, maxWaiting = 10_000 } = options;
  const { maxWaitingBytes = 64 * 1024 * 1024 } = options;
  const { lightBytes = Infinity, heavyBytes = maxBytes } = options.overtaking ?? {};
  const bounds = { maxRows, maxBytes, maxWaiting, maxWaitingBytes, lightBytes, heavyBytes };
  const batches = new BatchRetry<Command, Outcome>({
    name,
    write: (batch) => options.write(batch),
    recall: (batch) => options.recall(batch),
    patienceMs,
    clock,
    random,
    log: telemetry.log,
    onFailure: (kind) => failures.inc({ writer: name, kind }),
  });
  return new QueueingGroupCommit(options, batches, bounds, telemetry);
}

class QueueingGroupCommit<Command, Outcome> implements GroupCommit<Command, Outcome> {
  readonly name: string;
  readonly #options: GroupCommitOptions<Command, Outcome>;
  readonly #batches: BatchRetry<Command, Outcome>;
  readonly #bounds: Bounds;
  readonly #observeBatch: (commands: number) => void;
  readonly #light = new WaitingCommands<Waiting<Command, Outcome>>();
  readonly #heavy = new WaitingCommands<Waiting<Command, Outcome>>();
  #inFlight = 0;
  #writing: Promise<void> | undefined;
  #stopped = false;
  readonly #lifecycle: Service;

  constructor(
    options: GroupCommitOptions<Command, Outcome>,
    batches: BatchRetry<Command, Outcome>,
    bounds: Bounds,
    telemetry: Telemetry,
  ) {
    this.name = options.name;
    this.#lifecycle = createLifecycle({ name: options.name, stop: () => this.#writing });
    this.#options = options;
    this.#batches = batches;
    this.#bounds = bounds;
    const sizes = telemetry.histogram({
      name: 'group_commit_batch_commands',
      help: 'Commands that one transaction carried.',
      labelNames: ['writer'],
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000],
    });
    this.#observeBatch = (commands) => sizes.observe({ writer: options.name }, commands);
  }

  trouble() {
    return this.#batches.trouble();
  }

  get pending(): number {
    return this.#waiting + this.#inFlight;
  }

  get #waiting(): number {
    return this.#light.length + this.#heavy.length;
  }

  submit(command: Command): Promise<Outcome> {
    if (this.#stopped) return Promise.reject(new UnavailableError(`${this.name} has stopped`));
    const { maxWaiting, maxWaitingBytes, lightBytes } = this.#bounds;
    const waiting = this.#waiting;
    if (waiting >= maxWaiting)
      return Promise.reject(new OverloadedError(`${this.name} has ${waiting} commands waiting`));
    const weight = this.#options.weigh?.(command) ?? one;
    const queue = weight.bytes > lightBytes ? this.#heavy : this.#light;
    if (waiting > 0 && queue.bytes + weight.bytes > maxWaitingBytes) {
      return Promise.reject(new OverloadedError(`${this.name} has ${queue.bytes} bytes waiting`));
    }
    return new Promise<Outcome>((resolve, reject) => {
      const settle = (settled: Settled<Outcome>) => {
        if ('error' in settled) reject(settled.error as Error);
        else resolve(settled.outcome);
      };
      queue.push({ command, weight, settle });
      this.#wake();
    });
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(): Promise<void> {
    this.#stopped = true;
    this.#batches.hurry();
    return this.#lifecycle.stop();
  }

  /** All that is submitted in one turn of the event loop goes into the first batch. */
  #wake(): void {
    this.#writing ??= new Promise<void>((resolve) => {
      setImmediate(() => void this.#writeAll().then(resolve));
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting > 0) {
      const batch = this.#takeBatch();
      this.#inFlight = batch.length;
      this.#observeBatch(batch.length);
      const settled = await this.#batches.settle(batch.map(({ command }) => command));
      this.#inFlight = 0;
      batch.forEach((waiting, index) => waiting.settle(settled[index] as Settled<Outcome>));
      if (this.#batches.outOfPatience) this.#refuseWaiting();
    }
    this.#writing = undefined;
  }

  /** They have waited out the same outage as the batch before them, and nothing of theirs was written. */
  #refuseWaiting(): void {
    const refused = [...this.#light.takeAll(), ...this.#heavy.takeAll()];
    const error = new UnavailableError(`${this.name} cannot write now`);
    for (const { settle } of refused) settle({ error });
  }

  #takeBatch(): Waiting<Command, Outcome>[] {
    const { maxRows, maxBytes, heavyBytes } = this.#bounds;
    const isMixed = this.#light.length > 0;
    const heavy = this.#heavy.take({ rows: maxRows, bytes: isMixed ? heavyBytes : maxBytes });
    const light = this.#light.take({ rows: maxRows - heavy.rows, bytes: maxBytes - heavy.bytes });
    return [...light.taken, ...heavy.taken];
  }
}
