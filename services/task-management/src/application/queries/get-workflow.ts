import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { WithGraph } from '../ports/reading-store.ts';
import type { WorkflowRecord } from '../workflow-record.ts';
import type { WaitRequest } from './get-task.ts';
import { type ReadWorkflowDependencies, readWorkflow, type WorkflowView } from './read-workflow.ts';
import type { Waiters } from './waiters.ts';

/** Reads a workflow with its steps; with a wait, as soon as it has ended or the time is up. */
export function getWorkflow(dependencies: ReadWorkflowDependencies & { readonly waiters: Waiters }) {
  const { reading, waiters } = dependencies;
  const view = readWorkflow(dependencies);
  return async (tenantId: string, id: string, wait: WaitRequest | undefined): Promise<WorkflowView | undefined> => {
    if (wait !== undefined) {
      // Only the header is looked at while waiting; its steps may be ten thousand.
      const read = async () => (await reading.readWorkflow(tenantId, id)) ?? null;
      const isOver = (header: WithGraph<WorkflowRecord> | null) => header === null || isFinalWorkflow(header.status);
      await waiters.await(id, { ...wait, read, isOver });
    }
    return view(tenantId, id);
  };
}
