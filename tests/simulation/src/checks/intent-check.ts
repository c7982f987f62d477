import type { Intent } from '../workload/intent.ts';
import type { Image } from './audit-reader.ts';
import { tagOf, type TaskCheck } from './task-check.ts';

interface Step {
  readonly key: string;
  readonly dependsOn: readonly string[];
  readonly onError?: string;
}

/** At rest: what was accepted is there, once; what is there was wanted; workflows did their steps in order. */
export function checkIntents(intents: readonly Intent[], held: TaskCheck): string[] {
  const made = new Map<string, string[]>();
  const note = (tag: string, id: string) => made.set(tag, [...(made.get(tag) ?? []), id]);
  const stepsOf = new Map<string, Map<string, Image>>();
  for (const [id, task] of held.tasks) {
    if (task.workflow_id === null) note(tagOf(task).split('.')[0] as string, id);
    else {
      const steps = stepsOf.get(String(task.workflow_id)) ?? new Map<string, Image>();
      stepsOf.set(String(task.workflow_id), steps.set(String(task.step), task));
    }
  }
  for (const [id, { name }] of held.workflows) note(String(name).replace('flow-', ''), id);
  return intents.flatMap((intent) => {
    const ids = made.get(`i${intent.number}`) ?? [];
    const found = judge(intent, ids);
    if (intent.what !== 'workflow') return found;
    return [...found, ...ids.flatMap((id) => judgeSteps(id, intent, stepsOf.get(id) ?? new Map(), held))];
  });
}

function judge({ number, state, ids, count, what, key }: Intent, made: readonly string[]): string[] {
  const name = `intent ${number} (${what}${key ? ', with a key' : ''})`;
  if (state === 'open') return [`${name} was never answered`];
  const missing = ids.filter((id) => !made.includes(id));
  if (missing.length > 0) return [`${name} was accepted and ${missing.join()} is lost`];
  if (made.length === count || (state === 'unknown' && made.length === 0)) return [];
  return [`${name} made ${made.length} instead of ${count}`];
}

function judgeSteps(id: string, { body }: Intent, tasks: Map<string, Image>, held: TaskCheck): string[] {
  const status = held.workflows.get(id)?.status;
  const steps = body.steps as readonly Step[];
  const tolerated = new Set(steps.filter(({ onError }) => onError === 'continue').map(({ key }) => key));
  const isSettled = (key: string) => {
    const row = tasks.get(key);
    return row?.status === 'completed' || (row !== undefined && tolerated.has(key));
  };
  const found = steps.flatMap(({ key, dependsOn }) => {
    const begun = held.createdAs.get(String(tasks.get(key)?.id));
    if (begun === undefined) return [];
    return dependsOn
      .filter((before) => !isSettled(before) && !endedBefore(tasks.get(before), begun, held))
      .map((before) => `step ${key} of workflow ${id} began before ${before} completed`);
  });
  if (status === 'completed') {
    const open = steps.filter(({ key }) => !isSettled(key));
    found.push(...open.map(({ key }) => `workflow ${id} is completed and its step ${key} ${tasks.get(key)?.status}`));
  }
  const isWhole = steps.every(({ key }) => tasks.get(key)?.status === 'completed');
  if (isWhole && status === 'failed') found.push(`workflow ${id} is failed and all its steps are completed`);
  return found;
}

/** It completed and was retried since. A completion and what follows from it are one transaction, in any order. */
function endedBefore(row: Image | undefined, begun: number, { completedAs }: TaskCheck): boolean {
  return (completedAs.get(String(row?.id)) ?? Number.POSITIVE_INFINITY) < begun;
}
