import type { AdvanceCommand, AdvanceOutcome, WorkflowCommand } from '../advance/advance-command.ts';
import type { WorkflowReader, WorkflowView } from '../queries/read-workflow.ts';
import type { CommandResult } from './command-task.ts';

export interface CommandWorkflowDependencies {
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  readonly workflows: Pick<WorkflowReader, 'view'>;
}

/**
 * Cancels, pauses, resumes or settles a compensation of a workflow. Resolves once the command is durable, with the
 * workflow as it is then.
 */
export function commandWorkflow({ submit, workflows }: CommandWorkflowDependencies) {
  return async (command: WorkflowCommand): Promise<CommandResult<WorkflowView>> => {
    const outcome = await submit(command);
    if (outcome.type === 'refused') return outcome;
    if (outcome.type === 'not-found') return { refusal: 'not-found' };
    const view = await workflows.view(command.tenantId, command.workflowId);
    return view ? { subject: view } : { refusal: 'not-found' };
  };
}
