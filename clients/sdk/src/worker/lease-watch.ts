import type { WorkerClock } from './worker-clock.ts';

export interface LeaseWatchEvents {
  /** Time for a sign of life. */
  beat(ref: number): void;
  /** The leases may have expired: stop the handlers and report nothing of them. */
  expired(): void;
  /** The sign of life comes so much too late: nothing of this process went on meanwhile. */
  blocked(ms: number): void;
  /** Nothing was heard for two heartbeats: the connection is dead although nobody closed it. */
  silent(): void;
}

/** A busy machine may take this long; more is the doing of a handler. */
const lateMs = 1_000;

/**
 * Signs of life, and the worker's own judgement of its leases. A lease counts from when the heartbeat was *sent*: the
 * server may have renewed it at any moment between then and its answer, and only the earliest one is sure.
 */
export class LeaseWatch {
  readonly #clock: WorkerClock;
  readonly #events: LeaseWatchEvents;
  readonly #nextRef: () => number;
  readonly #sentAt = new Map<number, number>();
  #leaseMs = 0;
  #heartbeatMs = 0;
  #validUntil = 0;
  #heardAt = 0;
  #cancelBeat: (() => void) | undefined;
  #cancelExpiry: (() => void) | undefined;

  constructor(clock: WorkerClock, nextRef: () => number, events: LeaseWatchEvents) {
    this.#clock = clock;
    this.#nextRef = nextRef;
    this.#events = events;
  }

  /** False when the worker must take its leases for expired. */
  get valid(): boolean {
    return this.#clock.now() < this.#validUntil;
  }

  /** The session is in force, renewed by the registration that was sent at `sentAt`. */
  registered(terms: { readonly leaseMs: number; readonly heartbeatMs: number }, sentAt: number): void {
    this.#leaseMs = terms.leaseMs;
    this.#heartbeatMs = terms.heartbeatMs;
    this.#sentAt.clear();
    this.#renew(sentAt);
    this.#heardAt = this.#clock.now();
    this.#scheduleBeat();
  }

  answered(ref: number): void {
    const sentAt = this.#sentAt.get(ref);
    this.#heardAt = this.#clock.now();
    if (sentAt === undefined) return;
    this.#sentAt.delete(ref);
    this.#renew(sentAt);
  }

  /** No heartbeats without a connection; the leases run on. */
  disconnected(): void {
    this.#cancelBeat?.();
    this.#sentAt.clear();
  }

  stop(): void {
    this.disconnected();
    this.#cancelExpiry?.();
  }

  #renew(sentAt: number): void {
    this.#validUntil = Math.max(this.#validUntil, sentAt + this.#leaseMs);
    this.#scheduleExpiry();
  }

  #scheduleExpiry(): void {
    this.#cancelExpiry?.();
    this.#cancelExpiry = this.#clock.after(Math.max(0, this.#validUntil - this.#clock.now()), () => {
      // A timer may fire a moment early; then the rest is waited for.
      if (this.valid) this.#scheduleExpiry();
      else this.#events.expired();
    });
  }

  #scheduleBeat(): void {
    this.#cancelBeat?.();
    const dueAt = this.#clock.now() + this.#heartbeatMs;
    this.#cancelBeat = this.#clock.after(this.#heartbeatMs, () => {
      const late = this.#clock.now() - dueAt;
      if (late > lateMs) this.#events.blocked(late);
      if (this.#clock.now() - this.#heardAt > 2 * this.#heartbeatMs) return this.#events.silent();
      const ref = this.#nextRef();
      this.#sentAt.set(ref, this.#clock.now());
      this.#events.beat(ref);
      this.#scheduleBeat();
    });
  }
}
