import { createHandlers, type Definition } from '../worker/handlers.ts';
import type { Log } from '../definitions/context.ts';
import type { AnyTask } from '../definitions/task.ts';
import type { AnyWorkflow } from '../definitions/workflow-graph.ts';
import { createWorker } from '../worker/create-worker.ts';
import { systemClock, type WorkerClock } from '../worker/worker-clock.ts';
import type { HandlerCalls } from './handler-calls.ts';

/** So many that nothing which a test starts waits for a slot. */
const concurrency = 10_000;

/** Leases never expire by themselves: in virtual time every sign of life would be late, in real time a breakpoint is. */
const standingClock: WorkerClock = { now: () => 0, after: () => () => {} };

const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface TestWorkersOptions {
  readonly calls: HandlerCalls;
  /** Virtual time. */
  readonly attemptClock: WorkerClock;
  readonly log?: Log;
}

/** The workers of one engine: the real ones, in this process. Each serves what was learned when it began. */
export class TestWorkers {
  readonly #options: TestWorkersOptions;
  readonly #held = new Set<Definition>();
  readonly #types = new Set<string>();
  #killed = new AbortController();

  constructor(options: TestWorkersOptions) {
    this.#options = options;
  }

  readonly types = (): readonly string[] => [...this.#types];

  /** Holds these definitions too; resolves when their work can be taken. */
  async learn(url: string, definitions: readonly Definition[]): Promise<void> {
    const added = definitions.filter((definition) => !this.#held.has(definition));
    for (const definition of added) this.#held.add(definition);
    if (added.length > 0) await this.#start(url, added);
  }

  kill(): void {
    this.#killed.abort(new Error('the process of the worker was killed'));
    this.#options.calls.abandon();
    this.#killed = new AbortController();
  }

  /** A worker for all that was learned, on an engine that came after the one of before. */
  async restart(url: string): Promise<void> {
    if (this.#held.size > 0) await this.#start(url, [...this.#held]);
  }

  async #start(url: string, definitions: readonly Definition[]): Promise<void> {
    const { calls, attemptClock, log = silentLog } = this.#options;
    const watched = definitions.map((definition) => calls.watched(definition));
    for (const type of createHandlers(watched).types) this.#types.add(type);
    const worker = createWorker(
      { url, definitions: watched, concurrency, name: 'testkit', log },
      {
        clock: systemClock,
        random: Math.random,
        production: true,
        attemptClock,
        leaseClock: standingClock,
        killed: this.#killed.signal,
      },
    );
    const running = worker.run();
    running.catch(() => {});
    await Promise.race([running, worker.ready()]);
  }
}

/** A definition that can be started, where its types do not matter. */
export type AnyStartable = AnyTask | AnyWorkflow;
