import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { WorkflowRecord } from '../records/workflow-record.ts';
import type { WaitRequest } from './get-task.ts';
import type { WorkflowReader, WorkflowView } from './read-workflow.ts';
import type { ResultSubscribers } from './result-subscribers.ts';

export interface GetWorkflowDependencies {
  readonly workflows: WorkflowReader;
  readonly subscribers: ResultSubscribers;
}

/** Reads a workflow with its steps; with a wait, as soon as it has ended or the time is up. */
export function createGetWorkflow({ workflows, subscribers }: GetWorkflowDependencies) {
  return async (tenantId: string, id: string, wait: WaitRequest | undefined): Promise<WorkflowView | undefined> => {
    if (wait !== undefined) {
      // Only the header is looked at while waiting; its steps may be ten thousand.
      const read = async () => (await workflows.header(tenantId, id)) ?? null;
      const isOver = (header: WorkflowRecord | null) => header === null || isFinalWorkflow(header.status);
      await subscribers.await(id, { ...wait, read, isOver });
    }
    return workflows.view(tenantId, id);
  };
}
