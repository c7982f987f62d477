import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@taskflow/kit-time';
import { boundLog, type ClusterFiles, endOfLog } from './cluster.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { freePort, isPortFree } from './free-port.ts';
import { isSomebodyElse, type Postmaster, readPostmaster } from './postmaster-file.ts';
import type { ServerPrograms } from './server-programs.ts';

export interface Launch {
  readonly files: ClusterFiles;
  readonly programs: ServerPrograms;
  readonly clock: Clock;
  /** Fixed by the caller; a kept or free one otherwise. */
  readonly port: number | undefined;
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
  const { files, programs, clock } = launch;
  const begin = clock.monotonic();
  let adopted = true;
  for (let refusals = 0, silentSince: number | undefined; ; ) {
    const postmaster = readPostmaster(files.cluster);
    const status = await programs.control(['status']);
    if (status.code !== 0) {
      const start = await startOnce(launch);
      adopted = false;
      if (start.code === 0) continue;
      refusals += 1;
      if (refusals >= patience.refusals) throw refused(files, start.output);
    } else if (postmaster !== undefined) {
      if (await launch.accepts(postmaster.port)) return { pid: postmaster.pid, port: postmaster.port, adopted };
      silentSince = judgeSilence(launch, postmaster, silentSince);
    }
    if (clock.monotonic() - begin > patience.recoveryMs) throw refused(files, 'it did not become ready');
    await clock.sleep(patience.pauseMs);
  }
}

/** Since when the server has been ready and silent; clears away a leftover that names another process. */
function judgeSilence({ files, clock }: Launch, postmaster: Postmaster, since: number | undefined): number | undefined {
  if (isSomebodyElse(postmaster.pid)) {
    rmSync(join(files.cluster, 'postmaster.pid'), { force: true });
    return undefined;
  }
  if (!postmaster.isReady) return undefined;
  const start = since ?? clock.monotonic();
  if (clock.monotonic() - start > patience.silentMs) {
    throw refused(files, `process ${postmaster.pid} runs and does not answer`);
  }
  return start;
}

async function startOnce(launch: Launch) {
  const { files, programs } = launch;
  launch.configure(await choosePort(launch));
  boundLog(files);
  // Named relative to the cluster, where `pg_ctl` runs: the server's user may know no other way to it.
  const log = files.log.slice(files.cluster.length + 1);
  return programs.control(['start', '--wait', '--timeout=20', `--log=${log}`]);
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
