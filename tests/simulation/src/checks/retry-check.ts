import type { Command } from '../workload/intent.ts';
import type { TaskCheck } from './task-check.ts';

/** What had ended runs again because somebody asked for it, whatever the answer was. */
export function checkRetries(commands: readonly Command[], held: TaskCheck): string[] {
  const asked = new Set(commands.flatMap(({ kind, id, status }) => (isRefused(kind, status) ? [] : [id])));
  return [...held.revived]
    .filter((id) => !asked.has(id) && !asked.has(rootOf(id, held)))
    .map((id) => `workflow ${id} ran again, and nobody had asked for that`);
}

function isRefused(kind: Command['kind'], status: number | undefined): boolean {
  return kind !== 'retry-workflow' || (status !== undefined && status >= 400 && status < 500);
}

function rootOf(id: string, held: TaskCheck): string {
  const { root } = JSON.parse(String(held.workflows.get(id)?.options ?? '{}')) as { root?: string };
  return root ?? id;
}
