import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@taskflow/kit-time';
import type { Account } from './account.ts';
import { boundLog, type ClusterFiles, endOfLog, writeOwned } from './cluster.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { withFileLock } from './file-lock.ts';
import { freePort, isPortFree } from './free-port.ts';
import { disownLockFiles, type Postmaster, readPostmaster } from './postmaster-file.ts';
import type { ProgramResult, ServerPrograms } from './server-programs.ts';

export interface Launch {
  readonly files: ClusterFiles;
  readonly programs: ServerPrograms;
  readonly account: Account | undefined;
  readonly clock: Clock;
  /** Fixed by the caller; a kept or free one otherwise. */
  readonly port: number | undefined;
  /** Ends the launch: what it has started is stopped, and it rejects with the signal's reason. */
  readonly giveUp: AbortSignal;
  /** Writes the server's settings. */
  configure(port: number): void;
  /** Whether the server on this port lets us in. */
  accepts(port: number): Promise<boolean>;
}

export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  /** It ran already when we came. */
  readonly adopted: boolean;
}

/**
 * Right after a crash a start is refused for some seconds, while the old server's processes still end; recovery
 * takes as long as there is log to replay; a server that says it is ready answers soon, or hangs.
 */
const patience = { refusals: 40, silentMs: 30_000, recoveryMs: 600_000, pauseMs: 250 } as const;

/**
 * Comes back with a server that lets us in: the one that runs, or one that it starts. Obstacles that pass by
 * themselves are waited for; rejects with `EmbeddedPostgresError` when one does not.
 */
export async function launchServer(launch: Launch): Promise<RunningServer> {
  const { files, clock, giveUp } = launch;
  const begin = clock.monotonic();
  let adopted = true;
  let refusals = 0;
  let silentSince: number | undefined;
  while (!giveUp.aborted) {
    const postmaster = readPostmaster(files.cluster);
    if (postmaster === undefined) {
      const refusal = await startOnce(launch);
      if (refusal === 'runs') continue;
      adopted = false;
      if (refusal === undefined) continue;
      refusals += 1;
      if (refusals >= patience.refusals) throw refused(files, refusal);
    } else {
      if (await launch.accepts(postmaster.port)) return { pid: postmaster.pid, port: postmaster.port, adopted };
      silentSince = judgeSilence(launch, postmaster, silentSince);
    }
    if (clock.monotonic() - begin > patience.recoveryMs) throw refused(files, 'it did not become ready');
    await clock.sleep(patience.pauseMs, giveUp).catch(() => {});
  }
  if (!adopted) await endHalfStarted(launch);
  throw giveUp.reason;
}

/** Since when the server has been ready and silent. */
function judgeSilence({ files, clock }: Launch, postmaster: Postmaster, since: number | undefined): number | undefined {
  if (!postmaster.isReady) return undefined;
  const start = since ?? clock.monotonic();
  if (clock.monotonic() - start > patience.silentMs) {
    throw refused(files, `process ${postmaster.pid} runs and does not answer`);
  }
  return start;
}

/**
 * Gives the reason for which the server was not started, and `runs` when another process has started it. One start at
 * a time: whoever clears away what an ended server left must not meet a server that begins.
 */
function startOnce(launch: Launch): Promise<string | 'runs' | undefined> {
  const { files, programs, account, clock, giveUp } = launch;
  return withFileLock(join(files.home, 'start.lock'), async () => {
    if (readPostmaster(files.cluster) !== undefined) return 'runs';
    disownLockFiles(files.cluster, clock.now(), (path, text) => writeOwned(path, text, account));
    launch.configure(await choosePort(launch));
    boundLog(files);
    // Named relative to the cluster, where `pg_ctl` runs: the server's user may know no other way to it.
    const log = files.log.slice(files.cluster.length + 1);
    const start: ProgramResult = await programs.control(['start', '--wait', '--timeout=20', `--log=${log}`], giveUp);
    return start.code === 0 ? undefined : start.output;
  });
}

/** What it may have begun to replay is replayed at the next start. */
async function endHalfStarted({ files, programs }: Launch): Promise<void> {
  if (readPostmaster(files.cluster) === undefined) return;
  await programs.control(['stop', '--wait', '--timeout=10', '--mode=immediate']);
}

function refused(files: ClusterFiles, reason: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `the database in ${files.home} could not be started: ${reason}\n${endOfLog(files)}`.trim(),
  );
}

/** The port of the last start, as long as nobody else took it: addresses that people noted stay true. */
async function choosePort({ files, port }: Launch): Promise<number> {
  if (port !== undefined) return port;
  const kept = keptPort(files);
  if (kept !== undefined && (await isPortFree(kept))) return kept;
  const chosen = await freePort();
  writeFileSync(files.port, `${chosen}\n`);
  return chosen;
}

function keptPort(files: ClusterFiles): number | undefined {
  try {
    const port = Number(readFileSync(files.port, 'utf8'));
    return port > 0 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
}
