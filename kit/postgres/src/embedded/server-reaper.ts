// Ends a passing server once no process uses it any more. A process of its own, because the last one to leave cannot
// know that it is, and one that is killed tells nobody.
import { existsSync } from 'node:fs';
import { systemClock } from '@taskflow/kit-time';
import { abandonCluster } from './abandon-cluster.ts';
import { withFileLock } from './file-lock.ts';
import { isUsed } from './passing-home.ts';

const [home = '', lingerMs = ''] = process.argv.slice(2);
const lookEveryMs = 500;

/** Under the lock: whoever comes meanwhile waits, and finds nothing or the server. */
async function removeUnlessUsed(): Promise<void> {
  await withFileLock(`${home}.lock`, async () => {
    if (!isUsed(home)) abandonCluster(home);
  });
}

let usedAt = systemClock.monotonic();
while (existsSync(home)) {
  await systemClock.sleep(lookEveryMs);
  const now = systemClock.monotonic();
  if (isUsed(home)) usedAt = now;
  // What cannot be removed now, because something still writes there, is removed in a later round.
  else if (now - usedAt >= Number(lingerMs)) await removeUnlessUsed().catch(() => {});
}
