import { callAfter } from '../long-timer.ts';

/** Time as the worker needs it: durations only, from a clock that no one can set back. Tests give one of their own. */
export interface WorkerClock {
  /** Milliseconds from an arbitrary start; goes on while the process is stopped. */
  now(): number;
  /** Calls `action` once after `ms`; the answer takes that back. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: WorkerClock = {
  now: () => performance.now(),
  after: callAfter,
};
