import { CommitUnknownError, DatabaseError } from '@taskflow/kit-postgres';
import { OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import { isPositionMoved } from './positions.ts';

/** They speak of a transaction as a whole: that its position has moved, or that it was not to emit. */
const codesOfTransactions = new Set<unknown>(['position_moved', 'position_identity', 'asynchronous_append']);

/**
 * Says whether the same will fail again, and what it is about must be found: values that the server refuses, and
 * whatever our own code throws. A lost connection, a conflict, a position that moved and a schema that does not fit are
 * nobody's fault among what is to be applied: parking for them would park everything, one after the other.
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

/** A fault that is about what was to be written; throws one that may pass. */
export function poisonOrThrow(error: unknown): { readonly error: unknown } {
  if (!isPoison(error)) throw error;
  return { error };
}

/**
 * Finds by halving what is wrong with each of these that cannot be written, by its place. `tryOut` carries some of them
 * out in a transaction that is rolled back, and rejects as the real one would.
 */
export async function poisonIn<T>(
  items: readonly T[],
  tryOut: (some: readonly T[]) => Promise<unknown>,
): Promise<ReadonlyMap<number, unknown>> {
  if (items.length === 0) return new Map();
  const fault = await tryOut(items).then(() => undefined, poisonOrThrow);
  if (!fault) return new Map();
  if (items.length === 1) return new Map([[0, fault.error]]);
  const middle = Math.ceil(items.length / 2);
  const early = await poisonIn(items.slice(0, middle), tryOut);
  const late = await poisonIn(items.slice(middle), tryOut);
  return new Map([...early, ...[...late].map(([place, error]) => [place + middle, error] as const)]);
}
