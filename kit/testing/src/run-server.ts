import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import { startEmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { withFileLock } from './file-lock.ts';
import { isStamped, processStamp } from './left-behind.ts';
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
  joined ??= joinServer(join(tmpdir(), `taskflow-testkit-${userInfo().username}`));
  return joined;
}

/** How long the server waits for the next process of a run, or for the next run, in milliseconds. */
const lingerMs = 20_000;

/** Joins the server whose data lie in `home`, and leaves it when this process exits. */
export function joinServer(home: string, linger = lingerMs): Promise<string> {
  return withFileLock(`${home}.lock`, async () => {
    const users = usersOf(home);
    mkdirSync(users, { recursive: true });
    // Threads of one process come and go by themselves.
    const stamp = join(users, `${process.pid}-${threadId}`);
    writeFileSync(stamp, processStamp(process.pid));
    process.once('exit', () => rmSync(stamp, { force: true }));
    const { log } = silentTelemetry();
    const server = await startEmbeddedPostgres({ dataDir: home, settings: testServerSettings, log });
    if (!isStamped(reaperOf(home))) startReaper(home, linger);
    return server.url('postgres');
  });
}

/** A file per process and thread that uses the server. */
export const usersOf = (home: string): string => join(home, 'users');
/** Names the process that removes the server. */
export const reaperOf = (home: string): string => join(home, 'reaper');

function startReaper(home: string, linger: number): void {
  const program = fileURLToPath(new URL('./server-reaper.ts', import.meta.url));
  const reaper = spawn(process.execPath, [program, home, String(linger)], { detached: true, stdio: 'ignore' });
  reaper.unref();
  if (reaper.pid !== undefined) writeFileSync(reaperOf(home), processStamp(reaper.pid));
}
