import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './cluster.ts';

/** What a running server writes about itself into its data directory. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Accepts connections. */
  readonly isReady: boolean;
}

const line = { pid: 0, port: 3, status: 7 } as const;

/** `undefined` when no server wrote one, or has not got as far as its port yet. */
export function readPostmaster(cluster: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[line.pid]);
  const port = Number(lines[line.port]);
  if (!(pid > 0) || !(port > 0)) return undefined;
  return { pid, port, isReady: lines[line.status]?.trim() === 'ready' };
}

/**
 * Whether the process of that number is something else than a database server: after a crash or in a fresh
 * container the number is soon given to another program, and the file that names it then blocks every start.
 */
export function isSomebodyElse(pid: number): boolean {
  if (!isAlive(pid) || process.platform !== 'linux') return false;
  try {
    return !readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.includes('postgres');
  } catch {
    return false;
  }
}
