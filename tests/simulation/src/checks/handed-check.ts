import type { WorkerLedger } from '../workers/worker-ledger.ts';
import type { TaskCheck } from './task-check.ts';

/** Every step was handed what the step that it names came to, and nothing else. */
export function checkHandedOn({ executions }: WorkerLedger, held: TaskCheck): string[] {
  const results = new Map<string, unknown>();
  for (const { workflow_id: workflowId, step, result } of held.tasks.values()) {
    if (workflowId !== null) results.set(`${workflowId}/${step}`, JSON.parse(String(result ?? 'null')));
  }
  return executions.flatMap(({ handed }) => {
    if (handed === undefined) return [];
    const { workflowId, step, wants, given } = handed;
    const result = results.get(`${workflowId}/${wants}`);
    if (leaseOf(given) !== undefined && leaseOf(given) === leaseOf(result)) return [];
    return [
      `step ${step} of workflow ${workflowId} was handed ${JSON.stringify(given)}, and ${wants} came to ${JSON.stringify(result)}`,
    ];
  });
}

/** The hand-over whose handler made a result. */
function leaseOf(result: unknown): unknown {
  return (result as { lease?: string } | null | undefined)?.lease;
}
