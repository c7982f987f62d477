import type { WorkflowBody } from '@taskflow/sdk';
import type { SleepStep } from './inline-workflow.ts';

/** Every step can be undone; the step named `broken` fails for good instead of doing its work. */
export function breakAt(steps: readonly SleepStep[], broken: string): object[] {
  return steps.map((step) =>
    step.key === broken
      ? {
          key: step.key,
          type: 'taskflow.fail',
          payload: { message: 'broken on purpose' },
          retry: { maxAttempts: 1 },
          dependsOn: step.dependsOn,
        }
      : { ...step, compensation: { type: 'taskflow.noop', payload: { undo: step.key } } },
  );
}

export interface UndoReport {
  readonly completed: number;
  readonly undone: number;
  /** What breaks a promise, one sentence each: a finished step that stands, one undone in vain, or a wrong order. */
  readonly wrong: readonly string[];
}

/** Exactly the finished steps are undone, each after everything that followed it. */
export function judgeUndoing({ steps }: WorkflowBody): UndoReport {
  const completed = new Set(steps.filter(({ status }) => status === 'completed').map(({ key }) => key));
  const undoing = new Map(steps.map(({ key, compensation }) => [key, compensation]));
  const undone = new Set([...undoing].flatMap(([key, each]) => (each?.status === 'completed' ? [key] : [])));
  const wrong = [
    ...[...completed].filter((key) => !undone.has(key)).map((key) => `${key} completed and was not undone`),
    ...[...undone].filter((key) => !completed.has(key)).map((key) => `${key} was undone and had not completed`),
  ];
  for (const { key, dependsOn } of steps) {
    const ended = undoing.get(key)?.finishedAt;
    for (const earlier of dependsOn) {
      const began = undoing.get(earlier)?.startedAt;
      if (ended !== undefined && began !== undefined && began < ended)
        wrong.push(`${earlier} was undone before ${key}`);
    }
  }
  return { completed: completed.size, undone: undone.size, wrong };
}
