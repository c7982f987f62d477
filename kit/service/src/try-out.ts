import type { Database, Queryable } from '@taskflow/kit-postgres';

/** Takes back a transaction that was only to show whether it works. */
class TriedOut extends Error {}

/** Runs `work` in a transaction that is rolled back: rejects as the real one would, and leaves nothing. */
export type TryOut = (work: (tx: Queryable) => Promise<unknown>) => Promise<void>;

export function createTryOut(database: Pick<Database, 'transaction'>): TryOut {
  return async (work) => {
    const tried = database.transaction(async (tx) => {
      await work(tx);
      throw new TriedOut();
    });
    await tried.catch((error: unknown) => {
      if (!(error instanceof TriedOut)) throw error;
    });
  };
}
