import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chownSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  type Api,
  type Child,
  createApi,
  eventuallyHolds,
  freePort,
  removeDirectory,
  startChild,
  startPlatform,
  temporaryDirectory,
} from '@taskflow/tests-e2e';

const withinMs = 90_000;
const env = { TASKFLOW_LOG_LEVEL: 'warn' };
/** Of no user and no group. */
const nameless = 54_321;

interface Bare {
  readonly child: Child;
  readonly api: Api;
}

/** Ended, and its data removed, when the test has. */
async function startBare(
  t: TestContext,
  fixture: string,
  dataDir: string,
  first: readonly string[] = [],
): Promise<Bare> {
  const port = await freePort();
  const command = [fixture, ...first, '--no-demo', '--port', `${port}`, '--data-dir', dataDir] as const;
  const child = startChild({ command: command as unknown as [string, ...string[]], env });
  t.after(async () => {
    await child.stop();
    await removeDirectory(dataDir);
  });
  return { child, api: createApi(`http://127.0.0.1:${port}`) };
}

async function runs({ api, child }: Bare): Promise<void> {
  await eventuallyHolds(
    async () => {
      assert.ok(child.running(), child.stderr());
      await api.expect(200, 'GET', '/readyz');
    },
    { withinMs },
  );
  const { id } = await api.createTask({ type: 'taskflow.noop', payload: 'bare' });
  assert.equal((await api.settledTask(id)).result, 'bare');
}

/** By the directory that it runs in: inside of a container processes have other numbers. */
function serversIn(cluster: string): number[] {
  const found = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map(Number)
    .filter((pid) => linkOf(pid) === cluster);
  return found.filter((pid) => !found.includes(parentOf(pid)));
}

function linkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

describe('surroundings that lack what others have', () => {
  it('as the first process of a container the platform brings a killed database server back', async (t) => {
    const probe = spawnSync('unshare', ['--pid', '--fork', '--mount-proc', 'true'], { encoding: 'utf8' });
    if (probe.status !== 0) return t.diagnostic(`SKIPPED: no container can be made: ${probe.stderr || probe.error}`);
    const dataDir = await temporaryDirectory('no-reaper');
    const bare = await startBare(t, 'tests/chaos/fixtures/without-reaper.ts', dataDir);
    await runs(bare);
    const cluster = join(dataDir, 'cluster');
    for (let round = 1; round <= 2; round += 1) {
      const [server, ...others] = serversIn(cluster);
      assert.ok(server !== undefined && others.length === 0, `${others.length} servers too many`);
      process.kill(server, 'SIGKILL');
      await eventuallyHolds(() => assert.notDeepEqual([serversIn(cluster), serversIn(cluster).length], [[server], 1]), {
        withinMs,
      });
      await runs(bare);
    }
  });

  it('a user without a name is told what to do, and uses data that are there', async (t) => {
    if (process.getuid?.() !== 0) return t.diagnostic('SKIPPED: only root can become another user');
    const dataDir = await temporaryDirectory('nameless');
    chownSync(dataDir, nameless, nameless);
    const refused = await startBare(t, 'tests/chaos/fixtures/as-user.ts', dataDir, [`${nameless}`]);
    assert.equal((await refused.child.exited).code, 1);
    assert.match(refused.child.stderr(), /user 54321, which has no name on this system.*Add one/);
    assert.doesNotMatch(refused.child.stderr(), /\n\s+at /);

    const made = await startPlatform({ dataDir });
    await made.stop();
    giveAway(dataDir);
    await runs(await startBare(t, 'tests/chaos/fixtures/as-user.ts', dataDir, [`${nameless}`]));
  });
});

function giveAway(directory: string): void {
  chownSync(directory, nameless, nameless);
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }))
    chownSync(join(directory, name), nameless, nameless);
}
