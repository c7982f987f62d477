import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { atAbruptEnd, removeDirectory, temporaryDirectory } from '@taskflow/tests-e2e';

/** A file system of its own, kept in memory, that a test can fill. */
export interface SmallDisk {
  readonly directory: string;
  /** Writes until so many bytes are left, however much that takes. */
  fill(leaveBytes: number): void;
  /** Takes away all that `fill` wrote. */
  makeRoom(): void;
  remove(): Promise<void>;
}

const blockBytes = 64 * 1024;

/** Gives the reason instead where this process may not mount one. */
export async function mountSmallDisk(megabytes: number): Promise<SmallDisk | string> {
  const directory = await temporaryDirectory('small-disk');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'taskflow-test', directory]);
  } catch (error) {
    await removeDirectory(directory);
    return `no file system can be mounted here: ${String((error as Error).message).split('\n')[0]}`;
  }
  const unmount = () => {
    // Lazily: the last process that used it may not be gone yet.
    execFileSync('umount', ['--lazy', directory]);
  };
  const unguard = atAbruptEnd(unmount);
  const ballast = join(directory, 'ballast');
  return {
    directory,
    fill(leaveBytes) {
      const file = openSync(ballast, 'a');
      try {
        while (freeBytes(directory) > leaveBytes)
          writeSync(file, Buffer.alloc(Math.min(blockBytes, freeBytes(directory) - leaveBytes)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(ballast, { force: true }),
    async remove() {
      unguard();
      unmount();
      await removeDirectory(directory);
    },
  };
}

function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}
