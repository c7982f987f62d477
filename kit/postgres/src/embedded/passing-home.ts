import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { threadId } from 'node:worker_threads';
import { isStamped, processStamp } from './process-identity.ts';

/** Names the process that removes the server. */
export const reaperOf = (home: string): string => join(home, 'reaper');
/** Holds a file per process and thread that uses the server. */
const usersOf = (home: string): string => join(home, 'users');

/**
 * Tells that this thread uses the server whose data lie in `home`. A process apart ends that server and removes the
 * directory once nobody has used it for `lingerMs`: however its users end, and be it by a kill, nothing is left behind.
 * Called before the server is started. Gives the way to leave; the exit of the process does the same.
 */
export function usePassingHome(home: string, lingerMs: number): () => void {
  const users = usersOf(home);
  mkdirSync(users, { recursive: true });
  // Threads of one process come and go by themselves.
  const stamp = join(users, `${process.pid}-${threadId}`);
  writeFileSync(stamp, processStamp(process.pid));
  const leave = () => {
    process.off('exit', leave);
    rmSync(stamp, { force: true });
  };
  process.once('exit', leave);
  if (!isStamped(reaperOf(home))) startReaper(home, lingerMs);
  return leave;
}

export function isUsed(home: string): boolean {
  const users = usersOf(home);
  return existsSync(users) && readdirSync(users).some((user) => isStamped(join(users, user)));
}

function startReaper(home: string, lingerMs: number): void {
  const program = fileURLToPath(new URL('./server-reaper.ts', import.meta.url));
  const reaper = spawn(process.execPath, [program, home, String(lingerMs)], { detached: true, stdio: 'ignore' });
  reaper.unref();
  if (reaper.pid !== undefined) writeFileSync(reaperOf(home), processStamp(reaper.pid));
}
