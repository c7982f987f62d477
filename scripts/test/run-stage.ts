import { join } from 'node:path';
import { repositoryRoot } from '../files/list-files.ts';
import type { Stage } from './discover.ts';
import type { Report } from './report.ts';
import { runFile } from './run-file.ts';

export async function runStage(stage: Stage, context: { report: Report; signal: AbortSignal }): Promise<void> {
  const { report, signal } = context;
  if (stage.files.length === 0 || signal.aborted) return;
  report.stage(stage.name, stage.files.length);
  const waiting = [...stage.files];
  const runner = async (): Promise<void> => {
    for (let path = waiting.shift(); path !== undefined && !signal.aborted; path = waiting.shift()) {
      const options = { timeoutMs: stage.fileTimeoutMs, signal };
      report.file(path, await runFile(join(repositoryRoot, path), options));
    }
  };
  await Promise.all(Array.from({ length: stage.concurrency }, runner));
}
