import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Log } from '@taskflow/kit-telemetry';
import { type Clock, systemClock } from '@taskflow/kit-time';
import { serverAccount } from './account.ts';
import { locateBinaries } from './binaries.ts';
import { checkCluster, clusterFiles, ensureCluster, readPassword, superuser, writeConfiguration } from './cluster.ts';
import { accepts, ensureDatabase } from './databases.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { launchServer, type RunningServer } from './launch.ts';
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
  /** The same over the server's own socket, which costs a fifth less per round trip; `url` where there is none. */
  localUrl(database: string): string;
  /** Makes the database unless it is there. */
  ensureDatabase(name: string): Promise<void>;
  /** Shuts the server down; `fast` unless told. Resolves when it is gone, or cannot be made to go. */
  stop(mode?: StopMode): Promise<void>;
  readonly pid: number;
  readonly port: number;
  /** It was running already, left behind by a process that was killed. */
  readonly adopted: boolean;
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
  const password = readPassword(files);
  const running = await launchServer({
    files,
    programs,
    clock: options.clock ?? systemClock,
    port: options.port,
    configure: (port) => writeConfiguration(files, port, options.settings ?? {}, account),
    accepts: (port) => accepts(connectionUrl(password, port, 'postgres')),
  });
  options.log.info({ ...running }, 'embedded PostgreSQL is ready');
  return handleOf(running, { password, cluster: files.cluster }, programs, options.log);
}

function connectionUrl(password: string, port: number, database: string): string {
  return `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** Longest socket path that every system takes, in bytes. */
const longestSocketPath = 100;

/** Undefined when the server has no socket that this process can name: its path is too long, or it was adopted without. */
function socketUrl(at: { password: string; cluster: string; port: number; database: string }): string | undefined {
  const socket = join(at.cluster, `.s.PGSQL.${at.port}`);
  if (Buffer.byteLength(socket) > longestSocketPath || !existsSync(socket)) return undefined;
  const [user, password, host] = [superuser, at.password, at.cluster].map(encodeURIComponent);
  return `postgres://${user}:${password}@${host}:${at.port}/${encodeURIComponent(at.database)}`;
}

function handleOf(
  { pid, port, adopted }: RunningServer,
  { password, cluster }: { password: string; cluster: string },
  programs: ServerPrograms,
  log: EmbeddedPostgresOptions['log'],
): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;

  async function shutDown(mode: StopMode): Promise<void> {
    const stop = await programs.control(['stop', '--wait', '--timeout=20', `--mode=${mode}`]);
    if (stop.code === 0 || (await programs.control(['status'])).code !== 0) return;
    log.warn({ pid, output: stop.output }, 'embedded PostgreSQL did not stop in time; it is stopped hard');
    const hard = await programs.control(['stop', '--wait', '--timeout=10', '--mode=immediate']);
    if (hard.code !== 0) log.error({ pid, output: hard.output }, 'embedded PostgreSQL cannot be stopped');
  }

  const url = (database: string) => connectionUrl(password, port, database);
  return {
    pid,
    port,
    adopted,
    url,
    localUrl: (database) => socketUrl({ password, cluster, port, database }) ?? url(database),
    ensureDatabase: (name) => ensureDatabase(url('postgres'), name),
    stop: (mode = 'fast') => {
      stopping ??= shutDown(mode);
      return stopping;
    },
  };
}
