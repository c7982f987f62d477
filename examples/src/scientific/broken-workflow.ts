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

export interface CompensationReport {
  readonly completed: number;
  readonly compensated: number;
  /** What breaks a promise, one sentence each: a finished step that stands, one undone in vain, or a wrong order. */
  readonly wrong: readonly string[];
}

/** Exactly the finished steps are undone, each after everything that followed it. */
export function judgeCompensation({ steps }: WorkflowBody): CompensationReport {
  const completed = new Set(steps.filter(({ status }) => status === 'completed').map(({ key }) => key));
  const compensating = new Map(steps.map(({ key, compensation }) => [key, compensation]));
  const compensated = new Set([...compensating].flatMap(([key, each]) => (each?.status === 'completed' ? [key] : [])));
  const wrong = [
    ...[...completed].filter((key) => !compensated.has(key)).map((key) => `${key} completed and was not undone`),
    ...[...compensated].filter((key) => !completed.has(key)).map((key) => `${key} was undone and had not completed`),
  ];
  for (const { key, dependsOn } of steps) {
    const ended = compensating.get(key)?.finishedAt;
    for (const earlier of dependsOn) {
      const began = compensating.get(earlier)?.startedAt;
      if (ended !== undefined && began !== undefined && began < ended)
        wrong.push(`${earlier} was undone before ${key}`);
    }
  }
  return { completed: completed.size, compensated: compensated.size, wrong };
}
