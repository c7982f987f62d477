import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createEmbeddedEngine } from './embedded-engine.ts';
import type { WorkerMessage, WorkerOrders } from './worker-messages.ts';

const entry = fileURLToPath(new URL('./worker-main.ts', import.meta.url));

function startWorker(url: string, modules: readonly string[] = []) {
  const log = { level: 'silent', format: 'json' } as const;
  const orders: WorkerOrders = { url, modules, name: 'test', drainMs: 100, log };
  const child = fork(entry, [JSON.stringify(orders)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const firstMessage = once(child, 'message') as Promise<[WorkerMessage]>;
  return { child, firstMessage, ended: once(child, 'exit') };
}

describe('worker process', () => {
  it('ends when its platform is gone, although no server acknowledges its drain', async () => {
    const engine = await createEmbeddedEngine({ dataDir: false });
    const { child, firstMessage, ended } = startWorker(engine.url);
    const [{ kind }] = await firstMessage;
    assert.equal(kind, 'ready');
    await engine.stop();
    child.disconnect();
    assert.deepEqual((await ended)[1], null);
  });

  it('says why it cannot begin, and ends', async () => {
    const { firstMessage, ended } = startWorker('http://127.0.0.1:9', ['no/such/module-*.ts']);
    const [message] = await firstMessage;
    assert.ok(message.kind === 'refused' && message.reason.includes('no/such/module-*.ts'));
    assert.deepEqual(await ended, [1, null]);
  });
});
