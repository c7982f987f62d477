import type { Clock } from '@taskflow/kit-time';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { HeldLease, WorkerSession } from '../../domain/worker-session.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { EndedLease } from '../ports/ledger-result.ts';
import type { Delivery, WorkerConnection } from '../ports/worker-connection.ts';

export interface RegistryDependencies {
  readonly pool: WorkerPool;
  readonly bounds: ExecutionBounds;
  readonly clock: Clock;
  /** There may be work that nobody could do before. */
  readonly workerJoined: () => void;
}

/** The workers of this process and the connections over which they are reached. */
export class WorkerRegistry {
  readonly #pool: WorkerPool;
  readonly #bounds: ExecutionBounds;
  readonly #clock: Clock;
  readonly #workerJoined: () => void;
  readonly #connections = new Map<string, WorkerConnection>();
  /** Kept for the events of their rescue. */
  readonly #namesOfGone = new Map<string, string>();

  constructor({ pool, bounds, clock, workerJoined }: RegistryDependencies) {
    this.#pool = pool;
    this.#bounds = bounds;
    this.#clock = clock;
    this.#workerJoined = workerJoined;
  }

  workerName(session: string): string {
    return this.#pool.get(session)?.capabilities.name ?? this.#namesOfGone.get(session) ?? 'unknown';
  }

  connect(session: WorkerSession, connection: WorkerConnection): void {
    this.#connections.get(session.id)?.close('replaced');
    this.#connections.set(session.id, connection);
    session.connect();
    this.#workerJoined();
  }

  /** Only the session's present connection can take it off line: a replaced one closes late. */
  disconnect(session: WorkerSession, connection: WorkerConnection): boolean {
    if (this.#connections.get(session.id) !== connection) return false;
    this.#connections.delete(session.id);
    session.disconnect();
    return true;
  }

  connectionOf(session: string): WorkerConnection | undefined {
    return this.#connections.get(session);
  }

  /** It takes work now: its worker is connected, and reads as fast as it is sent. */
  takesWork(session: WorkerSession): boolean {
    return this.#connections.get(session.id)?.congested === false;
  }

  deliver(deliveries: ReadonlyMap<WorkerSession, readonly Delivery[]>): void {
    for (const [session, list] of deliveries) this.#connections.get(session.id)?.deliver(list);
  }

  reportTakenBack(ended: readonly EndedLease[]): void {
    const reported = new Map<
      string,
      { session: string; reason: NonNullable<EndedLease['takenBack']>; leases: string[] }
    >();
    for (const { takenBack, session, lease } of ended) {
      if (takenBack === undefined) continue;
      const key = `${session} ${takenBack}`;
      const entry = reported.get(key) ?? { session, reason: takenBack, leases: [] };
      entry.leases.push(lease);
      reported.set(key, entry);
    }
    for (const { session, reason, leases } of reported.values())
      this.#connections.get(session)?.reportLost(leases, reason);
  }

  /** Leases dispatched so long ago (milliseconds) of which their workers, which were heard since, know nothing. */
  unconfirmedFor(spanMs: number): HeldLease[] {
    const unconfirmed: HeldLease[] = [];
    for (const [id, connection] of this.#connections) {
      const session = this.#pool.get(id);
      for (const lease of connection.unconfirmedFor(spanMs)) {
        const held = session?.leases.get(lease);
        if (held) unconfirmed.push(held);
        else connection.reportLost([lease], 'session-lost');
      }
    }
    return unconfirmed;
  }

  /** Sessions that were not heard for so long (milliseconds), at most `max`. */
  silentFor(spanMs: number, max: number): WorkerSession[] {
    const before = this.#clock.monotonic() - spanMs;
    const silent: WorkerSession[] = [];
    for (const session of this.#pool.all()) {
      if (silent.length >= max) break;
      if (session.seenAt < before) silent.push(session);
    }
    return silent;
  }

  /** The session has ended in the database. */
  forget(session: WorkerSession): void {
    if (this.#namesOfGone.size >= this.#bounds.namesOfGone) this.#namesOfGone.clear();
    this.#namesOfGone.set(session.id, session.capabilities.name);
    this.#pool.remove(session);
    this.#connections.get(session.id)?.close('session-lost');
    this.#connections.delete(session.id);
    session.disconnect();
  }

  /** Each worker comes back with its session and what it holds. */
  dropAll(): void {
    this.#pool.clear();
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    for (const connection of connections) connection.close('forgotten');
  }

  /** The service stops: workers come back to the next process with what they hold. */
  closeAll(): void {
    for (const connection of this.#connections.values()) connection.close('stopping');
  }
}
