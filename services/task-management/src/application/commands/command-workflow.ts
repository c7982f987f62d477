import type { AdvanceCommand, AdvanceOutcome, WorkflowCommand } from '../advance/advance-command.ts';
import type { WorkflowReader, WorkflowView } from '../queries/read-workflow.ts';
import type { CommandResult } from './command-task.ts';

export interface CommandWorkflowDependencies {
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  readonly workflows: Pick<WorkflowReader, 'view'>;
}

/** Asks something of a workflow, and resolves once it is durable, without looking what the workflow is then. */
export function createAskWorkflow({ submit }: Pick<CommandWorkflowDependencies, 'submit'>) {
  return async (command: WorkflowCommand): Promise<CommandResult<{ readonly id: string }>> => {
    const outcome = await submit(command);
    if (outcome.kind === 'refused') return outcome;
    return outcome.kind === 'not-found' ? { refusal: 'not-found' } : { subject: { id: command.workflowId } };
  };
}

/**
 * Cancels, pauses, resumes or settles a compensation of a workflow. Resolves once the command is durable, with the
 * workflow as it is then.
 */
export function createCommandWorkflow({ submit, workflows }: CommandWorkflowDependencies) {
  const ask = createAskWorkflow({ submit });
  return async (command: WorkflowCommand): Promise<CommandResult<WorkflowView>> => {
    const asked = await ask(command);
    if ('refusal' in asked) return asked;
    const view = await workflows.view(command.tenantId, command.workflowId);
    return view ? { subject: view } : { refusal: 'not-found' };
  };
}
