import { type CommandKind, indivisible } from '../command-kind.ts';
import { itemStatement, type LedgerStatement } from '../ledger-statement.ts';

const giveUp: LedgerStatement = itemStatement({
  name: 'give-up',
  emits: true,
  items: (batch) => batch.items('give-up', ({ task }) => [task]),
  // A task that stands in two places, which is a fault by itself, ends once.
  send: async (tx, tasks) => [...new Map((await tx.cancel(tasks)).map((row) => [row.n, row])).values()],
  decide({ held, queue, type, attempts }, { error, ...task }, { events }) {
    const failure = { attempt: attempts, reason: 'terminal', error, outcomeUnknown: true };
    // Its own values may be what is at fault, so that its end says only what cannot be.
    const failed = [events.failed({ ...task, queue, type, options: null }, failure)];
    if (!held) return { events: failed };
    const ended = { tenantId: task.tenantId, queue, type, outcome: 'failed', takenBack: 'cancelled' } as const;
    return { events: failed, ended: { ...held, ...ended } };
  },
});

/** A task that cannot be carried on, wherever it is. */
export const giveUpTask: CommandKind<'give-up'> = { ...indivisible, statements: [giveUp] };
