import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Names a process by its number and its start, because numbers are given again. */
export function processStamp(pid: number): string {
  return `${pid} ${startOf(pid) ?? ''}`;
}

/** Whether the process that a stamp names is still running. */
export function isSameProcess(stamp: string): boolean {
  const [pid = '', start = ''] = stamp.split(' ');
  if (!isAlive(Number(pid))) return false;
  return start === '' || startOf(Number(pid)) === start;
}

/** Whether a file holds the stamp of a process that is still running. */
export function isStamped(file: string): boolean {
  try {
    return isSameProcess(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}

/** Clock ticks from boot to the start of the process, field 22 of its `stat`; `undefined` where there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, and may hold blanks.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const longestWaitMs = 3_000;
const pauseMs = 10;

/** Ends the server of a test cluster at once and removes its files. Synchronous, for the exit of a process. */
export function abandonCluster(home: string): void {
  const pid = serverPid(home);
  if (pid !== undefined) {
    process.kill(pid, 'SIGQUIT');
    for (let waited = 0; waited < longestWaitMs && isAlive(pid); waited += pauseMs) pause();
  }
  rmSync(home, { recursive: true, force: true, maxRetries: 3 });
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
}

function serverPid(home: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(home, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]);
    const isServer = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres');
    return pid > 0 && isServer ? pid : undefined;
  } catch {
    return undefined;
  }
}
