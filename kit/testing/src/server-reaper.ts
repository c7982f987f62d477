// Ends the server of a test run once no process uses it any more. A process of its own, because the last one to leave
// cannot know that it is, and one that is killed tells nobody.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { systemClock } from '@taskflow/kit-time';
import { withFileLock } from './file-lock.ts';
import { abandonCluster, isStamped } from './left-behind.ts';
import { usersOf } from './run-server.ts';

const [home = '', linger = ''] = process.argv.slice(2);
const lookEveryMs = 500;

function isUsed(): boolean {
  const users = usersOf(home);
  return existsSync(users) && readdirSync(users).some((user) => isStamped(join(users, user)));
}

/** Under the lock: whoever comes meanwhile waits, and finds nothing or the server. */
function removeUnlessUsed(): Promise<boolean> {
  return withFileLock(`${home}.lock`, async () => {
    if (isUsed()) return false;
    await stopServer();
    // What is still there goes hard: its own programs may have been removed in the meantime.
    abandonCluster(home);
    return true;
  });
}

async function stopServer(): Promise<void> {
  try {
    const server = await startEmbeddedPostgres({ dataDir: home, log: silentTelemetry().log });
    await server.stop('immediate');
  } catch {
    // Nobody reads what this process says.
  }
}

let usedAt = systemClock.monotonic();
for (;;) {
  await systemClock.sleep(lookEveryMs);
  if (!existsSync(home)) break;
  const now = systemClock.monotonic();
  if (isUsed()) usedAt = now;
  else if (now - usedAt > Number(linger) && (await removeUnlessUsed())) break;
}
