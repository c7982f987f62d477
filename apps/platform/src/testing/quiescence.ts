import { systemClock } from '@taskflow/kit-time';
import type { EngineDatabases, Standing } from './engine-databases.ts';
import type { EngineLifetime } from './crashable-database.ts';

/** What the test's worker says of itself. */
export interface Workload {
  /** Task types that it holds. */
  types(): readonly string[];
  /** Requests of the test that are not answered yet, waiting ones aside. */
  asked(): number;
  /** Handlers that run for an attempt; `asleep` are those that wait for virtual time. */
  running(): readonly RunningHandler[];
}

interface RunningHandler {
  readonly key: string;
  readonly label: string;
  readonly asleep: boolean;
}

/** Something still moved at the limit. */
export class NotSettledError extends Error {
  readonly code = 'not_settled';
}

/** The engine died while somebody waited for it. */
export class EngineKilledError extends Error {
  readonly code = 'engine_killed';
}

/** Real times in milliseconds. A hop between two sockets of this process takes less than the first. */
const restMs = 1;
const stalledMs = 15;
const maxLookMs = 10;

export interface QuiescenceOptions {
  readonly databases: Pick<EngineDatabases, 'look'>;
  readonly workload: Workload;
  /** Of the engine that runs now. */
  readonly life: () => Omit<EngineLifetime, 'end' | 'follow'>;
  /** Ends the short pauses of the engine, so that what waits one out goes on. */
  readonly endPauses: () => Promise<void>;
  readonly limitMs: number;
}

/**
 * Finds out that nothing moves. Whoever moves asks a database, runs a handler, or is on the way between the two; so it
 * waits until neither happens, and then lets the databases say whether anything should.
 */
export class Quiescence {
  readonly #options: QuiescenceOptions;
  /** Handlers that are not waited for any more. */
  readonly #overtaken = new Set<string>();
  #sent = -1;
  #movedAt = 0;

  constructor(options: QuiescenceOptions) {
    this.#options = options;
  }

  /** Handlers are waited for anew, also those that were too slow before. */
  forgetSlowHandlers(): void {
    this.#overtaken.clear();
  }

  /** Rejects with `NotSettledError` at the limit. A handler is waited for as long as `patienceMs` without movement. */
  async reached(patienceMs: number): Promise<Standing> {
    const began = systemClock.monotonic();
    this.#movedAt = began;
    for (let moving: readonly string[] = []; ; ) {
      const standing = await this.#look(patienceMs);
      if (standing !== undefined) moving = standing.moving;
      if (standing !== undefined && moving.length === 0) return standing;
      if (systemClock.monotonic() - began > this.#options.limitMs) throw this.#notSettled(moving);
    }
  }

  /** How things stand, or `undefined` while something is under way. */
  async #look(patienceMs: number): Promise<Standing | undefined> {
    const { databases, workload, endPauses } = this.#options;
    if (!(await this.#isIdle(patienceMs))) return undefined;
    const standing = await databases.look(workload.types());
    if (this.#hasMoved() || this.#awake().length > 0) return undefined;
    const moving = [...standing.moving, ...this.#onTheWay(standing)];
    if (moving.length > 0 && this.#restedMs() > stalledMs) await endPauses();
    else if (moving.length > 0) await systemClock.sleep(restMs);
    return { ...standing, moving };
  }

  /** What lies between two who both know nothing of it. */
  #onTheWay({ leased }: Standing): string[] {
    const { running, asked } = this.#options.workload;
    const carried = Math.abs(leased - running().length);
    return [
      ...(carried === 0 ? [] : [`${carried} of the attempts are on their way between engine and worker`]),
      ...(asked() === 0 ? [] : [`${asked()} of the test's requests are not answered`]),
    ];
  }

  async #isIdle(patienceMs: number): Promise<boolean> {
    const { inFlight, quiet } = this.#options.life();
    if (this.#hasMoved()) {
      await (inFlight > 0 ? Promise.race([quiet(), systemClock.sleep(maxLookMs)]) : systemClock.sleep(restMs));
      return false;
    }
    const awake = this.#awake();
    if (awake.length > 0) {
      await systemClock.sleep(restMs);
      if (this.#restedMs() > patienceMs) for (const { key } of awake) this.#overtaken.add(key);
      return false;
    }
    if (this.#restedMs() < restMs) await systemClock.sleep(restMs);
    return !this.#hasMoved();
  }

  /** Whether the engine has asked its databases anything since the last time, or waits for an answer. */
  #hasMoved(): boolean {
    const { sent, inFlight, isOver } = this.#options.life();
    if (isOver) throw new EngineKilledError('the engine was killed');
    if (sent === this.#sent && inFlight === 0) return false;
    this.#sent = sent;
    this.#movedAt = systemClock.monotonic();
    return true;
  }

  #restedMs(): number {
    return systemClock.monotonic() - this.#movedAt;
  }

  #awake(): readonly RunningHandler[] {
    return this.#options.workload.running().filter(({ key, asleep }) => !asleep && !this.#overtaken.has(key));
  }

  #notSettled(moving: readonly string[]): NotSettledError {
    const awake = this.#awake().map(({ label }) => `${label} runs`);
    const what = [...awake, ...moving];
    if (what.length === 0) what.push('the engine waits for its databases');
    return new NotSettledError(`something still moves after ${this.#options.limitMs} ms: ${what.join('; ')}`);
  }
}
