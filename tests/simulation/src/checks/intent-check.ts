import type { Intent } from '../workload/intent.ts';
import type { Image } from './audit-reader.ts';
import type { TaskCheck } from './task-check.ts';

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

function tagOf({ options }: Image): string {
  const { tags } = JSON.parse(String(options ?? '{}')) as { tags?: Record<string, string> };
  return tags?.intent ?? '';
}

function judgeSteps(id: string, { body }: Intent, tasks: Map<string, Image>, held: TaskCheck): string[] {
  const status = held.workflows.get(id)?.status;
  const steps = body.steps as readonly Step[];
  const found: string[] = [];
  for (const { key, dependsOn, onError } of steps) {
    const task = tasks.get(key);
    if (status === 'completed' && task?.status !== 'completed' && !(onError === 'continue' && task)) {
      found.push(`workflow ${id} is completed and its step ${key} ${task?.status ?? 'never began'}`);
    }
    if (!task) continue;
    for (const before of dependsOn) {
      const needed = tasks.get(before);
      const completedAs = held.completedAs.get(String(needed?.id)) ?? Number.POSITIVE_INFINITY;
      if (completedAs < (held.createdAs.get(String(task.id)) ?? 0)) continue;
      // The completion and the steps that follow from it are one transaction: within it their order says nothing.
      const isTolerated = steps.find((step) => step.key === before)?.onError === 'continue' && needed !== undefined;
      if (needed?.status !== 'completed' && !isTolerated) found.push(`step ${key} of workflow ${id} began before ${before} completed`);
    }
  }
  const reached = steps.every(({ key }) => tasks.get(key)?.status === 'completed');
  if (reached && status === 'failed') found.push(`workflow ${id} is failed and all its steps are completed`);
  return found;
}
