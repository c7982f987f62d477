import type { PositionMove } from '@taskflow/kit-messaging-postgres';
import type { AdvanceCommand, AdvanceOutcome, ReceivedFact } from '../advance/advance-command.ts';

export interface FollowExecutionsDependencies {
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
}

/** Applies what task-execution reports; its effect and the moved position are one turn of the advance writer. */
export function createFollowExecutions({ submit }: FollowExecutionsDependencies) {
  return async (facts: readonly ReceivedFact[], { logIdentity: identity, ...move }: PositionMove): Promise<void> => {
    await submit({ type: 'apply-facts', advance: { ...move, identity }, facts });
  };
}
