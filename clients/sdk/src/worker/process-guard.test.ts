import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { aDelivery, type FakeConnection, type FakePlatform, fakePlatform } from '../testing/fake-platform.ts';

const program = fileURLToPath(new URL('../testing/careless-worker.ts', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly connection: FakeConnection;
  readonly exit: Promise<readonly [code: number | null, stderr: string]>;
}

async function startCareless(platform: FakePlatform): Promise<Running> {
  const child = spawn(process.execPath, [program, platform.url], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr, exited] = [text(child.stderr), once(child, 'exit')];
  const connection = await platform.connection();
  await connection.register();
  return { child, connection, exit: Promise.all([exited.then(([code]) => code as number | null), stderr]) };
}

describe('a worker process', () => {
  it('charges what a handler left unhandled to its attempt, and goes on', async () => {
    await using platform = await fakePlatform();
    const { child, connection, exit } = await startCareless(platform);
    connection.deliver(aDelivery(1, { type: 'forgets-a-promise' }), aDelivery(2, { type: 'throws-in-a-timer' }));
    const failures = [...(await connection.next('fail')).items];
    if (failures.length < 2) failures.push(...(await connection.next('fail')).items);
    assert.deepEqual(
      new Map(failures.map(({ lease, error }) => [lease, error.message])),
      new Map([
        [aDelivery(1).lease, 'nobody awaits this'],
        [aDelivery(2).lease, 'nobody catches this'],
      ]),
    );
    connection.deliver(aDelivery(3, { payload: 'still here' }));
    assert.equal((await connection.next('complete')).items[0]?.result, 'still here');
    platform.settleAll();
    child.kill('SIGTERM');
    assert.equal((await exit)[0], 0);
  });

  it('ends as it would without a worker when the error is not a handler’s', async () => {
    await using platform = await fakePlatform();
    const { child, exit } = await startCareless(platform);
    child.kill('SIGUSR2');
    const [exitCode, stderr] = await exit;
    assert.equal(exitCode, 1);
    assert.match(stderr, /the program's own mistake/);
  });
});
