import { setTimeout as pause } from 'node:timers/promises';
import type { HttpClient } from './http-client.ts';

export interface Finished {
  readonly tasks: number;
  readonly workflows: number;
  readonly atMs: number;
}

/** How much the platform has finished since its start, as its metrics say. Rejects when something did not complete. */
export async function readFinished(client: HttpClient): Promise<Finished> {
  const { body } = await client.get('/metrics');
  const failed = sum(body, /^(?:tasks|workflows)_finished_total\{[^}]*status="(?!completed)[^}]*\} (\S+)/gm);
  if (failed > 0) throw new Error(`${failed} tasks or workflows of the benchmark did not complete`);
  return {
    tasks: sum(body, /^tasks_finished_total\{[^}]*\} (\S+)/gm),
    workflows: sum(body, /^workflows_finished_total\{[^}]*\} (\S+)/gm),
    atMs: performance.now(),
  };
}

/** Resolves when `count` tasks have been finished since the platform started; rejects after a minute without progress. */
export async function untilTasksFinished(client: HttpClient, count: number): Promise<void> {
  let last = await readFinished(client);
  let progressAt = last.atMs;
  while (last.tasks < count) {
    if (last.atMs - progressAt > 60_000)
      throw new Error(`${count - last.tasks} tasks were not finished within a minute`);
    await pause(50);
    const now = await readFinished(client);
    if (now.tasks > last.tasks) progressAt = now.atMs;
    last = now;
  }
}

function sum(text: string, pattern: RegExp): number {
  let total = 0;
  for (const match of text.matchAll(pattern)) total += Number(match[1]);
  return total;
}
