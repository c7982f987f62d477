import type { WorkOptions } from '../../domain/work.ts';

/** An attempt on its way to a worker. */
export interface Delivery {
  /** Number of the delivery within the connection, from 1. */
  readonly n: number;
  readonly lease: string;
  readonly taskId: string;
  readonly generation: number;
  readonly type: string;
  readonly queue: string;
  readonly attempt: number;
  /** JSON text, spliced into the frame as it is. */
  readonly payload: string;
  /** Longest run of this attempt, in milliseconds from receipt. */
  readonly timeoutMs: number | null;
  readonly options: WorkOptions;
}

/** A worker that can be reached now. None of these waits or throws; what cannot be sent is found by heartbeats. */
export interface WorkerConnection {
  /** It takes no more for now: its worker reads slower than work is dispatched. */
  readonly congested: boolean;
  deliver(deliveries: readonly Delivery[]): void;
  /**
   * Leases dispatched so long ago (milliseconds) of which the worker has shown no knowledge, although it was heard
   * since. None where heartbeats alone tell what arrived.
   */
  unconfirmedFor(spanMs: number): readonly string[];
  /** Leases taken back: abort the handlers and report nothing. */
  reportLost(leases: readonly string[], reason: 'cancelled' | 'timed-out' | 'session-lost'): void;
  /** `forgotten`: nothing is known of its worker any more, which comes back with its session and what it holds. */
  close(reason: 'replaced' | 'session-lost' | 'stopping' | 'forgotten'): void;
}
