import { readFileSync, statSync } from 'node:fs';

/**
 * Says whether a process of that number runs. One that has ended and that nobody waits for still has its number, for
 * ever where the first process of a container waits for none: it does not run.
 */
export function isRunning(pid: number): boolean {
  return isAlive(pid) && !hasEnded(pid);
}

/** Names a process by its number and its start, because numbers are given again. */
export function processStamp(pid: number): string {
  return `${pid} ${startOf(pid) ?? ''}`;
}

/** Says whether the process that a stamp names is still running. */
export function isSameProcess(stamp: string): boolean {
  const [pid = '', start = ''] = stamp.split(' ');
  if (!isRunning(Number(pid))) return false;
  return start === '' || startOf(Number(pid)) === start;
}

/** Says whether a file holds the stamp of a process that is still running. */
export function isStamped(file: string): boolean {
  try {
    return isSameProcess(readFileSync(file, 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Says whether the process runs in this directory, as a database server does in its cluster: that tells it from another
 * program, or another server, that was given its number. Where the system does not say, any process counts.
 */
export function runsIn(pid: number, directory: string): boolean {
  if (!isRunning(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    const [at, wanted] = [statSync(`/proc/${pid}/cwd`), statSync(directory)];
    return at.dev === wanted.dev && at.ino === wanted.ino;
  } catch {
    // Closed to us: of another user, whose server this cannot be, or hidden by the system from its own user.
    return isAlive(pid) && readProc(pid, 'cmdline')?.split('\0')[0]?.includes('postgres') === true;
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function hasEnded(pid: number): boolean {
  const [state] = statOf(pid);
  return state === 'Z' || state === 'X';
}

/** Clock ticks from boot to the start of the process; `undefined` where there is no /proc. */
function startOf(pid: number): string | undefined {
  return statOf(pid)[19];
}

/** Fields of `/proc/<pid>/stat` from the third, the state. The second, the program's name, may hold blanks. */
function statOf(pid: number): string[] {
  const stat = readProc(pid, 'stat');
  return stat === undefined ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return undefined;
  }
}
