import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runsIn } from './process-identity.ts';

/** A running server as it describes itself in its data directory. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Accepts connections. */
  readonly isReady: boolean;
}

const line = { pid: 0, port: 3, status: 7 } as const;
const postmasterFile = 'postmaster.pid';

/** The server that runs on this cluster. `undefined` when none does, whatever is written of an earlier one. */
export function readPostmaster(cluster: string): Postmaster | undefined {
  const lines = readLines(join(cluster, postmasterFile));
  const pid = Number(lines[line.pid]);
  const port = Number(lines[line.port]);
  if (!(pid > 0) || !(port > 0) || !runsIn(pid, cluster)) return undefined;
  return { pid, port, isReady: lines[line.status]?.trim() === 'ready' };
}

/** No system gives a process this number. */
const nobody = 2_147_483_647;
/** A server writes its file at once after it made it; one that is empty for so long was left by a crash in between. */
const emptyForMs = 5_000;

/**
 * A server takes its lock files for those of a living one as long as any process has their number: another program in a
 * fresh container, or one that ended and that nobody waits for. Where no server runs, they are told of nobody instead.
 *
 * The file of the data directory is not removed: it also names the shared memory of the earlier server, by which the
 * next one notices that processes of that server still use the data. `write` replaces a file whole.
 */
export function disownLockFiles(cluster: string, now: number, write: (path: string, text: string) => void): void {
  for (const name of readdirSync(cluster).filter((each) => /^\.s\.PGSQL\.\d+\.lock$/.test(each))) {
    if (!runsIn(Number(readLines(join(cluster, name))[line.pid]), cluster))
      rmSync(join(cluster, name), { force: true });
  }
  const file = join(cluster, postmasterFile);
  const lines = readLines(file);
  if (lines.join('').trim() === '') return removeEmpty(file, now);
  if (runsIn(Number(lines[line.pid]), cluster)) return;
  write(file, [String(nobody), ...lines.slice(1)].join('\n'));
}

function removeEmpty(file: string, now: number): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found !== undefined && now - found.mtimeMs > emptyForMs) rmSync(file, { force: true });
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
