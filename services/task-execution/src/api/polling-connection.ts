import type { Clock } from '@taskflow/kit-time';
import type { Delivery, WorkerConnection } from '../application/ports/worker-connection.ts';

/** A worker that asks by HTTP: what is handed to it waits here until it asks. */
export class PollingConnection implements WorkerConnection {
  private readonly clock: Clock;
  private waiting: Delivery[] = [];
  private wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  readonly congested = false;

  deliver(deliveries: readonly Delivery[]): void {
    this.waiting.push(...deliveries);
    this.wake?.();
  }

  /** What was lost before it was fetched need not be fetched; the rest is told by the next heartbeat. */
  tellLost(leases: readonly string[]): void {
    const lost = new Set(leases);
    this.waiting = this.waiting.filter(({ lease }) => !lost.has(lease));
  }

  close(): void {
    this.waiting = [];
    this.wake?.();
  }

  /** At most `most` deliveries; waits up to `waitMs` for the first. */
  async take(most: number, waitMs: number, signal: AbortSignal): Promise<Delivery[]> {
    if (this.waiting.length === 0 && waitMs > 0 && !signal.aborted) await this.somethingOr(waitMs, signal);
    // A caller that has gone gets nothing: the next one does.
    if (signal.aborted) return [];
    return this.waiting.splice(0, most);
  }

  private somethingOr(waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        if (this.wake === end) this.wake = undefined;
        resolve();
      };
      const cancel = this.clock.after(waitMs, end);
      signal.addEventListener('abort', end, { once: true });
      this.wake?.();
      this.wake = end;
    });
  }
}
