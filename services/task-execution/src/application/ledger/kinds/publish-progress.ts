import { type CommandKind, halvesOf } from '../command-kind.ts';
import { itemStatement, type LedgerStatement } from '../ledger-statement.ts';

const verify: LedgerStatement = itemStatement({
  name: 'verify-leases',
  emits: true,
  items: (batch) => batch.items('progress', ({ reports }) => reports),
  send: (tx, reports) => tx.verifyLeases(reports),
  decide(row, { tenantId, taskId, fraction, message }, { events }) {
    const subject = { tenantId, taskId, generation: row.generation, queue: '', type: '', options: row.options };
    const progress = { attempt: row.attempt, fraction, ...(message !== undefined && { message }) };
    return { events: [events.progressed(subject, progress)] };
  },
});

/** The latest word of running attempts; `announce-attempts` tells of their start before it. */
export const publishProgress: CommandKind<'progress'> = {
  weigh: ({ reports }) => ({ rows: reports.length, bytes: 0 }),
  halves: ({ reports }) => halvesOf(reports, (half) => ({ kind: 'progress', reports: half })),
  statements: [verify],
};
