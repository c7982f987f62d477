import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isRunning } from '@taskflow/kit-postgres/embedded';
import { eventuallyHolds, temporaryDirectory } from '@taskflow/kit-testing';
import { createEmbeddedEngine } from './embedded-engine.ts';

const engineFile = JSON.stringify(new URL('./embedded-engine.ts', import.meta.url).href);

/** A program with an engine that is gone afterwards, which then ends in its own way. */
function program(ending: string, temporary: string) {
  const code = `
    import { createEmbeddedEngine } from ${engineFile};
    const engine = await createEmbeddedEngine({ dataDir: false });
    console.log(engine.url);
    setInterval(() => undefined, 60_000);
    process.stdin.once('data', () => { ${ending} });
  `;
  return spawn(process.execPath, ['--input-type=module', '--eval', code], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
}

function postmasters(temporary: string): number[] {
  const homes = readdirSync(temporary).filter((name) => name.startsWith('taskflow-'));
  return homes.map((home) =>
    Number(readFileSync(join(temporary, home, 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0]),
  );
}

describe('embedded engine whose data pass', () => {
  for (const [name, ending] of [
    ['leaves', 'process.exit(0)'],
    ['throws', 'throw new Error("broken")'],
    ['is interrupted', 'process.kill(process.pid, "SIGINT")'],
    ['is killed with its group', 'process.kill(-process.pid, "SIGKILL")'],
  ] as const) {
    it(`leaves neither server nor directory when its program ${name}`, async () => {
      const temporary = temporaryDirectory();
      const child = program(ending, temporary);
      await once(child.stdout, 'data');
      const servers = postmasters(temporary);
      assert.equal(servers.length, 1);
      child.stdin.write('now\n');
      await once(child, 'exit');
      await eventuallyHolds(() => assert.deepEqual([readdirSync(temporary), servers.filter(isRunning)], [[], []]), {
        withinMs: 30_000,
      });
    });
  }

  it('leaves nothing when its program is killed while the data are being made', async () => {
    const temporary = temporaryDirectory();
    const child = program('', temporary);
    await eventuallyHolds(() =>
      assert.ok(readdirSync(temporary).some((home) => readdirSync(join(temporary, home)).includes('reaper'))),
    );
    child.kill('SIGKILL');
    await eventuallyHolds(() => assert.deepEqual(readdirSync(temporary), []), { withinMs: 30_000 });
  });

  it('leaves nothing when it is stopped', async () => {
    const engine = await createEmbeddedEngine({ dataDir: false });
    const { status } = await fetch(`${engine.url}/livez`);
    assert.equal(status, 200);
    await engine.stop();
    await assert.rejects(fetch(`${engine.url}/livez`));
  });
});
