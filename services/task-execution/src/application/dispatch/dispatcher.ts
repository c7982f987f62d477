import type { Clock, Ids } from '@taskflow/kit-time';
import type { Backlog } from '../../domain/backlog.ts';
import { type Partition, partitionKey } from '../../domain/partition.ts';
import { type NewWork, optionsOf, type WeighedLease } from '../../domain/work.ts';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { WorkerSession } from '../../domain/worker-session.ts';
import type { ClaimedWork } from '../ports/claim-store.ts';
import type { ExecutionMeter } from '../ports/execution-meter.ts';
import type { LedgerResult } from '../ports/ledger-result.ts';
import type { Arrival, Arrivals, Assignment } from '../ports/ledger-store.ts';
import type { Delivery } from '../ports/worker-connection.ts';
import type { AnnouncementQueue } from './announcement-queue.ts';
import type { MemoryEpoch } from './memory-epoch.ts';
import type { WorkerRegistry } from './worker-registry.ts';

/** The listeners are told that there is something to do. Each may be told in vain. */
export interface DispatchListeners {
  /** Waiting work or credit appeared. */
  workMayBeClaimed(): void;
  /** A pause between attempts ends in `ms`. */
  pauseEndsIn(ms: number): void;
  /** Dispatched to a session that ended meanwhile: nobody has heard of these. */
  orphaned(leases: readonly WeighedLease[]): void;
}

export interface DispatcherDependencies {
  readonly pool: WorkerPool;
  readonly registry: WorkerRegistry;
  readonly backlog: Backlog;
  readonly announcements: AnnouncementQueue;
  readonly epoch: MemoryEpoch;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly meter: ExecutionMeter;
  /** False while the service stops: new work is queued. */
  readonly isOpen: () => boolean;
  readonly listeners: DispatchListeners;
}

/** What a worker is sent of work that is in its hands by now. */
type DispatchedWork = Omit<ClaimedWork, 'seq' | 'definition' | 'priority'>;

/**
 * The way from work to a worker: reserves credit before a transaction, dispatches after it. All of it is memory; the
 * database is right where they differ.
 */
export class Dispatcher {
  readonly #deps: DispatcherDependencies;

  constructor(deps: DispatcherDependencies) {
    this.#deps = deps;
  }

  /**
   * Another run of the database may lack what this one remembers: leases of claims that a crash took back, work that
   * waits. All is dropped, and comes back from the database: each worker with its session and what it holds, partitions
   * by the next look.
   */
  dropAll(): void {
    const { epoch, backlog, announcements, registry } = this.#deps;
    epoch.advance();
    backlog.clear();
    announcements.clear();
    registry.dropAll();
  }

  /** The worker may get more. */
  creditChanged(session: WorkerSession): void {
    if (session.free > 0 && this.#deps.backlog.size > 0) this.#deps.listeners.workMayBeClaimed();
  }

  /** The database says that these leases are not in force: whatever this memory holds of them is wrong. */
  superseded(session: WorkerSession, leases: Iterable<string>): void {
    for (const lease of leases) session.drop(lease);
    this.creditChanged(session);
  }

  /**
   * Reserves a worker for each new task where nothing waits that this worker could do; the rest is queued. Sessions in
   * `ending` get nothing: the same batch may end them.
   */
  assign(works: readonly NewWork[], ending: ReadonlySet<string>): Arrivals {
    const { backlog, epoch, ids, isOpen } = this.#deps;
    const partitions: Partition[] = [];
    const indexes = new Map<string, number>();
    const closed: boolean[] = [];
    const busy = new Map<WorkerSession, boolean>();
    const arrivals = works.map((work): Arrival => {
      const key = partitionKey(work);
      let index = indexes.get(key);
      if (index === undefined) {
        index = partitions.length;
        indexes.set(key, index);
        const { tenantId, queue, type, definition } = work;
        partitions.push({ tenantId, queue, type, definition });
        closed.push(backlog.has(key));
      }
      const session = closed[index] || !isOpen() ? undefined : this.#reserve(work, busy, ending);
      // Nobody is free for this partition now; neither for its next task of this batch.
      if (!session) closed[index] = true;
      return { work, partition: index, assignment: session && { lease: ids.token(), session: session.id } };
    });
    return { partitions, works: arrivals, epoch: epoch.current };
  }

  #reserve(
    partition: Partition,
    busy: Map<WorkerSession, boolean>,
    ending: ReadonlySet<string>,
  ): WorkerSession | undefined {
    const { pool, backlog, registry } = this.#deps;
    const session = pool.reserveFor(partition);
    if (!session) return undefined;
    let isBusy = busy.get(session);
    if (isBusy === undefined) {
      const hasBacklog = backlog.size > 0 && backlog.anyFor((waiting) => session.serves(waiting));
      isBusy = hasBacklog || ending.has(session.id) || !registry.takesWork(session);
      busy.set(session, isBusy);
    }
    if (!isBusy) return session;
    session.unreserve();
    return undefined;
  }

  /** The transaction did not happen. */
  abandon(arrivals: Arrivals): void {
    for (const { assignment } of arrivals.works) this.#reservedBy(assignment, arrivals)?.unreserve();
  }

  /** Of an earlier memory, no session knows of the reservation any more. */
  #reservedBy(assignment: Assignment | undefined, { epoch }: Arrivals): WorkerSession | undefined {
    const isCurrent = epoch === this.#deps.epoch.current;
    return assignment && isCurrent ? this.#deps.pool.get(assignment.session) : undefined;
  }

  /** The transaction is committed: dispatches, tells, and wakes whoever has something to do now. */
  committed(arrivals: Arrivals, result: LedgerResult): void {
    const { pool, registry, backlog, meter, listeners } = this.#deps;
    this.#dispatchArrivals(arrivals, result.openPartitions);
    for (const partition of result.refilled) backlog.add(partition);
    let mayClaim = result.refilled.length > 0;
    for (const ended of result.ended) {
      const session = pool.get(ended.session);
      session?.drop(ended.lease);
      if (session) this.creditChanged(session);
      meter.ended(ended, ended.outcome, ended.ranMs);
      if (backlog.release(ended.tenantId, ended.queue)) mayClaim = true;
    }
    registry.reportTakenBack(result.ended);
    for (const id of result.expiredSessions) {
      const session = pool.get(id);
      if (session) registry.forget(session);
    }
    meter.sessionsExpired(result.expiredSessions.length);
    if (result.firstDueMs !== undefined) listeners.pauseEndsIn(result.firstDueMs);
    if (mayClaim) listeners.workMayBeClaimed();
  }

  #dispatchArrivals(arrivals: Arrivals, open: ReadonlySet<number>): void {
    if (arrivals.works.length === 0) return;
    const { backlog, meter, listeners } = this.#deps;
    const counts = arrivals.partitions.map(() => 0);
    const refilled = new Set<number>();
    const dispatched: { work: DispatchedWork; session: WorkerSession | undefined }[] = [];
    for (const { work, partition, assignment } of arrivals.works) {
      counts[partition] = (counts[partition] ?? 0) + 1;
      const session = this.#reservedBy(assignment, arrivals);
      if (assignment && open.has(partition)) {
        dispatched.push({ work: firstAttempt(work, assignment), session });
      } else {
        session?.unreserve();
        refilled.add(partition);
      }
    }
    arrivals.partitions.forEach((partition, index) => meter.accepted(partition, counts[index] ?? 0));
    for (const index of refilled) backlog.add(arrivals.partitions[index] as Partition);
    this.#send(dispatched);
    if (refilled.size > 0) listeners.workMayBeClaimed();
  }

  /** Work that a claim took, most urgent first; every assignment of the claim had been reserved. */
  dispatchClaimed(claimed: readonly ClaimedWork[], assignments: readonly Assignment[]): void {
    const { pool } = this.#deps;
    const used = new Set(claimed.map(({ lease }) => lease));
    for (const { lease, session } of assignments) if (!used.has(lease)) pool.get(session)?.unreserve();
    this.#send(claimed.map((work) => ({ work, session: pool.get(work.session) })));
  }

  #send(dispatched: readonly { work: DispatchedWork; session: WorkerSession | undefined }[]): void {
    const { clock, announcements, registry, listeners } = this.#deps;
    const at = clock.monotonic();
    const deliveries = new Map<WorkerSession, Delivery[]>();
    const orphaned: WeighedLease[] = [];
    for (const { work, session } of dispatched) {
      const { tenantId, taskId, lease, bytes, generation } = work;
      const weighed = { tenantId, taskId, lease, bytes };
      if (!session) {
        orphaned.push(weighed);
        continue;
      }
      const held = session.hold(weighed, generation, at);
      announcements.add(held);
      append(deliveries, session, deliveryOf(work, held.n));
    }
    registry.deliver(deliveries);
    if (orphaned.length > 0) listeners.orphaned(orphaned);
  }
}

function firstAttempt(work: NewWork, { lease, session }: Assignment): DispatchedWork {
  const { tenantId, taskId, generation, queue, type, payload, options } = work;
  const timeoutMs = timeoutOf(work);
  const bytes = payload.length;
  return { tenantId, taskId, lease, session, queue, type, attempt: 1, generation, timeoutMs, payload, bytes, options };
}

/** Of work that was taken in a moment ago. */
function timeoutOf({ attemptMs, totalMs }: NewWork): number | null {
  if (totalMs === null) return attemptMs;
  return Math.max(1, attemptMs === null ? totalMs : Math.min(attemptMs, totalMs));
}

function deliveryOf(work: DispatchedWork, n: number): Delivery {
  const { lease, taskId, generation, type, queue, attempt, payload, timeoutMs } = work;
  const options = optionsOf(work.options);
  return { n, lease, taskId, generation, type, queue, attempt, payload, timeoutMs, options };
}

function append(deliveries: Map<WorkerSession, Delivery[]>, session: WorkerSession, delivery: Delivery): void {
  const list = deliveries.get(session);
  if (list) list.push(delivery);
  else deliveries.set(session, [delivery]);
}
