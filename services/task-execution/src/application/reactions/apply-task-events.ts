import type { StreamEntry } from '@taskflow/kit-messaging';
import type { Log } from '@taskflow/kit-telemetry';
import type { WorkChange } from '../../domain/fold-changes.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ExecutionMeter } from '../ports/execution-meter.ts';
import { changeOf } from './task-changes.ts';

/**
 * Applies consecutive entries of task-management's stream: their effect and the moved position are one transaction,
 * so that entries that come again do nothing. An event that cannot be read is counted, logged and passed over; the
 * stream must not stop for it.
 */
export function createApplyTaskEvents(deps: { ledger: Ledger; meter: ExecutionMeter; log: Log }) {
  return async (entries: readonly StreamEntry[], logIdentity: string): Promise<void> => {
    const [first] = entries;
    const last = entries.at(-1);
    if (!first || !last) return;
    const changes: WorkChange[] = [];
    for (const entry of entries) {
      for (const event of entry.events) {
        const change = changeOf(event);
        if (change) changes.push(change);
        if (change?.kind === 'refuse') {
          deps.meter.isolated('work');
          deps.log.error(
            { eventId: event.id, taskId: change.work.taskId, reason: change.work.error.message },
            'a task cannot be carried out and ends by name',
          );
        }
        if (!change) {
          deps.meter.unreadable(event.type);
          deps.log.error({ eventId: event.id, eventType: event.type }, 'an event cannot be read and is passed over');
        }
      }
    }
    const { source, stream } = first;
    const move = { source, stream, from: first.seq - 1, to: last.seq, logIdentity };
    await deps.ledger.submit({ kind: 'apply', move, changes });
  };
}
