import type { AdvanceCommand, AdvanceOutcome } from '../advance/advance-command.ts';
import { readWorkflow, type WorkflowView } from '../queries/read-workflow.ts';
import type { CommandResult } from './command-task.ts';
import type { ReadingStore } from '../ports/reading-store.ts';
import type { CompiledGraphs } from '../compiled-graphs.ts';

export interface CancelWorkflowDependencies {
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  readonly reading: Pick<ReadingStore, 'readWorkflow' | 'readSteps'>;
  readonly graphs: CompiledGraphs;
}

/** Asks every live step to end and starts no other. The workflow is cancelled when the last live step has ended. */
export function cancelWorkflow({ submit, reading, graphs }: CancelWorkflowDependencies) {
  const read = readWorkflow({ reading, graphs });
  return async (tenantId: string, workflowId: string, reason?: string): Promise<CommandResult<WorkflowView>> => {
    const outcome = await submit({ type: 'cancel-workflow', tenantId, workflowId, reason });
    if (outcome.type === 'not-found') return { refusal: 'not-found' };
    if (outcome.type === 'refused') return { refusal: outcome.refusal, status: outcome.status };
    const view = await read(tenantId, workflowId);
    return view ? { subject: view } : { refusal: 'not-found' };
  };
}
