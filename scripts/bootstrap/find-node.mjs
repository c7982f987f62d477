import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const wanted = 24;

/**
 * The Node that everything runs under: the one that a platform package brought into node_modules, else the
 * running one when it is new enough. Trying the binary tells also where it does not fit (musl, an odd CPU).
 */
export function findNode(root) {
  const packaged = join(root, 'node_modules', '.bin', 'node');
  const answer = spawnSync(packaged, ['--version'], { encoding: 'utf8' });
  if (answer.status === 0 && major(answer.stdout) >= wanted) return packaged;
  if (major(process.version) >= wanted) return process.execPath;
  throw new Error(
    `TaskFlow needs Node ${wanted} or newer. This is Node ${process.version}, and there is no packaged one for ` +
      `${process.platform}-${process.arch}. Install Node ${wanted} and run the command again.`,
  );
}

function major(version) {
  return Number.parseInt(version.replace(/^v/, ''), 10);
}
