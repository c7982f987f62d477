import type { Outbox, Positions } from '@taskflow/kit-messaging-postgres';
import { type Database, int4Array, type Queryable, timestamptzArray, uuidArray } from '@taskflow/kit-postgres';
import type {
  CancelledWork,
  EndedAttempt,
  LedgerStore,
  LedgerTransaction,
  TakenAttempt,
} from '../../application/ports/ledger-store.ts';
import type { Lane } from '../../domain/lane.ts';
import type { LeaseRef } from '../../domain/work.ts';
import {
  arrivalParameters,
  deadLetterParameters,
  leaseParameters,
  queuedParameters,
  taskParameters,
} from './parameters.ts';
import { ledgerStatements } from './statement-files.ts';
import { type LeasedRow, leasedWork, type QueuedRow, queuedWork } from './work-rows.ts';

export interface LedgerStoreDependencies {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly positions: Positions;
}

/** This service writes one stream. */
const stream = 0;

type Statements = ReturnType<typeof ledgerStatements>;

export function createLedgerStore({ database, outbox, positions }: LedgerStoreDependencies): LedgerStore {
  const statements = ledgerStatements();
  return {
    transaction: (durability, work) =>
      database.transaction((tx) => work(ledgerTransaction(tx, statements, outbox, positions)), { durability }),
    recall: (batchId) => outbox.recall(stream, batchId),
    async hasAdvanced(step) {
      const position = await positions.read(step.source, step.stream, step.logIdentity);
      return position.seq >= step.to;
    },
  };
}

function ledgerTransaction(
  tx: Queryable,
  statements: Statements,
  outbox: Outbox,
  positions: Positions,
): LedgerTransaction {
  const take = async (name: 'take-attempts' | 'take-lost-attempts', leases: readonly LeaseRef[]) => {
    const rows = await tx.query<LeasedRow & { n: number }>(statements[name], leaseParameters(leases));
    return rows.map((row): TakenAttempt => ({ ...leasedWork(row), n: row.n - 1 }));
  };
  return {
    async readNow() {
      const [row] = await tx.query<{ now: number }>(statements['read-now']);
      return row?.now ?? 0;
    },
    advance: ({ source, stream: from, from: after, to, logIdentity }) =>
      positions.advance(tx, source, from, after, to, logIdentity),
    async finishAttempts(leases) {
      const rows = await tx.query<EndedRow>(statements['finish-attempts'], leaseParameters(leases));
      return rows.map(endedAttempt);
    },
    takeAttempts: (leases) => take('take-attempts', leases),
    takeLostAttempts: (leases) => take('take-lost-attempts', leases),
    async takeOverdueAttempts(graceMs, most) {
      const rows = await tx.query<LeasedRow>(statements['take-overdue-attempts'], [graceMs, most]);
      return rows.map(leasedWork);
    },
    async takeExpired(from, most) {
      const rows = await tx.query<QueuedRow>(statements[`take-expired-${from}`], [most]);
      return rows.map(queuedWork);
    },
    async cancel(tasks) {
      const parameters = [...taskParameters(tasks), tasks.length];
      // A claim moves work from waiting to leased meanwhile: each statement sees what was committed before it began,
      // so looking in this order finds the work wherever it went.
      const found = await Promise.all([
        tx.query<CancelledRow>(statements['cancel-waiting'], parameters),
        tx.query<CancelledRow>(statements['cancel-leased'], parameters),
        tx.query<CancelledRow>(statements['cancel-delayed'], parameters),
      ]);
      return found.flat().map(cancelledWork);
    },
    async reprioritize(tasks) {
      const parameters = [...taskParameters(tasks), int4Array(tasks.map(({ priority }) => priority)), tasks.length];
      await Promise.all([
        tx.query(statements['reprioritize-waiting'], parameters),
        tx.query(statements['reprioritize-leased'], parameters),
        tx.query(statements['reprioritize-delayed'], parameters),
      ]);
    },
    async lapseSessions(ids) {
      const rows = await tx.query<{ id: string; name: string; tenant_id: string }>(statements['lapse-sessions'], [
        uuidArray(ids),
      ]);
      return rows.map(({ id, name, tenant_id: tenantId }) => ({ id, name, tenantId }));
    },
    async endSessions(ids) {
      await tx.query(statements['end-sessions'], [uuidArray(ids)]);
    },
    async announceAttempts(leases) {
      const rows = await tx.query<EndedRow>(statements['announce-attempts'], leaseParameters(leases));
      return rows.map(endedAttempt);
    },
    async proveLeases(leases) {
      const rows = await tx.query<ProvenRow>(statements['prove-leases'], leaseParameters(leases));
      return rows.map((row) => ({ ...row, n: row.n - 1 }));
    },
    async acceptWork(arrivals) {
      const rows = await tx.query<{ n: number }>(statements['accept-work'], arrivalParameters(arrivals));
      return new Set(rows.map(({ n }) => n - 1));
    },
    async stageDueWork(most) {
      const rows = await tx.query<LaneRow>(statements['stage-due-work'], [most]);
      return rows.map(({ tenant_id: tenantId, queue, type }): Lane => ({ tenantId, queue, type }));
    },
    async queueAgain(works) {
      await tx.query(statements['queue-again'], queuedParameters(works));
    },
    async delayWork(works) {
      const dueAt = timestamptzArray(works.map((work) => work.dueAt));
      await tx.query(statements['delay-work'], [...queuedParameters(works), dueAt]);
    },
    async buryWork(letters) {
      await tx.query(statements['bury-work'], deadLetterParameters(letters));
    },
    async forgetDeadLetters(tasks) {
      const [tenants = null, ids = null] = taskParameters(tasks);
      await tx.query(statements['forget-dead-letters'], [tenants, ids, tasks.length]);
    },
    append: (batchId, events) => outbox.append(tx, stream, batchId, events),
  };
}

interface EndedRow {
  n: number;
  queue: string;
  type: string;
  priority: number;
  attempt: number;
  generation: number;
  queued_at: number;
  claimed_at: number;
  session: string;
  announced: boolean;
  options: string | null;
}

interface ProvenRow {
  n: number;
  attempt: number;
  generation: number;
  options: string | null;
}

interface LaneRow {
  tenant_id: string;
  queue: string;
  type: string;
}

interface CancelledRow {
  n: number;
  attempts: number;
  queue: string;
  type: string;
  options: string | null;
  lease: string | null;
  session: string | null;
}

function endedAttempt(row: EndedRow): EndedAttempt {
  return {
    n: row.n - 1,
    queue: row.queue,
    type: row.type,
    priority: row.priority,
    attempt: row.attempt,
    generation: row.generation,
    queuedAt: row.queued_at,
    claimedAt: row.claimed_at,
    session: row.session,
    announced: row.announced,
    options: row.options,
  };
}

function cancelledWork({ n, attempts, queue, type, options, lease, session }: CancelledRow): CancelledWork {
  const work = { n: n - 1, attempts, queue, type, options };
  return lease === null || session === null ? work : { ...work, held: { lease, session } };
}
