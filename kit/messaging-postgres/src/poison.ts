import { CommitUnknownError, DatabaseError } from '@taskflow/kit-postgres';
import { OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import { isPositionMoved } from './positions.ts';

/** They speak of a transaction as a whole: that its position has moved, or that it was not to emit. */
const codesOfTransactions = new Set<unknown>(['position_moved', 'position_identity', 'asynchronous_append']);

/**
 * Whether the same will fail again, and what it is about must be found: values that the server refuses, and whatever
 * our own code throws. A lost connection, a conflict, a position that moved and a schema that does not fit are nobody's
 * fault among what is to be applied: parking for them would park everything, one after the other.
 */
export function isPoison(error: unknown): boolean {
  if (error instanceof CommitUnknownError || error instanceof UnavailableError || error instanceof OverloadedError) {
    return false;
  }
  if (!(error instanceof DatabaseError)) return !codesOfTransactions.has((error as { code?: unknown } | null)?.code);
  if (isPositionMoved(error)) return false;
  // Without a state of the server's: parameters that could not even be sent.
  return error.kind === 'data' || (error.kind === 'other' && error.sqlstate === undefined);
}
