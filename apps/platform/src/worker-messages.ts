import type { LogFormat, LogLevel } from '@taskflow/kit-telemetry';

/** What the worker process is told, as JSON in its first argument. */
export interface WorkerOrders {
  url: string;
  /** Paths or globs of modules whose exports are definitions. */
  modules: readonly string[];
  name: string;
  concurrency?: number;
  /** How long handlers may go on once it is told to drain, in milliseconds. */
  drainMs: number;
  log: { level: LogLevel; format: LogFormat };
}

/** What the worker process says, over the channel of `child_process`. */
export type WorkerMessage =
  | { kind: 'ready'; tasks: readonly string[]; workflows: readonly string[]; files: readonly string[] }
  /** No further try can do better: a module cannot be loaded, or a definition is refused. */
  | { kind: 'refused'; reason: string };
