/** Takes back a transaction that was only to show whether it works. */
class RolledBack extends Error {}

/** Runs `work` in a transaction that is rolled back: rejects as the real one would, and leaves nothing. */
export async function rolledBack<Tx>(
  transaction: (work: (tx: Tx) => Promise<never>) => Promise<unknown>,
  work: (tx: Tx) => Promise<unknown>,
): Promise<void> {
  const tried = transaction(async (tx) => {
    await work(tx);
    throw new RolledBack();
  });
  await tried.catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
}
