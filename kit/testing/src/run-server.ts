import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, usePassingHome, withFileLock } from '@taskflow/kit-postgres/embedded';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { givenServerUrl } from './shared-server.ts';
import { testServerSettings } from './test-server.ts';

let joined: Promise<string> | undefined;

/**
 * URL of a server for this test run, without any set-up: the one that the run was told of, else one per user of the
 * machine, which the first process starts, all others find, and a process apart removes when all have left.
 */
export function runServerUrl(): Promise<string> {
  const given = givenServerUrl();
  if (given !== undefined) return Promise.resolve(given);
  // By number: a user of a container need not have a name.
  joined ??= joinServer(join(tmpdir(), `taskflow-testkit-${process.getuid?.() ?? 'user'}`));
  return joined;
}

/** How long the server waits for the next process of a run, or for the next run, in milliseconds. */
const lingerMs = 20_000;

/** Joins the server whose data lie in `home`, and leaves it when this process exits. */
export function joinServer(home: string, linger = lingerMs): Promise<string> {
  return withFileLock(`${home}.lock`, async () => {
    mkdirSync(home, { recursive: true });
    usePassingHome(home, linger);
    const { log } = silentTelemetry();
    const server = await startEmbeddedPostgres({ dataDir: home, settings: testServerSettings, log });
    return server.url('postgres');
  });
}
