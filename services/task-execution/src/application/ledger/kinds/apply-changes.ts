import { sanitizeError } from '../../../domain/task-error.ts';
import { type CommandKind, sumOf } from '../command-kind.ts';
import { folded, itemStatement, type LedgerStatement, silentStatement, sweepStatement } from '../ledger-statement.ts';

/** Deleting the row is the fence; the worker that ran it is told afterwards. */
const cancel: LedgerStatement = itemStatement({
  name: 'cancel',
  emits: true,
  items: ({ changes }) => folded(changes.cancels),
  send: (tx, tasks) => tx.cancel(tasks),
  decide(row, task, { events }) {
    const cancelled = [events.cancelled({ ...row, ...task }, row.attempts, row.outcomeUnknown)];
    if (!row.held) return { events: cancelled };
    const { queue, type } = row;
    const ended = { tenantId: task.tenantId, queue, type, outcome: 'cancelled', takenBack: 'cancelled' } as const;
    return { events: cancelled, ended: { ...row.held, ...ended } };
  },
});

/** What never had a row ends without the database. */
const cancelOnArrival: LedgerStatement = sweepStatement({
  name: 'cancel-on-arrival',
  emits: true,
  items: ({ changes }) => folded(changes.cancelledOnArrival),
  send: (_tx, works) => Promise.resolve(works),
  decide: (work, { events }) => ({ events: [events.cancelled(work, 0, false)] }),
});

const refuse: LedgerStatement = sweepStatement({
  name: 'refuse',
  emits: true,
  items: ({ changes }) => folded(changes.refused),
  send: (_tx, works) => Promise.resolve(works),
  decide(work, { events }) {
    const error = sanitizeError(work.error);
    return { events: [events.failed(work, { attempt: 0, reason: 'terminal', error, outcomeUnknown: false })] };
  },
});

const reprioritize: LedgerStatement = silentStatement({
  name: 'reprioritize',
  items: ({ changes }) => folded(changes.priorities),
  send: (tx, tasks) => tx.reprioritize(tasks),
});

const forgetDeadLetters: LedgerStatement = silentStatement({
  name: 'forget-dead-letters',
  items: ({ changes }) => folded(changes.retried),
  send: (tx, tasks) => tx.forgetDeadLetters(tasks),
});

/** New work is announced when its first attempt ends or has run for a while, so taking it in publishes nothing. */
const accept: LedgerStatement = sweepStatement({
  name: 'accept-work',
  emits: false,
  items: ({ changes }) => folded(changes.arrivals),
  send: async (tx, _works, { arrivals }) => [...(await tx.acceptWork(arrivals))],
  decide: (openPartition) => ({ openPartition }),
});

/** Applies what another service's events ask for. */
export const applyChanges: CommandKind<'apply'> = {
  weigh: ({ changes }) => ({
    rows: changes.length,
    bytes: sumOf(changes, (change) => (change.kind === 'arrive' ? change.work.payload.length : 0)),
  }),
  // Its position moves with all of it: what is at fault is cut out instead.
  halves: () => [],
  statements: [cancel, cancelOnArrival, refuse, reprioritize, forgetDeadLetters, accept],
};
