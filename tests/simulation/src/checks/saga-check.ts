import type { Effects } from '../workers/effects.ts';
import type { Intent } from '../workload/intent.ts';
import type { Image } from './audit-reader.ts';
import type { TaskCheck } from './task-check.ts';

interface Step {
  readonly key: string;
  readonly type?: string;
  readonly dependsOn?: readonly string[];
  readonly commit?: boolean;
  readonly compensation?: object;
  readonly each?: object;
}

/**
 * At rest a workflow balances: what its steps did is kept where it completed, and undone where it was undone. One that
 * is stuck waits for a person, and is not judged.
 */
export function checkSagas(intents: readonly Intent[], held: TaskCheck, effects: Effects): string[] {
  const rowsOf = Map.groupBy(
    [...held.tasks.values()].filter(({ workflow_id }) => workflow_id !== null),
    ({ workflow_id }) => String(workflow_id),
  );
  const bodies = new Map(intents.map(({ number, body }) => [`flow-i${number}`, body]));
  return [...held.workflows].flatMap(([id, { name, status }]) => {
    const body = bodies.get(String(name));
    if (body === undefined) return [];
    const rows = new Map((rowsOf.get(id) ?? []).map((row) => [String(row.step), row]));
    const steps = body.steps as readonly Step[];
    if (status === 'completed') return unkept(id, steps, rows, effects);
    const isCompensated = status === 'compensated' || (status === 'failed' && body.onFailure !== 'stop');
    return isCompensated ? unbalanced(id, String(status), steps, rows, effects) : [];
  });
}

function unkept(id: string, steps: readonly Step[], rows: Map<string, Image>, effects: Effects): string[] {
  return steps
    .filter(({ key, type, each }) => type !== undefined && !each && rows.get(key)?.status === 'completed')
    .filter(({ key }) => effects.net(id, key) !== 1)
    .map(({ key }) => `workflow ${id} is completed and the net effect of ${key} is ${effects.net(id, key)}`);
}

function unbalanced(
  id: string,
  status: string,
  steps: readonly Step[],
  rows: Map<string, Image>,
  effects: Effects,
): string[] {
  const kept = new Set<string>();
  const keep = (key: string) => {
    if (kept.has(key)) return;
    kept.add(key);
    for (const before of steps.find((step) => step.key === key)?.dependsOn ?? []) keep(before);
  };
  for (const { key, commit } of steps) if (commit && rows.get(key)?.status === 'completed') keep(key);
  return steps
    .filter(({ key, compensation }) => compensation !== undefined && !kept.has(key))
    .filter(({ key }) => effects.net(id, key) !== 0)
    .map(
      ({ key }) =>
        `workflow ${id} is ${status} and the net effect of ${key} (${rows.get(key)?.status}) is ${effects.net(id, key)}`,
    );
}
