import { manualClock, runServerUrl } from '@taskflow/kit-testing';
import { type Checkpoint, createCheckpoints } from './checkpoints.ts';
import { borrowEngineDatabases, type EngineDatabases, type Standing } from './engine-databases.ts';
import { Quiescence, type Workload } from './quiescence.ts';
import { createTestEngine, type TestEngine } from './test-engine.ts';

export interface TestPlatformOptions {
  /** Where virtual time begins, in epoch milliseconds; 2026-01-01T00:00:00Z unless told. */
  readonly startAt?: number;
  readonly workload: Workload;
  /** Real time that settling may take, in milliseconds; 30,000 unless told. */
  readonly settleWithinMs?: number;
  /** Told at once when the engine is killed at a checkpoint. */
  readonly onKill?: () => void;
}

/**
 * The real engine in this process on time that stands still. Its workers are the test's own; nothing else of it
 * differs from the platform that is served.
 */
export interface TestPlatform {
  /** Of the engine that runs now. */
  readonly url: string;
  /** Virtual time in epoch milliseconds. */
  now(): number;
  /** Calls `run` when virtual time is `ms` further; the answer takes that back. */
  after(ms: number, run: () => void): () => void;
  /**
   * Resolves when nothing moves without time or a word from outside. Rejects with `NotSettledError` when something
   * still moves at the limit, and with `EngineKilledError` when the engine dies meanwhile. Handlers that run for longer
   * than `handlerPatienceMs` of real time are not waited for.
   */
  settle(handlerPatienceMs?: number): Promise<Standing>;
  /** Lets `ms` pass, from one moment at which something is due to the next, settling at each. */
  advance(ms: number): Promise<void>;
  /** Moves to the next moment at which something is due; false when time alone moves nothing. */
  advanceToNextDue(): Promise<boolean>;
  /** Counts durable writes from here on, and kills the engine at one of them. */
  armCheckpoints(at?: Checkpoint): void;
  readonly writes: ReadonlyMap<string, number>;
  /** Resolves once an engine is dead. */
  readonly killed: Promise<void> | undefined;
  /** Starts an engine where a dead one left off. */
  revive(): Promise<void>;
  /** Ends it and gives its databases to the next test. */
  stop(): Promise<void>;
}

/** Pauses of the engine up to this long are technical: they are over at once when nothing else moves. */
const technicalMs = 1_000;
/** Real time that handlers have before virtual time passes over them. */
const handlerPatienceMs = 1_000;

export async function openTestPlatform(options: TestPlatformOptions): Promise<TestPlatform> {
  const databases = await borrowEngineDatabases(await runServerUrl());
  const platform = new VirtualPlatform(databases, options);
  await platform.begin();
  return platform;
}

class VirtualPlatform implements TestPlatform {
  readonly #databases: EngineDatabases;
  readonly #quiescence: Quiescence;
  /** Of the engine: its pauses may be cut short. */
  readonly #engineClock;
  /** Of attempts and sleeping handlers: exact. */
  readonly #exactClock;
  readonly #checkpoints = createCheckpoints(() => {
    this.killed = this.#engine.kill();
    this.#onKill?.();
  });
  readonly #onKill: (() => void) | undefined;
  #engine: TestEngine;
  killed: Promise<void> | undefined;

  constructor(databases: EngineDatabases, { startAt, workload, settleWithinMs = 30_000, onKill }: TestPlatformOptions) {
    this.#databases = databases;
    this.#onKill = onKill;
    this.#engineClock = manualClock(startAt);
    this.#exactClock = manualClock(startAt);
    this.#engine = this.#newEngine();
    this.#quiescence = new Quiescence({
      databases,
      workload,
      life: () => this.#engine.life,
      endPauses: () => this.#engineClock.leap(0, technicalMs),
      limitMs: settleWithinMs,
    });
  }

  get url(): string {
    return this.#engine.url;
  }

  get writes(): ReadonlyMap<string, number> {
    return this.#checkpoints.counts;
  }

  now(): number {
    return this.#exactClock.now();
  }

  after(ms: number, run: () => void): () => void {
    return this.#exactClock.after(ms, run);
  }

  armCheckpoints(at?: Checkpoint): void {
    this.#checkpoints.arm(at);
  }

  async begin(): Promise<void> {
    await this.#databases.moveTo(this.now());
    await this.#engine.start();
  }

  async revive(): Promise<void> {
    await this.killed;
    this.killed = undefined;
    await this.#databases.forsakeSessions();
    this.#engine = this.#newEngine();
    await this.#engine.start();
  }

  async stop(): Promise<void> {
    await this.#engine.kill();
    this.#databases.giveBack();
  }

  settle(patienceMs = Number.POSITIVE_INFINITY): Promise<Standing> {
    this.#quiescence.forgetSlowHandlers();
    return this.#quiescence.reached(patienceMs);
  }

  async advance(ms: number): Promise<void> {
    const target = this.now() + ms;
    this.#quiescence.forgetSlowHandlers();
    for (;;) {
      const standing = await this.#quiescence.reached(handlerPatienceMs);
      if (this.now() >= target) return;
      await this.#moveTo(Math.min(target, this.#nextDueAt(standing) ?? target));
    }
  }

  async advanceToNextDue(): Promise<boolean> {
    this.#quiescence.forgetSlowHandlers();
    const next = this.#nextDueAt(await this.#quiescence.reached(handlerPatienceMs));
    if (next === undefined) return false;
    await this.#moveTo(next);
    return true;
  }

  #newEngine(): TestEngine {
    return createTestEngine({
      databases: this.#databases,
      clock: this.#engineClock,
      openDatabase: (options) => this.#checkpoints.watch(this.#databases.openDatabase(options), options),
      isMigrated: true,
    });
  }

  #nextDueAt({ nextDueAt = Number.POSITIVE_INFINITY }: Standing): number | undefined {
    const exactMs = this.#exactClock.nextDueMs ?? Number.POSITIVE_INFINITY;
    const next = Math.min(nextDueAt, this.now() + exactMs);
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  /** The databases first: whatever a timer starts must find the new time there. */
  async #moveTo(epochMs: number): Promise<void> {
    const ms = epochMs - this.now();
    await this.#databases.moveTo(epochMs);
    await this.#exactClock.advance(ms);
    await this.#engineClock.leap(ms, technicalMs);
  }
}
