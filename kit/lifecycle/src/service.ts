import type { Trouble } from './duty.ts';

/**
 * Everything that lives longer than a call: a pool, a loop, a server, a whole service.
 * `start` and `stop` may each be called more than once; the second call gives the first one's promise.
 */
export interface Service {
  readonly name: string;
  /** Resolves once it is ready to be used; rejects when it cannot be, and has then cleaned up after itself. */
  start(): Promise<void>;
  /** Stops taking work, finishes what it holds within its own bound, releases everything. Never rejects for lateness. */
  stop(): Promise<void>;
  /** What keeps it from its duty now. Absent on what has none of its own. */
  trouble?(): Trouble | undefined;
}
