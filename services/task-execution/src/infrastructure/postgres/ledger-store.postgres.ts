import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import type { Outbox, Positions } from '@taskflow/kit-messaging-postgres';
import {
  type Database,
  int4Array,
  type Parameter,
  type Queryable,
  timestamptzArray,
  uuidArray,
} from '@taskflow/kit-postgres';
import type {
  Arrivals,
  CancelledWork,
  DeadLetter,
  EndedAttempt,
  ExpiredSession,
  LedgerStore,
  LedgerTransaction,
  PositionMove,
  Sweep,
  TakenAttempt,
} from '../../application/ports/ledger-store.ts';
import type { TaskRef } from '../../domain/fold-changes.ts';
import type { Lane } from '../../domain/lane.ts';
import type { LeaseRef, LeasedWork, RankedWork } from '../../domain/work.ts';
import {
  arrivalParameters,
  deadLetterParameters,
  leaseParameters,
  queuedParameters,
  sweepParameters,
  taskParameters,
} from './parameters.ts';
import { ledgerStatements } from './statement-files.ts';
import { type LeasedRow, leasedWork, type RankedRow, rankedWork } from './work-rows.ts';

export interface LedgerStoreDependencies {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly positions: Positions;
}

/** This service writes one stream. */
const stream = 0;

type Statements = ReturnType<typeof ledgerStatements>;

export function createLedgerStore(deps: LedgerStoreDependencies): LedgerStore {
  const { database, outbox, positions } = deps;
  const statements = ledgerStatements();
  return {
    transaction: (durability, work) =>
      database.transaction((tx) => work(new PostgresLedgerTransaction(tx, statements, deps)), { durability }),
    recall: (batchId) => outbox.recall(stream, batchId),
    async hasMoved({ source, stream: consumed, logIdentity, to }) {
      const position = await positions.read(source, consumed, logIdentity);
      return position.seq >= to;
    },
    async lateWork(sweep, { overdueGraceMs, sweepRows, leftAlone }) {
      const parameters = [sweep, overdueGraceMs, sweepRows, uuidArray(leftAlone)];
      const rows = await database.query<TaskRow>(statements['list-late-work'], parameters);
      return rows.map(({ tenant_id: tenantId, id: taskId, generation }) => ({ tenantId, taskId, generation }));
    },
    async runningUnder({ tenantId, taskId, lease }) {
      const parameters = [tenantId, taskId, lease];
      const [row] = await database.query<{ generation: number }>(statements['find-generation'], parameters);
      return row && { tenantId, taskId, generation: row.generation };
    },
  };
}

class PostgresLedgerTransaction implements LedgerTransaction {
  private readonly tx: Queryable;
  private readonly statements: Statements;
  private readonly outbox: Outbox;
  private readonly positions: Positions;

  constructor(tx: Queryable, statements: Statements, { outbox, positions }: LedgerStoreDependencies) {
    this.tx = tx;
    this.statements = statements;
    this.outbox = outbox;
    this.positions = positions;
  }

  async readNow(): Promise<number> {
    const [row] = await this.run<{ now: number }>('read-now');
    return row?.now ?? 0;
  }

  movePosition({ source, stream: consumed, from, to, logIdentity }: PositionMove): Promise<void> {
    return this.positions.advance(this.tx, source, consumed, from, to, logIdentity);
  }

  async finishAttempts(leases: readonly LeaseRef[]): Promise<EndedAttempt[]> {
    return (await this.run<EndedRow>('finish-attempts', leaseParameters(leases))).map(endedAttempt);
  }

  takeAttempts(leases: readonly LeaseRef[]): Promise<TakenAttempt[]> {
    return this.take('take-attempts', leases);
  }

  takeLostAttempts(leases: readonly LeaseRef[]): Promise<TakenAttempt[]> {
    return this.take('take-lost-attempts', leases);
  }

  async takeOverdueAttempts(sweep: Sweep): Promise<LeasedWork[]> {
    const parameters = [sweep.overdueGraceMs, ...sweepParameters(sweep)];
    return (await this.run<LeasedRow>('take-overdue-attempts', parameters)).map(leasedWork);
  }

  async takeExpired(from: 'waiting' | 'delayed', sweep: Sweep): Promise<RankedWork[]> {
    return (await this.run<RankedRow>(`take-expired-${from}`, sweepParameters(sweep))).map(rankedWork);
  }

  async cancel(tasks: readonly TaskRef[]): Promise<CancelledWork[]> {
    const parameters = [...taskParameters(tasks), tasks.length];
    // A claim moves work from waiting to leased meanwhile: each statement sees what was committed before it began, so
    // looking in this order finds the work wherever it went.
    const found = await Promise.all([
      this.run<CancelledRow>('cancel-waiting', parameters),
      this.run<CancelledRow>('cancel-leased', parameters),
      this.run<CancelledRow>('cancel-delayed', parameters),
    ]);
    return found.flat().map(cancelledWork);
  }

  async reprioritize(tasks: readonly (TaskRef & { readonly priority: number })[]): Promise<void> {
    const parameters = [...taskParameters(tasks), int4Array(tasks.map(({ priority }) => priority)), tasks.length];
    await Promise.all([
      this.run('reprioritize-waiting', parameters),
      this.run('reprioritize-leased', parameters),
      this.run('reprioritize-delayed', parameters),
    ]);
  }

  async expireSessions(ids: readonly string[]): Promise<ExpiredSession[]> {
    const rows = await this.run<{ id: string; name: string; tenant_id: string }>('expire-sessions', [uuidArray(ids)]);
    return rows.map(({ id, name, tenant_id: tenantId }) => ({ id, name, tenantId }));
  }

  async endSessions(ids: readonly string[]): Promise<void> {
    await this.run('end-sessions', [uuidArray(ids)]);
  }

  async announceAttempts(leases: readonly LeaseRef[]): Promise<EndedAttempt[]> {
    return (await this.run<EndedRow>('announce-attempts', leaseParameters(leases))).map(endedAttempt);
  }

  async verifyLeases(leases: readonly LeaseRef[]): Promise<VerifiedRow[]> {
    const rows = await this.run<VerifiedRow>('verify-leases', leaseParameters(leases));
    return rows.map((row) => ({ ...row, n: row.n - 1 }));
  }

  async acceptWork(arrivals: Arrivals): Promise<ReadonlySet<number>> {
    const rows = await this.run<{ n: number }>('accept-work', arrivalParameters(arrivals));
    return new Set(rows.map(({ n }) => n - 1));
  }

  async stageDueWork(sweep: Sweep): Promise<Lane[]> {
    const rows = await this.run<LaneRow>('stage-due-work', sweepParameters(sweep));
    return rows.map(({ tenant_id: tenantId, queue, type, definition }) => ({ tenantId, queue, type, definition }));
  }

  async requeue(works: readonly RankedWork[]): Promise<void> {
    await this.run('requeue-work', queuedParameters(works));
  }

  async delay(works: readonly (RankedWork & { readonly dueAt: number })[]): Promise<void> {
    const dueAt = timestamptzArray(works.map((work) => work.dueAt));
    await this.run('delay-work', [...queuedParameters(works), dueAt]);
  }

  async deadLetter(letters: readonly DeadLetter[]): Promise<void> {
    await this.run('dead-letter-work', deadLetterParameters(letters));
  }

  async forgetDeadLetters(tasks: readonly TaskRef[]): Promise<void> {
    const [tenants = null, ids = null] = taskParameters(tasks);
    await this.run('forget-dead-letters', [tenants, ids, tasks.length]);
  }

  append(batchId: string, events: readonly EventRecord[]): Promise<readonly StreamEntry[]> {
    return this.outbox.append(this.tx, stream, batchId, events);
  }

  private async take(
    name: 'take-attempts' | 'take-lost-attempts',
    leases: readonly LeaseRef[],
  ): Promise<TakenAttempt[]> {
    const rows = await this.run<LeasedRow & { n: number }>(name, leaseParameters(leases));
    return rows.map((row) => ({ ...leasedWork(row), n: row.n - 1 }));
  }

  private run<R>(name: keyof Statements, parameters: readonly Parameter[] = []): Promise<R[]> {
    return this.tx.query<R>(this.statements[name], parameters);
  }
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

interface VerifiedRow {
  n: number;
  attempt: number;
  generation: number;
  options: string | null;
}

interface TaskRow {
  tenant_id: string;
  id: string;
  generation: number;
}

interface LaneRow {
  tenant_id: string;
  queue: string;
  type: string;
  definition: string;
}

interface CancelledRow {
  n: number;
  attempts: number;
  queue: string;
  type: string;
  options: string | null;
  unheard: boolean;
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

function cancelledWork({ n, lease, session, ...row }: CancelledRow): CancelledWork {
  const work = { ...row, n: n - 1 };
  return lease === null || session === null ? work : { ...work, held: { lease, session } };
}
