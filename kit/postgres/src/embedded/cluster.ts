import { randomBytes, randomUUID } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Account } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';
import { isRunning } from './process-identity.ts';

export const superuser = 'taskflow';

/** Says where one embedded server keeps everything. */
export interface ClusterFiles {
  readonly home: string;
  /** PostgreSQL's own data directory. */
  readonly cluster: string;
  readonly password: string;
  readonly port: string;
  readonly log: string;
}

export function clusterFiles(home: string): ClusterFiles {
  const cluster = join(home, 'cluster');
  return {
    home,
    cluster,
    password: join(home, 'password'),
    port: join(home, 'port'),
    log: join(cluster, 'server.log'),
  };
}

/** Settings that every embedded server has unless told otherwise. */
const settingsByDefault: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // Relative to the cluster: reachable for whoever may read it, and gone with it.
  unix_socket_directories: '.',
  max_connections: '80',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  wal_compression: 'off',
  autovacuum_naptime: '10s',
  jit: 'off',
  synchronous_commit: 'on',
  fsync: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  datestyle: 'iso, mdy',
  log_checkpoints: 'off',
  // Failed statements are reported by whoever sent them; their text and keys may hold users' data.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** Writes the whole configuration: what an earlier start or a person left there does not count. */
export function writeConfiguration(
  files: ClusterFiles,
  port: number,
  settings: Readonly<Record<string, string>>,
  account: Account | undefined,
): void {
  const lines = Object.entries({ ...settingsByDefault, ...settings, port: String(port) }).map(
    ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`,
  );
  writeOwned(join(files.cluster, 'postgresql.conf'), `${lines.join('\n')}\n`, account);
}

/** The generated password of the superuser; made with the cluster. */
export function readPassword(files: ClusterFiles): string {
  try {
    return readFileSync(files.password, 'utf8').trim();
  } catch (error) {
    throw new EmbeddedPostgresError(`${files.password} is missing: it belongs to the database in ${files.cluster}`, {
      cause: error,
    });
  }
}

/** Refuses a cluster that these binaries or this user cannot run, by name. */
export function checkCluster(files: ClusterFiles, major: string, account: Account | undefined): void {
  const owner = statSync(files.cluster).uid;
  if (account === undefined && process.getuid !== undefined && owner !== process.getuid()) {
    throw new EmbeddedPostgresError(`${files.cluster} belongs to user ${owner}: start as that user or as root`);
  }
  const found = readFileSync(join(files.cluster, 'PG_VERSION'), 'utf8').trim();
  if (found !== major) {
    throw new EmbeddedPostgresError(
      `${files.cluster} was made by PostgreSQL ${found}, and this is PostgreSQL ${major}`,
    );
  }
}

/**
 * Makes the cluster if there is none. It is built beside its place and renamed, so that a process killed half-way
 * leaves none, and of two processes at once one wins and the other uses the winner's.
 */
export async function ensureCluster(
  files: ClusterFiles,
  account: Account | undefined,
  initialise: (emptyDirectory: string) => Promise<void>,
): Promise<void> {
  mkdirSync(files.home, { recursive: true });
  if (existsSync(files.cluster)) return;
  removeAbandonedDrafts(files.home);
  const draft = join(files.home, `draft-${process.pid}-${randomUUID()}`);
  try {
    makeOwned(draft, account);
    makeOwned(join(draft, 'cluster'), account);
    const password = randomBytes(24).toString('base64url');
    writeOwned(join(draft, 'password'), `${password}\n`, account);
    await initialise(join(draft, 'cluster'));
    publish(files, draft);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The password has to be in place before the cluster is: whoever sees the cluster reads the password. */
function publish(files: ClusterFiles, draft: string): void {
  const password = readFileSync(join(draft, 'password'), 'utf8');
  const kept = `${files.password}.${randomUUID()}`;
  writeFileSync(kept, password, { mode: 0o600 });
  if (existsSync(files.cluster)) {
    rmSync(kept);
    return;
  }
  renameSync(kept, files.password);
  renameSync(join(draft, 'cluster'), files.cluster);
}

function removeAbandonedDrafts(home: string): void {
  for (const name of readdirSync(home)) {
    const pid = Number(/^draft-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isRunning(pid)) rmSync(join(home, name), { recursive: true, force: true });
  }
}

function makeOwned(directory: string, account: Account | undefined): void {
  mkdirSync(directory, { mode: 0o700 });
  if (account !== undefined) chownSync(directory, account.uid, account.gid);
}

/**
 * Whole or not at all: another process may be reading it at this moment. Leaves no draft behind, because where the disk
 * is full it is tried again and again.
 */
export function writeOwned(path: string, text: string, account: Account | undefined): void {
  const draft = `${path}.${randomUUID()}`;
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    if (account !== undefined) chownSync(draft, account.uid, account.gid);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

const maxLogBytes = 10 * 1024 * 1024;

/** The log starts afresh once it is large; a start is the only time when nobody writes to it. */
export function boundLog(files: ClusterFiles): void {
  const size = statSync(files.log, { throwIfNoEntry: false })?.size ?? 0;
  if (size > maxLogBytes) truncateSync(files.log);
}

/** The last lines of the server's log, for an error message. */
export function endOfLog(files: ClusterFiles): string {
  if (!existsSync(files.log)) return '';
  return readFileSync(files.log, 'utf8').split('\n').slice(-12).join('\n').trim();
}
