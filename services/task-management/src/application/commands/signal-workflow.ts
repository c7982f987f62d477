import type { Clock } from '@taskflow/kit-time';
import type { AdvanceCommand, AdvanceOutcome } from '../advance/advance-command.ts';
import type { Digest } from '../ports/digest.ts';
import type { CommandResult } from './command-task.ts';
import { claimOf, type RequestOrigin } from './create-tasks.ts';

export interface SignalWorkflowDependencies {
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  readonly clock: Clock;
  readonly digest: Digest;
}

/** Hands a signal to the step that waits for it, or keeps it for the next one that will. Durable when it resolves. */
export function createSignalWorkflow({ submit, clock, digest }: SignalWorkflowDependencies) {
  return async (
    origin: RequestOrigin,
    workflowId: string,
    signal: string,
    payload: string,
  ): Promise<CommandResult<{ readonly id: string }>> => {
    const claim = claimOf(origin, [workflowId], clock.now(), digest);
    const { tenantId } = origin;
    const outcome = await submit({ kind: 'signal-workflow', tenantId, workflowId, signal, payload, claim });
    if (outcome.kind === 'refused') return outcome;
    return outcome.kind === 'not-found' ? { refusal: 'not-found' } : { subject: { id: workflowId } };
  };
}
