import type { Clock, Ids } from '@taskflow/kit-time';
import { Backlogs, type Lane, laneKey, queueKey } from '../../domain/lane.ts';
import { type NewWork, optionsOf, type WeighedLease } from '../../domain/work.ts';
import { WorkerPool } from '../../domain/worker-pool.ts';
import type { HeldLease, WorkerSession } from '../../domain/worker-session.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { ClaimedWork } from '../ports/claim-store.ts';
import type { ExecutionMeter } from '../ports/execution-meter.ts';
import type { EndedLease, LedgerResult } from '../ports/ledger-result.ts';
import type { Arrival, Arrivals, Assignment } from '../ports/ledger-store.ts';
import type { Delivery, WorkerConnection } from '../ports/worker-connection.ts';
import { AnnouncementQueue } from './announcement-queue.ts';

/** Those who are told that there is something to do. Each may be told in vain. */
export interface DispatchListeners {
  /** Waiting work or credit appeared. */
  workMayBeClaimed(): void;
  /** A pause between attempts ends in `ms`. */
  pauseEndsIn(ms: number): void;
  /** There may be work that nobody could do before. */
  workerJoined(): void;
  /** Handed over to a session that ended meanwhile: nobody has heard of these. */
  heldByNobody(leases: readonly WeighedLease[]): void;
}

export interface DispatchDependencies {
  readonly bounds: ExecutionBounds;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly meter: ExecutionMeter;
  /** False while the service stops: new work goes to the line. */
  readonly isOpen: () => boolean;
  readonly listeners: DispatchListeners;
}

/**
 * Who works here, what waits, and the way between: reserves credit before a transaction, hands over after it. All of
 * it is memory; the database is right where they differ.
 */
export class Dispatch {
  readonly pool = new WorkerPool();
  readonly backlogs = new Backlogs();
  readonly announcements = new AnnouncementQueue();
  /** By queue: lanes in which work waits and which no worker here serves, as last looked. */
  unserved: ReadonlyMap<string, readonly Lane[]> = new Map();
  /**
   * Counts how often everything here was dropped. Whoever reads, awaits and then remembers compares it before and
   * after: what was read of an earlier run of the database need not be true in this one.
   */
  epoch = 0;
  private readonly connections = new Map<string, WorkerConnection>();
  /** Kept for the events of their rescue. */
  private readonly namesOfGone = new Map<string, string>();
  private limited: ReadonlySet<string> = new Set();
  private readonly bounds: ExecutionBounds;
  private readonly clock: Clock;
  private readonly ids: Ids;
  private readonly meter: ExecutionMeter;
  private readonly listeners: DispatchListeners;
  private readonly isOpen: () => boolean;

  constructor(deps: DispatchDependencies) {
    this.isOpen = deps.isOpen;
    this.bounds = deps.bounds;
    this.clock = deps.clock;
    this.ids = deps.ids;
    this.meter = deps.meter;
    this.listeners = deps.listeners;
  }

  workerName(session: string): string {
    return this.pool.get(session)?.capabilities.name ?? this.namesOfGone.get(session) ?? 'unknown';
  }

  /** Queues that limit how many of their tasks run, as last read. */
  setLimitedQueues(queues: readonly { tenantId: string; name: string }[]): void {
    this.limited = new Set(queues.map(({ tenantId, name }) => queueKey(tenantId, name)));
  }

  isLimited(lane: Lane): boolean {
    return this.limited.size > 0 && this.limited.has(queueKey(lane.tenantId, lane.queue));
  }

  connect(session: WorkerSession, connection: WorkerConnection): void {
    this.connections.get(session.id)?.close('replaced');
    this.connections.set(session.id, connection);
    session.connect();
    this.listeners.workerJoined();
  }

  /** Only the session's present connection can take it off line: a replaced one closes late. */
  disconnect(session: WorkerSession, connection: WorkerConnection): boolean {
    if (this.connections.get(session.id) !== connection) return false;
    this.connections.delete(session.id);
    session.disconnect();
    return true;
  }

  /** The hand-over is still in force, and its worker has not come back as another session object since. */
  isHeld(held: HeldLease): boolean {
    return this.pool.get(held.session)?.leases.get(held.lease) === held;
  }

  connectionOf(session: string): WorkerConnection | undefined {
    return this.connections.get(session);
  }

  /** Leases handed over so long ago (milliseconds) of which their workers, which were heard since, know nothing. */
  unheardFor(spanMs: number): HeldLease[] {
    const unheard: HeldLease[] = [];
    for (const [id, connection] of this.connections) {
      const session = this.pool.get(id);
      for (const lease of connection.unheardFor(spanMs)) {
        const held = session?.leases.get(lease);
        if (held) unheard.push(held);
        else connection.tellLost([lease], 'session-lost');
      }
    }
    return unheard;
  }

  /**
   * Another run of the database may lack what this one remembers: leases of claims that a crash took back, work that
   * waits. All is dropped, and comes back from the database: each worker with its session and what it holds, lanes by
   * the next survey.
   */
  dropAll(): void {
    this.epoch += 1;
    this.pool.clear();
    this.backlogs.clear();
    this.announcements.clear();
    this.unserved = new Map();
    const connections = [...this.connections.values()];
    this.connections.clear();
    for (const connection of connections) connection.close('forgotten');
  }

  /** The service stops: workers come back to the next process with what they hold. */
  closeAll(): void {
    for (const connection of this.connections.values()) connection.close('stopping');
  }

  /** The worker may get more. */
  creditChanged(session: WorkerSession): void {
    if (session.free > 0 && this.backlogs.size > 0) this.listeners.workMayBeClaimed();
  }

  /** The database says that these leases are not in force: whatever this memory holds of them is wrong. */
  superseded(session: WorkerSession, leases: Iterable<string>): void {
    for (const lease of leases) session.drop(lease);
    this.creditChanged(session);
  }

  /** Sessions that were not heard for so long (milliseconds), at most `most`. */
  silentFor(spanMs: number, most: number): WorkerSession[] {
    const before = this.clock.monotonic() - spanMs;
    const silent: WorkerSession[] = [];
    for (const session of this.pool.all()) {
      if (silent.length >= most) break;
      if (session.seenAt < before) silent.push(session);
    }
    return silent;
  }

  /** The session has ended in the database. */
  forget(session: WorkerSession): void {
    if (this.namesOfGone.size >= this.bounds.namesOfGone) this.namesOfGone.clear();
    this.namesOfGone.set(session.id, session.capabilities.name);
    this.pool.remove(session);
    this.connections.get(session.id)?.close('session-lost');
    this.connections.delete(session.id);
    session.disconnect();
  }

  /**
   * Reserves a worker for each new task where nothing waits that this worker could do; the rest goes to the line.
   * Sessions in `ending` get nothing: the same batch may end them.
   */
  assign(works: readonly NewWork[], ending: ReadonlySet<string>): Arrivals {
    const lanes: Lane[] = [];
    const indexes = new Map<string, number>();
    const closed: boolean[] = [];
    const busy = new Map<WorkerSession, boolean>();
    const arrivals = works.map((work): Arrival => {
      const key = laneKey(work);
      let index = indexes.get(key);
      if (index === undefined) {
        index = lanes.length;
        indexes.set(key, index);
        const { tenantId, queue, type, definition } = work;
        lanes.push({ tenantId, queue, type, definition });
        closed.push(this.backlogs.has(key));
      }
      const session = closed[index] || !this.isOpen() ? undefined : this.reserve(lanes[index] as Lane, busy, ending);
      // Nobody is free for this lane now; neither for its next task of this batch.
      if (!session) closed[index] = true;
      return { work, lane: index, assignment: session && { lease: this.ids.token(), session: session.id } };
    });
    return { lanes, works: arrivals, epoch: this.epoch };
  }

  private reserve(
    lane: Lane,
    busy: Map<WorkerSession, boolean>,
    ending: ReadonlySet<string>,
  ): WorkerSession | undefined {
    const session = this.pool.reserveFor(lane);
    if (!session) return undefined;
    let isBusy = busy.get(session);
    if (isBusy === undefined) {
      const hasBacklog = this.backlogs.size > 0 && this.backlogs.anyFor((waiting) => session.serves(waiting));
      isBusy = hasBacklog || ending.has(session.id) || this.connections.get(session.id)?.congested !== false;
      busy.set(session, isBusy);
    }
    if (!isBusy) return session;
    session.unreserve();
    return undefined;
  }

  /** The transaction did not happen. */
  abandon(arrivals: Arrivals): void {
    if (arrivals.epoch !== this.epoch) return;
    for (const { assignment } of arrivals.works) {
      if (assignment) this.pool.get(assignment.session)?.unreserve();
    }
  }

  /** The transaction is committed: hands over, tells, and wakes whoever has something to do now. */
  committed(arrivals: Arrivals, result: LedgerResult): void {
    this.handOverArrivals(arrivals, result.openLanes);
    for (const lane of result.refilled) this.backlogs.add(lane);
    let mayClaim = result.refilled.length > 0;
    for (const ended of result.ended) {
      const session = this.pool.get(ended.session);
      session?.drop(ended.lease);
      if (session) this.creditChanged(session);
      this.meter.ended(ended, ended.outcome, ended.ranMs);
      if (this.backlogs.release(ended.tenantId, ended.queue)) mayClaim = true;
    }
    this.tellTakenBack(result.ended);
    for (const id of result.expiredSessions) {
      const session = this.pool.get(id);
      if (session) this.forget(session);
    }
    this.meter.sessionsLapsed(result.expiredSessions.length);
    if (result.firstDueMs !== undefined) this.listeners.pauseEndsIn(result.firstDueMs);
    if (mayClaim) this.listeners.workMayBeClaimed();
  }

  private handOverArrivals(arrivals: Arrivals, open: ReadonlySet<number>): void {
    if (arrivals.works.length === 0) return;
    const deliveries = new Map<WorkerSession, Delivery[]>();
    const homeless: WeighedLease[] = [];
    const refilled = new Set<number>();
    const counts = arrivals.lanes.map(() => 0);
    const at = this.clock.monotonic();
    const isOfNow = arrivals.epoch === this.epoch;
    for (const { work, lane, assignment } of arrivals.works) {
      counts[lane] = (counts[lane] ?? 0) + 1;
      const session = assignment && isOfNow ? this.pool.get(assignment.session) : undefined;
      if (!assignment || !open.has(lane)) {
        session?.unreserve();
        refilled.add(lane);
        continue;
      }
      const { tenantId, taskId, generation, queue, type, payload } = work;
      const weighed = { tenantId, taskId, lease: assignment.lease, bytes: payload.length };
      if (!session) {
        homeless.push(weighed);
        continue;
      }
      const held = session.hold(weighed, generation, at);
      this.announcements.add(held);
      const timeoutMs = this.timeoutOf(work);
      const options = optionsOf(work.options);
      const { n, lease } = held;
      append(deliveries, session, {
        n,
        lease,
        taskId,
        generation,
        type,
        queue,
        attempt: 1,
        payload,
        timeoutMs,
        options,
      });
    }
    arrivals.lanes.forEach((lane, index) => this.meter.accepted(lane, counts[index] ?? 0));
    for (const index of refilled) this.backlogs.add(arrivals.lanes[index] as Lane);
    this.send(deliveries);
    if (homeless.length > 0) this.listeners.heldByNobody(homeless);
    if (refilled.size > 0) this.listeners.workMayBeClaimed();
  }

  /** Of work that was taken in a moment ago. */
  private timeoutOf({ attemptMs, totalMs }: NewWork): number | null {
    if (totalMs === null) return attemptMs;
    return Math.max(1, attemptMs === null ? totalMs : Math.min(attemptMs, totalMs));
  }

  /** Work that a claim moved, most urgent first; every placement of the claim had been reserved. */
  handOverClaimed(claimed: readonly ClaimedWork[], placements: readonly Assignment[]): void {
    const deliveries = new Map<WorkerSession, Delivery[]>();
    const homeless: WeighedLease[] = [];
    const unused = new Set(placements.map(({ lease }) => lease));
    const at = this.clock.monotonic();
    for (const work of claimed) {
      const session = this.pool.get(work.session);
      unused.delete(work.lease);
      const { tenantId, taskId, lease, bytes, generation, type, queue, attempt, payload, timeoutMs } = work;
      const weighed = { tenantId, taskId, lease, bytes };
      if (!session) {
        homeless.push(weighed);
        continue;
      }
      const held = session.hold(weighed, generation, at);
      this.announcements.add(held);
      const options = optionsOf(work.options);
      const { n } = held;
      append(deliveries, session, { n, lease, taskId, generation, type, queue, attempt, payload, timeoutMs, options });
    }
    for (const { lease, session } of placements) if (unused.has(lease)) this.pool.get(session)?.unreserve();
    this.send(deliveries);
    if (homeless.length > 0) this.listeners.heldByNobody(homeless);
  }

  private send(deliveries: ReadonlyMap<WorkerSession, Delivery[]>): void {
    for (const [session, list] of deliveries) this.connections.get(session.id)?.deliver(list);
  }

  private tellTakenBack(ended: readonly EndedLease[]): void {
    const told = new Map<string, { session: string; reason: NonNullable<EndedLease['takenBack']>; leases: string[] }>();
    for (const { takenBack, session, lease } of ended) {
      if (takenBack === undefined) continue;
      const key = `${session} ${takenBack}`;
      const entry = told.get(key) ?? { session, reason: takenBack, leases: [] };
      entry.leases.push(lease);
      told.set(key, entry);
    }
    for (const { session, reason, leases } of told.values()) this.connections.get(session)?.tellLost(leases, reason);
  }
}

function append(deliveries: Map<WorkerSession, Delivery[]>, session: WorkerSession, delivery: Delivery): void {
  const list = deliveries.get(session);
  if (list) list.push(delivery);
  else deliveries.set(session, [delivery]);
}
