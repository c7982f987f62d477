import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { sep } from 'node:path';
import { clusterFiles } from './cluster.ts';
import { readPostmaster } from './postmaster-file.ts';
import { isRunning } from './process-identity.ts';

const maxWaitMs = 3_000;
const pauseMs = 10;

/**
 * Ends the server of a passing cluster at once, with the programs that were about to make or start it, and removes its
 * files. Synchronous, for the exit of a process.
 */
export function abandonCluster(home: string): void {
  const pid = readPostmaster(clusterFiles(home).cluster)?.pid;
  if (pid !== undefined) {
    signal(pid, 'SIGQUIT');
    for (let waited = 0; waited < maxWaitMs && isRunning(pid); waited += pauseMs) pause();
  }
  for (const left of processesBelow(home)) signal(left, 'SIGKILL');
  rmSync(home, { recursive: true, force: true, maxRetries: 3 });
}

/** Processes that run in `home` or below it. None where there is no /proc. */
function processesBelow(home: string): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && pid !== process.pid && isBelow(workingDirectoryOf(pid), home));
  } catch {
    return [];
  }
}

function isBelow(path: string, home: string): boolean {
  return path === home || path.startsWith(home + sep);
}

function workingDirectoryOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
}
