/** A bound was reached: the caller may try the same again after `retryAfterMs`. Nothing was done. */
export class OverloadedError extends Error {
  readonly code = 'overloaded';
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 1_000) {
    super(message);
    this.name = 'OverloadedError';
    this.retryAfterMs = retryAfterMs;
  }
}

export interface UnavailableOptions extends ErrorOptions {
  retryAfterMs?: number;
  /** `unknown` when the work may have been done all the same; `nothing-done` unless told. */
  outcome?: 'nothing-done' | 'unknown';
}

/** Says that something that this process depends on cannot be reached now. */
export class UnavailableError extends Error {
  readonly code = 'unavailable';
  readonly retryAfterMs: number;
  /** `unknown`: the work may have been done; only a repeat under the same idempotency key is safe. */
  readonly outcome: 'nothing-done' | 'unknown';

  constructor(message: string, options: UnavailableOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UnavailableError';
    this.retryAfterMs = options.retryAfterMs ?? 1_000;
    this.outcome = options.outcome ?? 'nothing-done';
  }
}
