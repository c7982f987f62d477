import { execFileSync } from 'node:child_process';
import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Parent of every process, from /proc where there is one, else from `ps`. */
function parents(): Map<number, number> {
  if (process.platform !== 'linux') {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    return new Map(
      table.split('\n').map((row) => {
        const [pid = '', parent = ''] = row.trim().split(/\s+/);
        return [Number(pid), Number(parent)];
      }),
    );
  }
  const found = new Map<number, number>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The name in parentheses may hold blanks; the state and the parent follow the last parenthesis.
      found.set(Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended while the directory was read.
    }
  }
  return found;
}

export function childrenOf(pid: number): number[] {
  return [...parents()].filter(([, parent]) => parent === pid).map(([child]) => child);
}

/** Whether the process still runs. One that ended and waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/** PostgreSQL's own data directory somewhere below `directory`, while a server runs on it. */
export function clusterBelow(directory: string): string | undefined {
  const entries = entriesOf(directory);
  if (entries.some(({ name }) => name === 'postmaster.pid')) return directory;
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name === 'base') continue;
    const found = clusterBelow(join(directory, entry.name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** None when the directory has been removed meanwhile: the data of a platform goes while its last processes still end. */
function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** Pid of the PostgreSQL server that runs on a data directory somewhere below `directory`, if one is running. */
export function postmasterBelow(directory: string): number | undefined {
  const cluster = clusterBelow(directory);
  if (cluster === undefined) return undefined;
  const pid = Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
  return pid > 0 && isAlive(pid) ? pid : undefined;
}
