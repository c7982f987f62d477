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
import { readPostmaster } from './postmaster-file.ts';
import { runsIn } from './process-identity.ts';
import { type ServerPrograms, serverPrograms } from './server-programs.ts';

/**
 * Says how PostgreSQL ends its sessions: `fast` rolls them back and checkpoints, `immediate` leaves recovery to the
 * next start.
 */
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
  /** Rejects where no data are, instead of making them: what lived on earlier ones must not go on with none. */
  dataMustExist?: boolean;
  /** Gives up a start that takes too long for whoever asks: what it has begun is ended, and it rejects with the reason. */
  giveUp?: AbortSignal;
}

export interface EmbeddedPostgres {
  /** Connection URL of one of its databases, password included. Loopback only. */
  url(database: string): string;
  /** The same over the server's own socket, which costs a fifth less per round trip; `url` where there is none. */
  localUrl(database: string): string;
  /** Makes the database unless it is there. */
  ensureDatabase(name: string): Promise<void>;
  /**
   * Shuts the server down; `fast` unless told. Resolves when it is gone, or cannot be made to go: within 35 seconds.
   * `immediate` also ends a `fast` one that is under way.
   */
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
  const { giveUp = new AbortController().signal, clock = systemClock } = options;
  const files = clusterFiles(resolve(options.dataDir));
  const account = serverAccount(files.cluster);
  const { directory, major } = locateBinaries(account);
  const programs = serverPrograms({ binaries: directory, cluster: files.cluster, account, superuser });
  if (options.dataMustExist === true && !existsSync(files.cluster)) {
    throw new EmbeddedPostgresError(`the data in ${files.home} are gone: put them back, or start again without them`);
  }
  await ensureCluster(files, account, async (emptyDirectory) => {
    const { code, output } = await programs.initdb(emptyDirectory, giveUp);
    giveUp.throwIfAborted();
    if (code !== 0) throw notMade(files.home, output);
  });
  checkCluster(files, major, account);
  const password = readPassword(files);
  const running = await launchServer({
    files,
    programs,
    account,
    giveUp,
    clock,
    port: options.port,
    configure: (port) => writeConfiguration(files, port, options.settings ?? {}, account),
    accepts: (port) => accepts(connectionUrl(password, port, 'postgres')),
  });
  options.log.info({ ...running }, 'embedded PostgreSQL is ready');
  return handleOf(running, { password, cluster: files.cluster }, { programs, clock, log: options.log });
}

/** PostgreSQL makes a database only as a user that the system knows by name. */
function notMade(home: string, output: string): EmbeddedPostgresError {
  if (!/could not look up effective user ID/.test(output)) {
    return new EmbeddedPostgresError(`the database in ${home} could not be made: ${output}`);
  }
  const uid = process.getuid?.();
  return new EmbeddedPostgresError(
    `the database in ${home} could not be made: this process runs as user ${uid}, which has no name on this system. ` +
      `Add one (a line such as "taskflow:x:${uid}:${process.getgid?.()}::/:/bin/false" in /etc/passwd), run as a user ` +
      'that has one, or give the URL of a PostgreSQL server. Data that are there already need no name.',
  );
}

function connectionUrl(password: string, port: number, database: string): string {
  return `postgres://${superuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** Longest socket path that every system takes, in bytes. */
const maxSocketPath = 100;

/** Undefined when the server has no socket that this process can name: its path is too long, or it was adopted without. */
function socketUrl(at: { password: string; cluster: string; port: number; database: string }): string | undefined {
  const socket = join(at.cluster, `.s.PGSQL.${at.port}`);
  if (Buffer.byteLength(socket) > maxSocketPath || !existsSync(socket)) return undefined;
  const [user, password, host] = [superuser, at.password, at.cluster].map(encodeURIComponent);
  return `postgres://${user}:${password}@${host}:${at.port}/${encodeURIComponent(at.database)}`;
}

const quitMs = 5_000;
const lookEveryMs = 50;
const stopSeconds: Readonly<Record<StopMode, number>> = { fast: 20, immediate: 10 };

function handleOf(
  { pid, port, adopted }: RunningServer,
  { password, cluster }: { password: string; cluster: string },
  { programs, clock, log }: { programs: ServerPrograms; clock: Clock; log: EmbeddedPostgresOptions['log'] },
): EmbeddedPostgres {
  const stopping: Partial<Record<StopMode, Promise<void>>> = {};
  const isGone = () => readPostmaster(cluster) === undefined && !runsIn(pid, cluster);

  async function shutDown(mode: StopMode): Promise<void> {
    if (isGone()) return;
    const { code, output } = await programs.control([
      'stop',
      '--wait',
      `--timeout=${stopSeconds[mode]}`,
      `--mode=${mode}`,
    ]);
    // Its file is removed a moment before the process has ended.
    if (code === 0 || isGone()) return leave();
    if (mode === 'immediate') return quit(output);
    log.warn({ pid, output }, 'embedded PostgreSQL did not stop in time; it is stopped hard');
    await stop('immediate');
  }
  async function leave(): Promise<void> {
    for (let waited = 0; waited < quitMs && !isGone(); waited += lookEveryMs) await clock.sleep(lookEveryMs);
  }
  /** `pg_ctl` finds its server by files, which somebody may have removed. */
  async function quit(output: string): Promise<void> {
    if (runsIn(pid, cluster)) process.kill(pid, 'SIGQUIT');
    await leave();
    if (!isGone()) log.error({ pid, output }, 'embedded PostgreSQL cannot be stopped');
  }
  const stop = (mode: StopMode) => (stopping[mode] ??= shutDown(mode));

  const url = (database: string) => connectionUrl(password, port, database);
  return {
    pid,
    port,
    adopted,
    url,
    localUrl: (database) => socketUrl({ password, cluster, port, database }) ?? url(database),
    ensureDatabase: (name) => ensureDatabase(url('postgres'), name),
    stop: (mode = 'fast') => stop(mode),
  };
}
