import type { Trouble } from './duty.ts';

/**
 * Everything that lives longer than a call: a pool, a loop, a server, a whole service. It has one life: `start` and
 * `stop` may each be called more than once and in any order, also while the other is under way; the second call gives the
 * first one's promise. `createLifecycle` keeps this.
 */
export interface Service {
  readonly name: string;
  /**
   * Resolves once it is ready to be used; rejects when it cannot be, and has then cleaned up after itself: with
   * `StoppedError` where it is stopped already.
   */
  start(): Promise<void>;
  /**
   * Stops taking work, finishes what it holds within its own bound, releases everything, also what a start that is under
   * way has begun. Never rejects for lateness.
   */
  stop(): Promise<void>;
  /** What keeps it from its duty now. Absent on what has none of its own. */
  trouble?(): Trouble | undefined;
}
