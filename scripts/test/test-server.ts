/** Starts the run's one PostgreSQL server, whose address child processes find in their environment, and stops it after `work`. */
export async function withTestServer(needed: boolean, work: () => Promise<void>): Promise<void> {
  if (!needed) return work();
  const { globalSetup, globalTeardown } = await import('../../kit/testing/src/global-setup.ts');
  await globalSetup();
  try {
    await work();
  } finally {
    await globalTeardown();
  }
}
