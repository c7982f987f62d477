import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Duty, type Service, type Trouble } from '@taskflow/kit-lifecycle';
import { backoff } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import { type Clock, type Random, systemRandom } from '@taskflow/kit-time';
import { PlatformError } from './platform-error.ts';
import type { WorkerMessage, WorkerOrders } from './worker-messages.ts';

export interface WorkerDefinitions {
  tasks: readonly string[];
  workflows: readonly string[];
  /** Files that they were read from. */
  files: readonly string[];
}

export interface WorkerProcess extends Service {
  /** Definitions that the worker holds; empty before it was ready. */
  readonly holds: WorkerDefinitions;
  readonly pid: number | undefined;
  /** Processes that ended unasked before they had run for a while. */
  trouble(): Trouble | undefined;
  /** Ends it at once; what it was doing is taken back when its session has run out. */
  kill(): Promise<void>;
}

interface WorkerProcessOptions {
  orders: WorkerOrders;
  clock: Clock;
  log: Log;
  random?: Random;
}

const entry = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
const restartPause = { baseMs: 200, capMs: 10_000 };
/** A worker that was ready for so long died of something new, not of its start. */
const steadyMs = 10_000;
/** On top of the drain: time to hand work back and leave. */
const leaveMs = 5_000;

/**
 * Runs a worker as a child process, and starts it again after a growing pause whenever it ends unasked. `start`
 * resolves when the first one is ready, and rejects when its definitions are refused.
 */
export function createWorkerProcess(options: WorkerProcessOptions): WorkerProcess {
  const { orders, clock, log, random = systemRandom } = options;
  const first = Promise.withResolvers<void>();
  let holds: WorkerDefinitions = { tasks: [], workflows: [], files: [] };
  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();
  let cancelRestart = () => {};
  const staying = new Duty(clock);
  let stopping = false;
  let readySince: number | undefined;

  const spawn = () => {
    const worker = fork(entry, [JSON.stringify(orders)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const gone = Promise.withResolvers<void>();
    readySince = undefined;
    child = worker;
    ended = gone.promise;
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'refused') {
        first.reject(new PlatformError('invalid_definitions', `The worker cannot be started: ${message.reason}`));
        return log.error({ reason: message.reason }, 'the worker process was refused');
      }
      readySince = clock.monotonic();
      holds = { tasks: message.tasks, workflows: message.workflows, files: message.files };
      first.resolve();
    });
    worker.on('error', (error) => log.error({ err: error }, 'the worker process cannot be run'));
    worker.once('close', (code, signal) => {
      gone.resolve();
      if (stopping) return;
      if (readySince !== undefined && clock.monotonic() - readySince > steadyMs) staying.done();
      staying.failed(new Error(`the worker process keeps ending (${signal ?? `exit code ${code}`})`));
      readySince = undefined;
      const { failures } = staying;
      const pauseMs = backoff(failures, restartPause, random);
      log.warn({ code, signal, failures, pauseMs }, 'the worker process ended and will be started again');
      cancelRestart = clock.after(pauseMs, spawn);
    });
  };

  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    stopping = true;
    cancelRestart();
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const worker = child;
    worker.kill(signal);
    const force = clock.after(orders.drainMs + leaveMs, () => worker.kill('SIGKILL'));
    await ended;
    force();
  };
  const isSteady = () => readySince !== undefined && clock.monotonic() - readySince > steadyMs;
  let started = false;
  let stopped: Promise<void> | undefined;
  return {
    name: 'worker',
    get holds() {
      return holds;
    },
    get pid() {
      return child?.pid;
    },
    start: () => {
      if (!started) spawn();
      started = true;
      return first.promise;
    },
    stop: () => (stopped ??= end('SIGTERM')),
    kill: () => end('SIGKILL'),
    trouble: () => (isSteady() ? undefined : staying.trouble()),
  };
}
