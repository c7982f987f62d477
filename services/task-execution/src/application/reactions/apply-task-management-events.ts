import type { PositionMove } from '@taskflow/kit-messaging-postgres';
import type { Log } from '@taskflow/kit-telemetry';
import type { WorkChange } from '../../domain/fold-changes.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ExecutionMeter } from '../ports/execution-meter.ts';

export interface ApplyTaskManagementEventsDependencies {
  readonly ledger: Ledger;
  readonly meter: ExecutionMeter;
  readonly log: Log;
}

/** Applies what task-management asks for; its effect and the moved position are one transaction of the ledger. */
export function createApplyTaskManagementEvents({ ledger, meter, log }: ApplyTaskManagementEventsDependencies) {
  return async (changes: readonly WorkChange[], move: PositionMove): Promise<void> => {
    for (const change of changes) {
      if (change.kind !== 'refuse') continue;
      meter.isolated('work');
      const { taskId, error } = change.work;
      log.error({ taskId, reason: error.message }, 'a task cannot be carried out and ends by name');
    }
    await ledger.submit({ kind: 'apply', move, changes });
  };
}
