import { type CommandKind, halvesOf } from '../command-kind.ts';
import { itemStatement, type LedgerStatement } from '../ledger-statement.ts';

const expire: LedgerStatement = itemStatement({
  name: 'expire-sessions',
  emits: true,
  items: (batch) => batch.items('expire-sessions', ({ sessions }) => sessions),
  async send(tx, sessions) {
    const places = new Map(sessions.map(({ id }, n) => [id, n]));
    const expired = await tx.expireSessions([...places.keys()]);
    return expired.map((session) => ({ ...session, n: places.get(session.id) ?? -1 }));
  },
  decide: (session, { leases }, { events }) => ({
    events: [events.workerLost(session, leases)],
    expiredSession: session.id,
  }),
});

/** Sessions without a sign of life for a lease. */
export const expireSessions: CommandKind<'expire-sessions'> = {
  weigh: ({ sessions }) => ({ rows: sessions.length, bytes: 0 }),
  halves: ({ sessions }) => halvesOf(sessions, (half) => ({ kind: 'expire-sessions', sessions: half })),
  statements: [expire],
};
