import type { WorkerLedger } from '../workers/worker-ledger.ts';
import type { TaskCheck } from './task-check.ts';

/** Every step was handed what the step that it names came to, in one of its generations, and nothing else. */
export function checkHandedOn({ executions }: WorkerLedger, held: TaskCheck): string[] {
  const results = new Map<string, unknown[]>();
  for (const [id, { workflow_id: workflowId, step }] of held.tasks) {
    const own = (held.results.get(id) ?? []).map((result) => JSON.parse(String(result ?? 'null')) as unknown);
    if (workflowId !== null) results.set(`${workflowId}/${step}`, own);
  }
  return executions.flatMap(({ handed }) => {
    if (handed === undefined) return [];
    const { workflowId, step, wants, given } = handed;
    const own = results.get(`${workflowId}/${wants}`) ?? [];
    if (leaseOf(given) !== undefined && own.some((result) => leaseOf(given) === leaseOf(result))) return [];
    return [
      `step ${step} of workflow ${workflowId} was handed ${JSON.stringify(given)}, and ${wants} came to ${JSON.stringify(own)}`,
    ];
  });
}

/** The hand-over whose handler made a result. */
function leaseOf(result: unknown): unknown {
  return (result as { lease?: string } | null | undefined)?.lease;
}
