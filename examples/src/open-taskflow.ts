import { parseArgs } from 'node:util';
import { createTaskFlow, createWorker, type Definition, type Log, type TaskFlow } from '@taskflow/sdk';

export interface OpenOptions {
  readonly definitions?: readonly Definition[];
  /** Attempts at once. */
  readonly concurrency?: number;
  /** The server of `--url`; absent: the engine in this process, with a database that is gone afterwards. */
  readonly url?: string;
}

export interface Opened extends AsyncDisposable {
  readonly taskflow: TaskFlow;
  readonly url: string;
}

/** The value of `--url`, for examples without other options. */
export function urlArgument(): string | undefined {
  return parseArgs({ options: { url: { type: 'string' } } }).values.url;
}

/** TaskFlow for an example, with a worker for its definitions: one API for the embedded engine and for a server. */
export async function openTaskFlow({ definitions = [], concurrency = 100, url }: OpenOptions): Promise<Opened> {
  if (url === undefined) {
    const taskflow = createTaskFlow({ definitions, dataDir: false, worker: { concurrency } });
    const { url: embedded } = await taskflow.ready();
    return { taskflow, url: embedded, [Symbol.asyncDispose]: () => taskflow.close() };
  }
  const taskflow = createTaskFlow({ url, definitions });
  const worker = createWorker({ url, definitions, concurrency, log: warnings });
  await Promise.race([worker.run(), worker.ready()]);
  return { taskflow, url, [Symbol.asyncDispose]: () => worker.drain() };
}

/** An example prints its own story; only what goes wrong is added to it. */
const warnings: Log = {
  debug: () => {},
  info: () => {},
  warn: (message, fields) => console.error(message, fields ?? ''),
  error: (message, fields) => console.error(message, fields ?? ''),
};
