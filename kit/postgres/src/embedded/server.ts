import { rmSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Log } from '@taskflow/kit-telemetry';
import { type Clock, systemClock } from '@taskflow/kit-time';
import { serverAccount } from './account.ts';
import { locateBinaries } from './binaries.ts';
import {
  boundLog,
  type ClusterFiles,
  checkCluster,
  clusterFiles,
  endOfLog,
  ensureCluster,
  readPassword,
  superuser,
  writeConfiguration,
} from './cluster.ts';
import { accepts, ensureDatabase } from './databases.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { freePort, isPortFree } from './free-port.ts';
import { isSomebodyElse, readPostmaster } from './postmaster-file.ts';
import { type ServerPrograms, serverPrograms } from './server-programs.ts';

/** How PostgreSQL ends its sessions: `fast` rolls them back and checkpoints, `immediate` leaves recovery to the next start. */
export type StopMode = 'fast' | 'immediate';

export interface EmbeddedPostgresOptions {
  /** Holds the data and all else that belongs to it. Made if missing, by whoever comes first. */
  dataDir: string;
  /** Loopback port; unless given, a free one, kept from start to start as long as it is free. */
  port?: number;
  /** Server settings that differ from those for production. They count for a server that is started, not for one that is adopted. */
  settings?: Readonly<Record<string, string>>;
  log: Pick<Log, 'info' | 'warn' | 'error'>;
  clock?: Clock;
}

export interface EmbeddedPostgres {
  /** Connection URL of one of its databases, password included. Loopback only. */
  url(database: string): string;
  /** Makes the database unless it is there. */
  ensureDatabase(name: string): Promise<void>;
  /** Shuts the server down; `fast` unless told. Resolves when it is gone, or cannot be made to go. */
  stop(mode?: StopMode): Promise<void>;
  readonly pid: number;
  readonly port: number;
  /** It was running already, left behind by a process that was killed. */
  readonly adopted: boolean;
}

const startDeadlineMs = 30_000;
const retryPauseMs = 100;

interface Launch {
  readonly files: ClusterFiles;
  readonly programs: ServerPrograms;
  readonly options: EmbeddedPostgresOptions;
  readonly password: string;
  readonly clock: Clock;
}

/**
 * A real PostgreSQL server of our own, from the binaries of an npm package, driven by its own `pg_ctl`. It runs as
 * a process apart, so it outlives a killed owner, and the next start adopts it. Rejects with
 * `EmbeddedPostgresError`, whose message names the reason.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const files = clusterFiles(resolve(options.dataDir));
  const account = serverAccount(files.cluster);
  const { directory, major } = locateBinaries(account);
  const programs = serverPrograms({ binaries: directory, cluster: files.cluster, account, superuser });
  await ensureCluster(files, account, async (emptyDirectory) => {
    const { code, output } = await programs.initdb(emptyDirectory);
    if (code !== 0) throw new EmbeddedPostgresError(`the database in ${files.home} could not be made: ${output}`);
  });
  checkCluster(files, major, account);
  const launch = { files, programs, options, password: readPassword(files), clock: options.clock ?? systemClock };
  const running = await launchUntilReady(launch, (port) => {
    writeConfiguration(files, port, options.settings ?? {}, account);
  });
  options.log.info({ port: running.port, pid: running.pid, adopted: running.adopted }, 'embedded PostgreSQL is ready');
  return handleOf(launch, running);
}

interface Running {
  readonly pid: number;
  readonly port: number;
  readonly adopted: boolean;
}

/**
 * Right after a crash a start may be refused for some seconds, while the old server's processes still end; and
 * another process may be starting the same server. So every obstacle is tried again until the deadline.
 */
async function launchUntilReady(launch: Launch, configure: (port: number) => void): Promise<Running> {
  const { files, programs, clock, password } = launch;
  const begin = clock.monotonic();
  let launched = false;
  let obstacle = 'it did not answer';
  do {
    const status = await programs.control(['status']);
    const postmaster = readPostmaster(files.cluster);
    if (status.code === 0 && postmaster !== undefined) {
      if (await accepts(connectionUrl(password, postmaster.port, 'postgres'))) {
        return { pid: postmaster.pid, port: postmaster.port, adopted: !launched };
      }
      if (isSomebodyElse(postmaster.pid)) rmSync(join(files.cluster, 'postmaster.pid'), { force: true });
    } else if (status.code !== 0) {
      configure(await choosePort(launch));
      boundLog(files);
      const start = await programs.control(['start', '--wait', '--timeout=20', `--log=${logName(launch)}`]);
      if (start.code === 0) {
        launched = true;
        continue;
      }
      obstacle = start.output;
    }
    await clock.sleep(retryPauseMs);
  } while (clock.monotonic() - begin < startDeadlineMs);
  throw new EmbeddedPostgresError(
    `the database in ${files.home} could not be started: ${obstacle}\n${endOfLog(files)}`.trim(),
  );
}

/** `pg_ctl` runs inside the data directory, which may have no other name that the server's user can use. */
function logName({ files }: Launch): string {
  return files.log.slice(files.cluster.length + 1);
}

async function choosePort({ files, options }: Launch): Promise<number> {
  if (options.port !== undefined) return options.port;
  const kept = keptPort(files);
  if (kept !== undefined && (await isPortFree(kept))) return kept;
  const port = await freePort();
  writeFileSync(files.port, `${port}\n`);
  return port;
}

function keptPort(files: ClusterFiles): number | undefined {
  try {
    const port = Number(readFileSync(files.port, 'utf8'));
    return port > 0 && port < 65_536 ? port : undefined;
  } catch {
    return undefined;
  }
}

function connectionUrl(password: string, port: number, database: string): string {
  return `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

function handleOf(launch: Launch, { pid, port, adopted }: Running): EmbeddedPostgres {
  const { programs, options, password } = launch;
  let stopping: Promise<void> | undefined;

  async function shutDown(mode: StopMode): Promise<void> {
    const stop = await programs.control(['stop', '--wait', '--timeout=20', `--mode=${mode}`]);
    if (stop.code === 0 || (await programs.control(['status'])).code !== 0) return;
    options.log.warn({ pid, output: stop.output }, 'embedded PostgreSQL did not stop in time; it is stopped hard');
    const hard = await programs.control(['stop', '--wait', '--timeout=10', '--mode=immediate']);
    if (hard.code !== 0) options.log.error({ pid, output: hard.output }, 'embedded PostgreSQL cannot be stopped');
  }

  const url = (database: string) => connectionUrl(password, port, database);
  return {
    pid,
    port,
    adopted,
    url,
    ensureDatabase: (name) => ensureDatabase(url('postgres'), name),
    stop: (mode = 'fast') => {
      stopping ??= shutDown(mode);
      return stopping;
    },
  };
}
