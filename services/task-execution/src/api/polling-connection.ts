import type { Clock } from '@taskflow/kit-time';
import type { WireBounds } from '../application/bounds.ts';
import type { WorkerSession } from '../domain/worker-session.ts';
import type { Delivery, WorkerConnection } from '../application/ports/worker-connection.ts';

interface OpenClaim {
  readonly max: number;
  answer(deliveries: Delivery[]): void;
}

/**
 * A worker that asks by HTTP: what is handed to it waits here until a claim takes it. Claims that overlap are served in
 * the order in which they came. An answer may get lost on its way without a word, so a delivery counts as arrived only
 * once the worker shows that it knows its lease.
 */
export class PollingConnection implements WorkerConnection {
  readonly congested = false;
  readonly session: WorkerSession;
  readonly #clock: Clock;
  /** Characters of payloads in one answer; what is over it goes with the next one. */
  readonly #maxBytes: number;
  #waiting: Delivery[] = [];
  #claims: OpenClaim[] = [];
  /**
   * When each lease of which the worker has shown no knowledge was dispatched, oldest first; monotonic milliseconds.
   */
  readonly #unconfirmed = new Map<string, number>();

  constructor(clock: Clock, session: WorkerSession, bounds: WireBounds) {
    this.#maxBytes = bounds.claimAnswerBytes;
    this.#clock = clock;
    this.session = session;
    // Of an earlier connection.
    for (const lease of session.leases.keys()) this.#unconfirmed.set(lease, clock.monotonic());
  }

  /** How many more deliveries the open claims would take. */
  get wanted(): number {
    return Math.max(0, this.#claims.reduce((sum, { max }) => sum + max, 0) - this.#waiting.length);
  }

  get openClaims(): number {
    return this.#claims.length;
  }

  deliver(deliveries: readonly Delivery[]): void {
    for (const { lease } of deliveries) this.#unconfirmed.set(lease, this.#clock.monotonic());
    this.#waiting.push(...deliveries);
    this.#serve();
  }

  /** The worker named these leases: their deliveries have arrived. */
  heardOf(leases: Iterable<string>): void {
    for (const lease of leases) this.#unconfirmed.delete(lease);
  }

  /**
   * Only a worker that outlived the span can tell by its silence about a lease that it never got it. One that says
   * nothing at all may have been killed by the task: its session expires, and the attempt counts.
   */
  unconfirmedFor(spanMs: number): string[] {
    const leases: string[] = [];
    const isAsking = this.#claims.length > 0;
    const now = this.#clock.monotonic();
    for (const [lease, at] of this.#unconfirmed) {
      if (now - at < spanMs) break;
      if (isAsking || this.session.seenAt - at >= spanMs) leases.push(lease);
    }
    return leases;
  }

  /** What was lost before it was fetched need not be fetched; the rest is told by the next heartbeat. */
  reportLost(leases: readonly string[]): void {
    const lost = new Set(leases);
    this.heardOf(lost);
    this.#waiting = this.#waiting.filter(({ lease }) => !lost.has(lease));
  }

  close(): void {
    this.#waiting = [];
    for (const claim of this.#claims.splice(0)) claim.answer([]);
  }

  /** At most `max` deliveries; waits up to `waitMs` for the first. A caller that has gone gets nothing. */
  take(max: number, waitMs: number, signal: AbortSignal): Promise<Delivery[]> {
    if (signal.aborted) return Promise.resolve([]);
    return new Promise((resolve) => {
      const end = () => claim.answer([]);
      const cancel = this.#clock.after(waitMs, end);
      signal.addEventListener('abort', end, { once: true });
      const claim: OpenClaim = {
        max,
        answer: (deliveries) => {
          cancel();
          signal.removeEventListener('abort', end);
          this.#claims = this.#claims.filter((open) => open !== claim);
          resolve(deliveries);
        },
      };
      this.#claims.push(claim);
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#waiting.length > 0 && this.#claims.length > 0) {
      const [next] = this.#claims;
      next?.answer(this.#waiting.splice(0, this.#fitting(next.max)));
    }
  }

  /** How many of the deliveries that wait one answer may carry. */
  #fitting(max: number): number {
    let bytes = 0;
    for (let count = 0; count < Math.min(max, this.#waiting.length); count += 1) {
      bytes += this.#waiting[count]?.payload.length ?? 0;
      if (count > 0 && bytes > this.#maxBytes) return count;
    }
    return max;
  }
}
