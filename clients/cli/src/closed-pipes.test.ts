import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

/** More than a pipe holds. */
const many = JSON.stringify({
  items: Array.from({ length: 20_000 }, (_, n) => ({ id: `id-${n}`, type: 'work', status: 'queued', createdAt: 0 })),
  nextCursor: null,
});

describe('a command whose reader leaves', () => {
  const server = createServer((_request, response) => void response.end(many));
  before(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => void server.close());

  const start = (...args: string[]) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return spawn(process.execPath, [main, 'tasks', 'list', '--url', url, ...args], { stdio: 'pipe' });
  };

  for (const format of ['table', 'json', 'jsonl', 'name']) {
    it(`ends quietly: -o ${format}`, async () => {
      const child = start('-o', format);
      const stderrText = text(child.stderr);
      child.stdout.once('data', () => child.stdout.destroy());
      const [code] = (await once(child, 'exit')) as [number | null];
      assert.deepEqual([code, await stderrText], [0, '']);
    });
  }

  it('ends with what it has to say where only the notes are read by nobody', async () => {
    const child = start('-o', 'name');
    child.stderr.destroy();
    const printed = text(child.stdout);
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.equal((await printed).trimEnd().split('\n').length, 20_000);
  });
});
