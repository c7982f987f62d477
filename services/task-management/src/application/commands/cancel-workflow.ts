import type { AdvanceCommand, AdvanceOutcome } from '../advance/advance-command.ts';
import type { WorkflowReader, WorkflowView } from '../queries/read-workflow.ts';
import type { CommandResult } from './command-task.ts';

export interface CancelWorkflowDependencies {
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  readonly workflows: Pick<WorkflowReader, 'view'>;
}

/** Asks every live step to end and starts no other. The workflow is cancelled when the last live step has ended. */
export function cancelWorkflow({ submit, workflows }: CancelWorkflowDependencies) {
  return async (tenantId: string, workflowId: string, reason?: string): Promise<CommandResult<WorkflowView>> => {
    const outcome = await submit({ type: 'cancel-workflow', tenantId, workflowId, reason });
    if (outcome.type === 'not-found') return { refusal: 'not-found' };
    if (outcome.type === 'refused') return outcome;
    const view = await workflows.view(tenantId, workflowId);
    return view ? { subject: view } : { refusal: 'not-found' };
  };
}
