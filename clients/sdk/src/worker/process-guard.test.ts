import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { aDelivery, type FakeConnection, type FakePlatform, fakePlatform } from '../testing/fake-platform.ts';

const program = fileURLToPath(new URL('../testing/unhandled-rejection-worker.ts', import.meta.url));

interface Running {
  readonly child: ChildProcess;
  readonly connection: FakeConnection;
  readonly exit: Promise<readonly [code: number | null, stderr: string]>;
}

/** One whose test failed would look for its server for ever. */
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

async function startUnhandledRejection(platform: FakePlatform, ...more: string[]): Promise<Running> {
  const child = spawn(process.execPath, [program, platform.url, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const [stderr, exited] = [text(child.stderr ?? []), once(child, 'exit')];
  const connection = await platform.connection();
  await connection.register();
  return { child, connection, exit: Promise.all([exited.then(([code]) => code as number | null), stderr]) };
}

/** What each careless handler's attempt fails with. */
const failures: Readonly<Record<string, RegExp>> = {
  'forgets-a-promise': /^handler_error: nobody awaits this$/,
  'throws-in-a-timer': /^handler_error: nobody catches this$/,
  'throws-in-a-listener': /^handler_error: nobody catches this either$/,
  'emits-an-error': /^handler_error: nobody listens for this$/,
  'forgets-a-revoked-proxy': /^handler_error: the handler threw something that cannot be read$/,
  'throws-a-revoked-proxy': /^handler_error: the handler threw something that cannot be read$/,
  exits: /^exit_refused: process\.exit\(7\) in a handler is refused/,
  'exits-later-and-catches': /^exit_refused: /,
  'returns-a-revoked-proxy': /^result_not_serialisable: the result cannot be sent: the value at \/draft /,
  'returns-a-getter-that-throws': /^result_not_serialisable: /,
  'returns-a-toJSON-that-throws': /^result_not_serialisable: .*no$/,
  'returns-a-list-of-a-billion': /^result_too_large: the result is larger than 262144 bytes$/,
  'returns-one-object-in-many-places': /^result_too_large: /,
  'returns-something-deep': /^result_not_serialisable: .*deeper than 1000 levels/,
  'returns-a-thenable-that-throws': /^handler_error: no then$/,
};

describe('a worker process', () => {
  for (const listens of [false, true]) {
    const where = listens ? ', in a program with listeners of its own' : '';
    it(`charges to an attempt what its handler did, and goes on${where}`, async () => {
      await using platform = await fakePlatform();
      const { child, connection, exit } = await startUnhandledRejection(platform, ...(listens ? ['listens'] : []));
      const types = Object.keys(failures);
      connection.deliver(...types.map((type, index) => aDelivery(index + 1, { type })));
      const reported = new Map<string, string>();
      while (reported.size < types.length) {
        for (const { lease, error } of (await connection.next('fail')).items) {
          reported.set(lease, `${error.code}: ${error.message}`);
        }
      }
      for (const [index, type] of types.entries()) {
        assert.match(reported.get(aDelivery(index + 1).lease) ?? '', failures[type] ?? /^$/, type);
      }
      connection.deliver(aDelivery(types.length + 1, { payload: 'still here' }));
      assert.equal((await connection.next('complete')).items[0]?.result, 'still here');
      platform.settleAll();
      child.kill('SIGTERM');
      assert.equal((await exit)[0], 0);
    });
  }

  it('tells of what a handler did after its attempt had ended, and goes on', async () => {
    await using platform = await fakePlatform();
    const { child, connection, exit } = await startUnhandledRejection(platform);
    connection.deliver(aDelivery(1, { type: 'throws-after-its-end' }));
    assert.equal((await connection.next('complete')).items[0]?.result, 'ended');
    connection.deliver(aDelivery(2, { payload: 'still here' }));
    assert.equal((await connection.next('complete')).items[0]?.result, 'still here');
    platform.settleAll();
    child.kill('SIGTERM');
    const [exitCode, stderr] = await exit;
    assert.equal(exitCode, 0);
    for (const printed of ['thrown after the end', 'something that cannot be read', 'exit_refused']) {
      assert.ok(stderr.includes(printed), printed);
    }
  });

  it('goes on where nobody reads its output any more', async () => {
    await using platform = await fakePlatform();
    const { child, connection, exit } = await startUnhandledRejection(platform);
    // Whoever still reads them sees them break off.
    exit.catch(() => {});
    const code = once(child, 'exit');
    child.stdout?.destroy();
    child.stderr?.destroy();
    connection.deliver(aDelivery(1, { type: 'throws-a-revoked-proxy' }));
    await connection.next('fail');
    connection.deliver(aDelivery(2, { type: 'throws-a-revoked-proxy' }));
    await connection.next('fail');
    connection.deliver(aDelivery(3, { payload: 'still here' }));
    assert.equal((await connection.next('complete')).items[0]?.result, 'still here');
    platform.settleAll();
    child.kill('SIGTERM');
    assert.equal((await code)[0], 0);
  });

  it('ends as it would without a worker when the error is not a handler’s', async () => {
    await using platform = await fakePlatform();
    const { child, exit } = await startUnhandledRejection(platform);
    child.kill('SIGUSR2');
    const [exitCode, stderr] = await exit;
    assert.equal(exitCode, 1);
    assert.match(stderr, /the program's own mistake/);
  });
});
