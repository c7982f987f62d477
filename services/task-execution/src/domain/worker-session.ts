import type { Partition } from './partition.ts';
import type { WeighedLease } from './work.ts';

/** The capabilities that a worker says it has. */
export interface Capabilities {
  readonly tenantId: string;
  readonly name: string;
  /** Null: every queue. */
  readonly queues: readonly string[] | null;
  readonly types: readonly string[];
  /** Workflow definitions that it holds, as `name@version`. */
  readonly definitions: readonly string[];
  readonly concurrency: number;
}

/** Characters of the names by which a worker says what it can do. */
export function weightOf({ name, queues, types, definitions }: Capabilities): number {
  let characters = name.length;
  for (const names of [queues ?? [], types, definitions]) for (const each of names) characters += each.length;
  return characters;
}

/** A dispatch as its session remembers it. */
export interface HeldLease extends WeighedLease {
  readonly session: string;
  readonly generation: number;
  /** Delivery number. */
  readonly n: number;
  /** Monotonic milliseconds. */
  readonly dispatchedAt: number;
}

/** Most leases of one session: as many as one heartbeat can list. */
export const maxLeases = 20_000;

/**
 * A worker session as this process knows it: its credit, its numbered deliveries, and what it holds. The database
 * decides who holds a lease; this is the shortcut that keeps heartbeats and dispatches from asking it.
 */
export class WorkerSession {
  readonly id: string;
  readonly capabilities: Capabilities;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly leases = new Map<string, HeldLease>();
  /** Monotonic milliseconds of the latest sign of life. */
  seenAt: number;
  /** Slots that are taken by handlers which go on although their attempts have ended, as the worker said last. */
  occupied = 0;
  connected = false;
  readonly #queues: ReadonlySet<string> | null;
  readonly #types: ReadonlySet<string>;
  readonly #definitions: ReadonlySet<string>;
  #creditUpTo = 0;
  #onNoReservation: (() => void)[] = [];
  #deliveries = 0;
  #reserved = 0;
  /** Leases whose end the worker has reported and the ledger has not written yet: they fill no slot of the worker. */
  readonly #reported = new Set<string>();

  constructor(id: string, capabilities: Capabilities, since: number, seenAt: number) {
    this.id = id;
    this.capabilities = capabilities;
    this.since = since;
    this.seenAt = seenAt;
    this.#queues = capabilities.queues === null ? null : new Set(capabilities.queues);
    this.#types = new Set(capabilities.types);
    this.#definitions = new Set(capabilities.definitions);
  }

  /** A new connection: deliveries are counted from 1 again, and no credit is left from the old one. */
  connect(): void {
    this.connected = true;
    this.#deliveries = 0;
    this.#creditUpTo = 0;
  }

  disconnect(): void {
    this.connected = false;
  }

  serves(partition: Partition): boolean {
    return (
      partition.tenantId === this.capabilities.tenantId &&
      this.#types.has(partition.type) &&
      (this.#queues === null || this.#queues.has(partition.queue)) &&
      (partition.definition === '' || this.#definitions.has(partition.definition))
    );
  }

  /** "Send up to delivery number `upTo`": cumulative, so a repeated or late word never counts twice. */
  grant(upTo: number): void {
    this.#creditUpTo = upTo;
  }

  /** Credit until `max` more deliveries than so far; a worker that asks instead of granting. */
  grantMore(max: number): void {
    this.#creditUpTo = this.#deliveries + max;
  }

  get delivered(): number {
    return this.#deliveries;
  }

  /**
   * How many more dispatches may be begun. Credit says when the worker wants them, its slots bound how many it has at
   * once: credit far beyond them would draw work away from workers that could run it now.
   */
  get free(): number {
    if (!this.connected) return 0;
    const credit = this.#creditUpTo - this.#deliveries;
    const slots = this.capabilities.concurrency - (this.leases.size - this.#reported.size);
    return Math.max(0, Math.min(credit, slots, maxLeases - this.leases.size) - this.#reserved);
  }

  /** Bytes of the work that it holds under a lease. */
  bytesUnder(lease: string): number | undefined {
    return this.leases.get(lease)?.bytes;
  }

  /** The worker reports the end of these. */
  reporting(leases: Iterable<string>): void {
    for (const lease of leases) if (this.leases.has(lease)) this.#reported.add(lease);
  }

  /** Sets credit aside for a dispatch that is being written. */
  reserve(): void {
    this.#reserved += 1;
  }

  /** The dispatch was not written. */
  unreserve(): void {
    // A session that was resumed meanwhile never knew of the reservation.
    this.#reserved = Math.max(0, this.#reserved - 1);
    if (this.#reserved > 0) return;
    for (const report of this.#onNoReservation.splice(0)) report();
  }

  /** The worker has taken its credit back: nothing more is dispatched but what is being written. */
  get isRevoked(): boolean {
    return this.#creditUpTo <= this.#deliveries;
  }

  /** Resolves when no dispatch is being written any more. */
  withoutReservations(): Promise<void> {
    if (this.#reserved === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onNoReservation.push(resolve);
    });
  }

  /** The dispatch is written: it gets the next delivery number. */
  hold(work: WeighedLease, generation: number, dispatchedAt: number): HeldLease {
    this.#deliveries += 1;
    const held = this.#remember(work, generation, dispatchedAt, this.#deliveries);
    this.unreserve();
    return held;
  }

  /** A lease of an earlier process, found again in the database. */
  restore(work: WeighedLease, generation: number, dispatchedAt: number): HeldLease {
    return this.#remember(work, generation, dispatchedAt, 0);
  }

  #remember(work: WeighedLease, generation: number, dispatchedAt: number, n: number): HeldLease {
    const { tenantId, taskId, lease, bytes } = work;
    const held = { tenantId, taskId, lease, bytes, session: this.id, generation, n, dispatchedAt };
    this.leases.set(lease, held);
    return held;
  }

  /** The lease is no longer in force. */
  drop(lease: string): boolean {
    this.#reported.delete(lease);
    return this.leases.delete(lease);
  }

  /** Of what the worker says that it holds: leases that it does not have (any more). */
  lostOf(holds: readonly string[]): string[] {
    return holds.filter((lease) => !this.leases.has(lease));
  }

  /**
   * Leases that the worker should hold and does not: sent and received, or sent before `sentBefore` (monotonic
   * milliseconds) and never received. What is still on its way is left alone.
   */
  missingFrom(holds: readonly string[], received: number, sentBefore: number): HeldLease[] {
    const held = new Set(holds);
    const missing: HeldLease[] = [];
    for (const lease of this.leases.values()) {
      if (held.has(lease.lease)) continue;
      if (lease.n <= received || lease.dispatchedAt < sentBefore) missing.push(lease);
    }
    return missing;
  }
}
