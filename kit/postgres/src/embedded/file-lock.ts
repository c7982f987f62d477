import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { systemClock } from '@taskflow/kit-time';
import { isSameProcess, processStamp } from './process-identity.ts';

const lookEveryMs = 20;
const patienceMs = 60_000;

/** Runs `work` while no other process of this machine runs any under the same file. A dead holder's lock is broken. */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const until = systemClock.monotonic() + patienceMs;
  while (!take(file)) {
    breakIfDead(file);
    if (systemClock.monotonic() > until) throw new Error(`${file} is held by a process that does not come to an end`);
    await systemClock.sleep(lookEveryMs);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** Linked once it is written whole: nobody sees a lock without its holder. */
function take(file: string): boolean {
  const own = `${file}.${randomUUID()}`;
  try {
    writeFileSync(own, processStamp(process.pid));
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Moved aside first: of those who find the same dead holder one moves it, and a new holder's is put back. */
function breakIfDead(file: string): void {
  const aside = `${file}.${randomUUID()}.dead`;
  try {
    if (isSameProcess(readFileSync(file, 'utf8'))) return;
    renameSync(file, aside);
    if (isSameProcess(readFileSync(aside, 'utf8'))) linkSync(aside, file);
  } catch {
    // Somebody else was faster.
  } finally {
    rmSync(aside, { force: true });
  }
}
