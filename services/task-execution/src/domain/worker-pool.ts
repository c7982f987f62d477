import type { Partition } from './partition.ts';
import { partitionKey } from './partition.ts';
import { type HeldLease, weightOf, type WorkerSession } from './worker-session.ts';

/** Sessions that can do exactly the same, so that one claim serves them all. */
export interface CapabilityGroup {
  readonly key: string;
  readonly sessions: WorkerSession[];
}

/** Partitions whose sessions are remembered; beyond it the memory starts anew. */
const maxRememberedPartitions = 10_000;

/** The worker sessions that this process serves. */
export class WorkerPool {
  readonly #byId = new Map<string, WorkerSession>();
  readonly #groups = new Map<string, CapabilityGroup>();
  readonly #sessionsByPartition = new Map<string, { sessions: WorkerSession[]; next: number }>();

  /** Characters of the names that all sessions hold. */
  names = 0;

  get size(): number {
    return this.#byId.size;
  }

  all(): IterableIterator<WorkerSession> {
    return this.#byId.values();
  }

  get(id: string): WorkerSession | undefined {
    return this.#byId.get(id);
  }

  /** The dispatch is still in force, and its worker has not come back as another session object since. */
  isHeld(held: HeldLease): boolean {
    return this.#byId.get(held.session)?.leases.get(held.lease) === held;
  }

  add(session: WorkerSession): void {
    this.#byId.set(session.id, session);
    this.names += weightOf(session.capabilities);
    const key = capabilityKey(session);
    const group = this.#groups.get(key);
    if (group) group.sessions.push(session);
    else this.#groups.set(key, { key, sessions: [session] });
    this.#sessionsByPartition.clear();
  }

  remove(session: WorkerSession): void {
    if (!this.#byId.delete(session.id)) return;
    this.names -= weightOf(session.capabilities);
    const key = capabilityKey(session);
    const group = this.#groups.get(key);
    if (group) {
      group.sessions.splice(group.sessions.indexOf(session), 1);
      if (group.sessions.length === 0) this.#groups.delete(key);
    }
    this.#sessionsByPartition.clear();
  }

  clear(): void {
    this.#byId.clear();
    this.names = 0;
    this.#groups.clear();
    this.#sessionsByPartition.clear();
  }

  /** One group per set of capabilities. */
  kinds(): CapabilityGroup[] {
    return [...this.#groups.values()];
  }

  /** Groups with free credit. */
  withCredit(): CapabilityGroup[] {
    return [...this.#groups.values()].filter((group) => freeCredit(group.sessions) > 0);
  }

  /**
   * Picks a session with free credit for one task of the partition and reserves it: sessions take turns, so that work
   * spreads. Undefined when none is free.
   */
  reserveFor(partition: Partition): WorkerSession | undefined {
    const turn = this.#turnOf(partition);
    for (let tried = 0; tried < turn.sessions.length; tried += 1) {
      const session = turn.sessions[turn.next % turn.sessions.length];
      turn.next = (turn.next + 1) % turn.sessions.length;
      if (session === undefined || session.free === 0) continue;
      session.reserve();
      return session;
    }
    return undefined;
  }

  /** Some session serves the partition, free or not. */
  anyFor(partition: Partition): boolean {
    for (const { sessions } of this.#groups.values()) if (sessions[0]?.serves(partition)) return true;
    return false;
  }

  #turnOf(partition: Partition) {
    const key = partitionKey(partition);
    let turn = this.#sessionsByPartition.get(key);
    if (!turn) {
      if (this.#sessionsByPartition.size >= maxRememberedPartitions) this.#sessionsByPartition.clear();
      turn = { sessions: [...this.#byId.values()].filter((session) => session.serves(partition)), next: 0 };
      this.#sessionsByPartition.set(key, turn);
    }
    return turn;
  }
}

export function freeCredit(sessions: readonly WorkerSession[]): number {
  let free = 0;
  for (const session of sessions) free += session.free;
  return free;
}

/**
 * Spreads up to `max` dispatches over the sessions' free credit, one at a time in turns, and reserves each: the
 * session for the first task, for the second, and so on.
 */
export function spread(sessions: readonly WorkerSession[], max: number): WorkerSession[] {
  const order: WorkerSession[] = [];
  let withCredit = sessions.filter((session) => session.free > 0);
  while (order.length < max && withCredit.length > 0) {
    for (const session of withCredit) {
      if (order.length === max) break;
      session.reserve();
      order.push(session);
    }
    withCredit = withCredit.filter((session) => session.free > 0);
  }
  return order;
}

function capabilityKey({ capabilities }: WorkerSession): string {
  const queues = capabilities.queues === null ? null : [...capabilities.queues].sort();
  const { tenantId, types, definitions } = capabilities;
  return JSON.stringify([tenantId, queues, [...types].sort(), [...definitions].sort()]);
}
