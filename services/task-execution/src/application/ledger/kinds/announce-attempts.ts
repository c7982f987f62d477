import { type CommandKind, halvesOf } from '../command-kind.ts';
import { itemStatement, type LedgerStatement } from '../ledger-statement.ts';

const announce: LedgerStatement = itemStatement({
  name: 'announce-attempts',
  emits: true,
  items: (batch) => [
    ...batch.items('announce', ({ leases }) => leases),
    // Progress is about an attempt that consumers know of: what is not announced yet is announced before it.
    ...batch.items('progress', ({ reports }) => reports),
  ],
  send: (tx, leases) => tx.announceAttempts(leases),
  decide: (row, { tenantId, taskId }, { events }) => ({
    events: events.started({ ...row, tenantId, taskId }, row.session),
  }),
});

/** Attempts that have run for a while. */
export const announceAttempts: CommandKind<'announce'> = {
  weigh: ({ leases }) => ({ rows: leases.length, bytes: 0 }),
  halves: ({ leases }) => halvesOf(leases, (half) => ({ kind: 'announce', leases: half })),
  statements: [announce],
};
