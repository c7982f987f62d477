import { setTimeout as pause } from 'node:timers/promises';
import type { HttpClient } from './http-client.ts';

export interface Finished {
  readonly tasks: number;
  /** Tasks and workflows that did not complete. Those of sagas are meant to fail. */
  readonly failed: number;
  readonly workflows: number;
  readonly atMs: number;
}

/** How much the platform has finished since its start, as its metrics say. */
export async function readFinished(client: HttpClient): Promise<Finished> {
  const { body } = await client.get('/metrics');
  return {
    tasks: sum(body, /^tasks_finished_total\{[^}]*\} (\S+)/gm),
    failed: sum(body, /^(?:tasks|workflows)_finished_total\{[^}]*status="(?!completed)[^}]*\} (\S+)/gm),
    workflows: sum(body, /^workflows_finished_total\{[^}]*\} (\S+)/gm),
    atMs: performance.now(),
  };
}

/**
 * Resolves when `count` tasks have been finished since `start`; rejects after a minute without progress, and when
 * something did not complete.
 */
export async function untilTasksFinished(client: HttpClient, start: Finished, count: number): Promise<void> {
  let last = await readFinished(client);
  let progressAt = last.atMs;
  for (;;) {
    const [finished, failed] = [last.tasks - start.tasks, last.failed - start.failed];
    if (failed > 0) throw new Error(`${failed} tasks or workflows of the benchmark did not complete`);
    if (finished >= count) return;
    if (last.atMs - progressAt > 60_000) throw new Error(`${count - finished} tasks were not finished within a minute`);
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
