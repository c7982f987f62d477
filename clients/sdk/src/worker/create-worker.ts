import { hostname } from 'node:os';
import { createHttpApi } from '../api/http-api.ts';
import type { Log } from '../definitions/context.ts';
import { type Duration, durationMs } from '../definitions/duration.ts';
import { type NotAvailable, refuseUnavailable, refuseUnknown } from '../definitions/not-available.ts';
import {
  checkOptions,
  isDefinition,
  isDuration,
  isFlag,
  isListOf,
  isLog,
  isText,
  isWhole,
} from '../definitions/option-rules.ts';
import type { QueueDef } from '../definitions/queue.ts';
import { inProduction } from '../environment.ts';
import { Announcement } from './announcement.ts';
import { createHandlers, type Definition } from './handlers.ts';
import { dependableLog, stderrLog } from './log.ts';
import { guardProcess } from './process-guard.ts';
import { drainOnSignals } from './stop-signals.ts';
import { systemClock, type WorkerClock } from './worker-clock.ts';
import { WorkerSession } from './worker-session.ts';

/** Options of `createWorker`. */
export interface WorkerOptions {
  readonly url: string;
  readonly apiKey?: string;
  /** Tasks, and workflows with the tasks of their steps. */
  readonly definitions: readonly Definition[];
  /** Queues to serve; default: every queue. */
  readonly queues?: readonly QueueDef[];
  /** Attempts at once, 1..10,000; default 100. */
  readonly concurrency?: number;
  /** Shown in the list of workers; default: host and process id. */
  readonly name?: string;
  /** Drain on SIGTERM, SIGINT and SIGHUP; a second request drains at once. Default: the program does that itself. */
  readonly signals?: boolean;
  /** The time that a drain asked for by a signal gives handlers to finish; default `"30s"`. */
  readonly drain?: Duration;
  /**
   * The time for which a handler keeps its slot that goes on after its attempt ended (it timed out, was cancelled or
   * lost, and does not mind `ctx.signal`); default `"5m"`.
   */
  readonly abandonAfter?: Duration;
  /** Default: JSON lines on stderr. */
  readonly log?: Log;
  readonly labels?: NotAvailable<'labels'>;
}

/** Takes work from the server and carries it out in this process. */
export interface Worker {
  /**
   * Registers the definitions and the workflows that their steps start, takes work and carries it out until it is
   * drained. It reconnects by itself, and registers again where the server began a new session, for its data may be new.
   * Rejects when no further try can do better: `UnauthorizedError` for credentials that do not suffice, and in production
   * (`NODE_ENV=production`) `ConflictError` for a definition whose graph changed under the same version. Elsewhere that is
   * a warning, and the changed graph takes the place of the other one.
   */
  run(): Promise<void>;
  /** Resolves when the worker can be given work. */
  ready(): Promise<void>;
  /**
   * Takes nothing new, lets handlers finish until `deadline` (default `"30s"`), also those whose attempts have ended,
   * then aborts them and hands their work back without costing an attempt. Handlers that still run then are logged.
   * Resolves when everything reported is acknowledged, or cannot be.
   */
  drain(deadline?: Duration): Promise<void>;
}

/** Replaced by tests: nothing else of a worker depends on time or chance. */
export interface WorkerEnvironment {
  readonly clock: WorkerClock;
  readonly random: () => number;
  /** A definition that changed under the same version is refused, instead of replaced with a warning. */
  readonly production?: boolean;
  /** The time of attempts, where it is not that of the connection. */
  readonly attemptClock?: WorkerClock;
  /** The time of leases and signs of life. */
  readonly leaseClock?: WorkerClock;
  /** Ends it as a killed process ends: nothing is handed back, reported or waited for. */
  readonly killed?: AbortSignal;
}

const rules = {
  definitions: isListOf(isDefinition('task', 'workflow', 'queue')),
  queues: isListOf(isDefinition('queue')),
  concurrency: isWhole(1, 10_000),
  name: isText(200),
  signals: isFlag,
  drain: isDuration,
  abandonAfter: isDuration,
  log: isLog,
};
const known = ['url', 'apiKey', ...Object.keys(rules), 'labels'];

/**
 * Makes a worker for the definitions given. Handlers cannot stop it: what they throw, also in promises that they forgot,
 * is charged to their attempt. A definition that two different values claim is refused at once (`duplicate_definition`).
 *
 * @example
 * import { createTaskFlow, createWorker, task } from '@taskflow/sdk';
 *
 * const url = 'http://127.0.0.1:7400';
 * const shout = task({ id: 'shout', run: (text: string) => text.toUpperCase() });
 * const worker = createWorker({ url, definitions: [shout], concurrency: 50 });
 * const running = worker.run();
 *
 * await using taskflow = createTaskFlow({ url });
 * console.log(await taskflow.execute(shout, 'hello')); // HELLO
 * await worker.drain();
 * await running;
 */
export function createWorker(
  options: WorkerOptions,
  { production = inProduction(), ...environment }: WorkerEnvironment = { clock: systemClock, random: Math.random },
): Worker {
  refuseUnavailable('createWorker', options, ['labels']);
  refuseUnknown('createWorker', options, known);
  checkOptions('createWorker', options, rules);
  const { concurrency = 100 } = options;
  const log = dependableLog(options.log ?? stderrLog);
  const handlers = createHandlers(options.definitions);
  const api = createHttpApi({ url: options.url, apiKey: options.apiKey, patienceMs: Number.POSITIVE_INFINITY });
  const session = new WorkerSession(
    {
      name: options.name ?? `${hostname()}-${process.pid}`,
      queues: options.queues?.map((queue) => queue.id),
      concurrency,
      handlers,
      abandonAfterMs: durationMs(options.abandonAfter ?? '5m'),
      log,
      attemptClock: environment.attemptClock,
      leaseClock: environment.leaseClock,
      renewed: () => void announcement.repeat((error) => session.fail(error)),
    },
    { url: api.url, apiKey: options.apiKey, clock: environment.clock, random: environment.random },
  );
  const starting = new AbortController();
  const { killed } = environment;
  const die = (): void => {
    starting.abort();
    session.fail(killed?.reason);
  };
  killed?.addEventListener('abort', die, { once: true });
  const { signal } = starting;
  const announcement = new Announcement({ api, workflows: handlers.workflows, production, log, signal });
  let running: Promise<void> | undefined;

  const drain = async (deadline: Duration = '30s'): Promise<void> => {
    checkOptions('drain', { deadline }, { deadline: isDuration });
    starting.abort();
    return session.drain(durationMs(deadline));
  };
  const run = async (): Promise<void> => {
    const releases = [guardProcess()];
    if (options.signals === true) {
      const drainMs = durationMs(options.drain ?? '30s');
      releases.push(drainOnSignals({ log, clock: environment.clock, drainMs, drain: (ms) => void drain(ms) }));
    }
    try {
      await announcement.make();
      if (!starting.signal.aborted) session.open();
      await session.ended;
    } catch (error) {
      session.fail(error);
      if (!starting.signal.aborted) throw error;
    } finally {
      for (const release of releases) release();
    }
  };
  return {
    run: () => {
      running ??= run();
      return running;
    },
    ready: () => session.ready,
    drain,
  };
}
