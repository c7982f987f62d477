import type { PositionMove } from '@taskflow/kit-messaging-postgres';
import type { AdvanceCommand, AdvanceOutcome, ReceivedEvent } from '../advance/advance-command.ts';

export interface ApplyTaskExecutionEventsDependencies {
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
}

/** Applies what task-execution reports; its effect and the moved position are one transaction of the advance writer. */
export function createApplyTaskExecutionEvents({ submit }: ApplyTaskExecutionEventsDependencies) {
  return async (events: readonly ReceivedEvent[], move: PositionMove): Promise<void> => {
    await submit({ kind: 'apply-execution-events', move, events });
  };
}
