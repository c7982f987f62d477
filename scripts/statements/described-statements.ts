import { startTestServer } from '@taskflow/kit-testing';
import { statementFolders } from './statement-folder.ts';
import { type StatementModule, statementModule } from './statement-modules.ts';

/** The server that reads the statements did not start, so nothing was looked at. */
export class NoServerError extends Error {
  constructor(cause: unknown) {
    super(`PostgreSQL could not be started, so no statement was read: ${String(cause)}`, { cause });
    this.name = 'NoServerError';
  }
}

/** Describes all statements on a server of its own. Rejects with `NoServerError` where there is none. */
export async function describedStatements(
  start: typeof startTestServer = startTestServer,
): Promise<readonly StatementModule[]> {
  const server = await start().catch((error: unknown) => {
    throw new NoServerError(error);
  });
  try {
    return await Promise.all(statementFolders.map((folder) => statementModule(server.url, folder)));
  } finally {
    await server.stop();
  }
}
