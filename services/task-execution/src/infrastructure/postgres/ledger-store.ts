import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import type { Outbox, PositionMove, Positions } from '@taskflow/kit-messaging-postgres';
import { type Database, type Queryable, type RowOf, uuidArray } from '@taskflow/kit-postgres';
import type {
  Arrivals,
  CancelledWork,
  DeadLetter,
  EndedAttempt,
  ExpiredSession,
  LedgerStore,
  LedgerTransaction,
  Sweep,
  TakenAttempt,
} from '../../application/ports/ledger-store.ts';
import type { TaskRef } from '../../domain/fold-changes.ts';
import type { Partition } from '../../domain/partition.ts';
import type { LeaseRef, LeasedWork, RankedWork } from '../../domain/work.ts';
import {
  arrivalParameters,
  deadLetteredTasks,
  deadLetters,
  delayedWork,
  leaseParameters,
  prioritizedTasks,
  requeuedWork,
  sweepParameters,
  taskParameters,
} from './parameters.ts';
import { type TaskExecutionStatements, taskExecutionStatements } from './statements.ts';
import { leasedWorkOf, rankedWorkOf } from './row-mapping.ts';

export interface LedgerStoreDependencies {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly positions: Positions;
}

/** This service writes one stream. */
const stream = 0;

export function createLedgerStore(deps: LedgerStoreDependencies): LedgerStore {
  const { database, outbox, positions } = deps;
  const statements = taskExecutionStatements();
  return {
    transaction: (durability, work) =>
      database.transaction((tx) => work(new PostgresLedgerTransaction(tx, statements, deps)), { durability }),
    recall: (batchId) => outbox.recall(stream, batchId),
    async hasMoved({ source, stream: consumed, logIdentity, to }) {
      const position = await positions.read(source, consumed, logIdentity);
      return position.seq >= to;
    },
    async lateWork(sweep, { overdueGraceMs, sweepRows, leftAlone }) {
      const parameters = [sweep, overdueGraceMs, sweepRows, uuidArray(leftAlone)] as const;
      const rows = await database.query(statements['list-late-work'], parameters);
      return rows.map(({ tenant_id: tenantId, id: taskId, generation }) => ({ tenantId, taskId, generation }));
    },
    async runningUnder({ tenantId, taskId, lease }) {
      const [row] = await database.query(statements['find-generation'], [tenantId, taskId, lease]);
      return row && { tenantId, taskId, generation: row.generation };
    },
  };
}

class PostgresLedgerTransaction implements LedgerTransaction {
  readonly #tx: Queryable;
  readonly #sql: TaskExecutionStatements;
  readonly #outbox: Outbox;
  readonly #positions: Positions;

  constructor(tx: Queryable, sql: TaskExecutionStatements, { outbox, positions }: LedgerStoreDependencies) {
    this.#tx = tx;
    this.#sql = sql;
    this.#outbox = outbox;
    this.#positions = positions;
  }

  async readNow(): Promise<number> {
    const [row] = await this.#tx.query(this.#sql['read-now']);
    return row?.now ?? 0;
  }

  movePosition(move: PositionMove): Promise<void> {
    return this.#positions.advance(this.#tx, move);
  }

  async finishAttempts(leases: readonly LeaseRef[]): Promise<EndedAttempt[]> {
    const rows = await this.#tx.query(this.#sql['finish-attempts'], leaseParameters(leases));
    return rows.map((row) => ({ ...endedAttempt(row), announced: row.announced }));
  }

  takeAttempts(leases: readonly LeaseRef[]): Promise<TakenAttempt[]> {
    return this.#take('take-attempts', leases);
  }

  takeLostAttempts(leases: readonly LeaseRef[]): Promise<TakenAttempt[]> {
    return this.#take('take-lost-attempts', leases);
  }

  async takeOverdueAttempts(sweep: Sweep): Promise<LeasedWork[]> {
    const parameters = [sweep.overdueGraceMs, ...sweepParameters(sweep)] as const;
    return (await this.#tx.query(this.#sql['take-overdue-attempts'], parameters)).map(leasedWorkOf);
  }

  async takeExpired(from: 'waiting' | 'delayed', sweep: Sweep): Promise<RankedWork[]> {
    const parameters = sweepParameters(sweep);
    if (from === 'waiting')
      return (await this.#tx.query(this.#sql['take-expired-waiting'], parameters)).map(rankedWorkOf);
    return (await this.#tx.query(this.#sql['take-expired-delayed'], parameters)).map(rankedWorkOf);
  }

  async cancel(tasks: readonly TaskRef[]): Promise<CancelledWork[]> {
    const parameters = taskParameters(tasks);
    // A claim moves work from waiting to leased meanwhile: each statement sees what was committed before it began, so
    // looking in this order finds the work wherever it went.
    const found = await Promise.all([
      this.#tx.query(this.#sql['cancel-waiting'], parameters),
      this.#tx.query(this.#sql['cancel-leased'], parameters),
      this.#tx.query(this.#sql['cancel-delayed'], parameters),
    ]);
    return found.flat().map(cancelledWork);
  }

  async reprioritize(tasks: readonly (TaskRef & { readonly priority: number })[]): Promise<void> {
    const parameters = [...prioritizedTasks.encode(tasks), tasks.length] as const;
    await Promise.all([
      this.#tx.query(this.#sql['reprioritize-waiting'], parameters),
      this.#tx.query(this.#sql['reprioritize-leased'], parameters),
      this.#tx.query(this.#sql['reprioritize-delayed'], parameters),
    ]);
  }

  async expireSessions(ids: readonly string[]): Promise<ExpiredSession[]> {
    const rows = await this.#tx.query(this.#sql['expire-sessions'], [uuidArray(ids)]);
    return rows.map(({ id, name, tenant_id: tenantId }) => ({ id, name, tenantId }));
  }

  async endSessions(ids: readonly string[]): Promise<void> {
    await this.#tx.query(this.#sql['end-sessions'], [uuidArray(ids)]);
  }

  async announceAttempts(leases: readonly LeaseRef[]): Promise<Omit<EndedAttempt, 'announced'>[]> {
    return (await this.#tx.query(this.#sql['announce-attempts'], leaseParameters(leases))).map(endedAttempt);
  }

  async verifyLeases(leases: readonly LeaseRef[]) {
    const rows = await this.#tx.query(this.#sql['verify-leases'], leaseParameters(leases));
    return rows.map((row) => ({ ...row, n: row.n - 1 }));
  }

  async acceptWork(arrivals: Arrivals): Promise<ReadonlySet<number>> {
    const rows = await this.#tx.query(this.#sql['accept-work'], arrivalParameters(arrivals));
    return new Set(rows.map(({ n }) => n - 1));
  }

  async stageDueWork(sweep: Sweep): Promise<Partition[]> {
    const rows = await this.#tx.query(this.#sql['stage-due-work'], sweepParameters(sweep));
    return rows.map(({ tenant_id: tenantId, queue, type, definition }) => ({ tenantId, queue, type, definition }));
  }

  async requeue(works: readonly RankedWork[]): Promise<void> {
    await this.#tx.query(this.#sql['requeue-work'], requeuedWork.encode(works));
  }

  async delay(works: readonly (RankedWork & { readonly dueAt: number })[]): Promise<void> {
    await this.#tx.query(this.#sql['delay-work'], delayedWork.encode(works));
  }

  async deadLetter(letters: readonly DeadLetter[]): Promise<void> {
    await this.#tx.query(this.#sql['dead-letter-work'], deadLetters.encode(letters));
  }

  async forgetDeadLetters(tasks: readonly TaskRef[]): Promise<void> {
    await this.#tx.query(this.#sql['forget-dead-letters'], [...deadLetteredTasks.encode(tasks), tasks.length]);
  }

  append(batchId: string, events: readonly EventRecord[]): Promise<readonly StreamEntry[]> {
    return this.#outbox.append(this.#tx, stream, batchId, events);
  }

  async #take(name: 'take-attempts' | 'take-lost-attempts', leases: readonly LeaseRef[]): Promise<TakenAttempt[]> {
    const rows = await this.#tx.query(this.#sql[name], leaseParameters(leases));
    return rows.map((row) => ({ ...leasedWorkOf(row), n: row.n - 1 }));
  }
}

function endedAttempt(row: RowOf<TaskExecutionStatements['announce-attempts']>): Omit<EndedAttempt, 'announced'> {
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
    options: row.options,
  };
}

function cancelledWork({
  n,
  lease,
  session,
  outcome_unknown: outcomeUnknown,
  ...row
}: RowOf<TaskExecutionStatements['cancel-waiting']>): CancelledWork {
  const work = { ...row, outcomeUnknown, n: n - 1 };
  return lease === null || session === null ? work : { ...work, held: { lease, session } };
}
