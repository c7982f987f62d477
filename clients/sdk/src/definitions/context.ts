import type { NotAvailable } from './not-available.ts';

/** Lines of a handler, each with the ids of its task and attempt. */
export interface Log {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

/** The second argument of a handler: its attempt, and what it may ask of the worker. */
export interface TaskContext {
  readonly task: {
    readonly id: string;
    readonly type: string;
    readonly queue: string;
    readonly tags: Readonly<Record<string, string>>;
  };
  /** The workflow and step that this task carries out; absent for a task started alone. */
  readonly workflow:
    | { readonly id: string; readonly name: string; readonly version: number | undefined; readonly step: string }
    | undefined;
  /** From 1. */
  readonly attempt: number;
  /** The same in every attempt of this task, and in a later retry of it by hand: give it to third parties. */
  readonly idempotencyKey: string;
  /** Aborted on cancel, on the attempt's timeout, when the lease may have expired, and when a drain runs out of time. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Reports how far the attempt is: a fraction of 0..1, or so many of so many. Only the latest value is sent. */
  progress(fraction: number, note?: string): void;
  progress(done: number, total: number, note?: string): void;
  /** Not available yet: results memoised across attempts. */
  checkpoint(key: NotAvailable<'ctx.checkpoint'>, compute?: unknown): never;
  /** Not available yet: an event that leaves only if the step commits. */
  publish(event: NotAvailable<'ctx.publish'>, payload?: unknown): never;
  /** Not available yet, and not needed: the worker gives the signs of life. */
  heartbeat(refused: NotAvailable<'ctx.heartbeat'>): never;
}
