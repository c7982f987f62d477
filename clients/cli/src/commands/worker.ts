import { createWorker, type Duration, loadDefinitions, queue } from '@taskflow/sdk';
import type { CommandContext } from '../command-context.ts';

export interface WorkerOptions {
  readonly queue?: readonly string[];
  readonly concurrency?: number;
  readonly name?: string;
  readonly drain: string;
}

/** Runs a worker for the definitions in the given modules, until SIGTERM or SIGINT. */
export async function runWorker(
  context: CommandContext,
  patterns: readonly string[],
  options: WorkerOptions,
): Promise<void> {
  const { definitions, files } = await loadDefinitions(patterns, process.cwd());
  const worker = createWorker({
    url: context.url,
    apiKey: context.apiKey,
    definitions,
    queues: options.queue?.map((id) => queue({ id })),
    concurrency: options.concurrency,
    name: options.name,
    drain: options.drain as Duration,
    signals: true,
  });
  context.terminal.note(`${definitions.length} definition(s) from ${files.length} file(s); serving ${context.url}`);
  await worker.run();
}
