import { EntryFormatError } from './entry-encoding.ts';

/**
 * A consumer's position was taken from another database than the one that now numbers the log: after a restore
 * or a new installation its numbers mean other events. Going on would skip some and repeat others.
 */
export class PositionIdentityError extends Error {
  readonly code = 'position_identity';

  constructor(source: string, stream: number, held: string, found: string) {
    super(
      `The position in ${source}/${stream} belongs to log ${held}, but the log is now ${found}. ` +
        'Rebuild this consumer from the new log, or put the old database back.',
    );
    this.name = 'PositionIdentityError';
  }
}

/** The log no longer holds, or never held, the entry that follows a consumer's position. */
export class LogGapError extends Error {
  readonly code = 'log_gap';

  constructor(source: string, stream: number, after: number, found: string) {
    super(`The log of ${source}/${stream} cannot be read on after ${after}: ${found}. Rebuild this consumer.`);
    this.name = 'LogGapError';
  }
}

/** Says whether trying again can never help, so that the consumer must stop and be seen. */
export function isFinal(error: unknown): boolean {
  return [PositionIdentityError, LogGapError, EntryFormatError].some((kind) => error instanceof kind);
}
