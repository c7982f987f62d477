import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
const receipt = { id: '01932f5e-8c00-7a1c-9b7d-0f2e4d6c8b1a', status: 'queued' };

/**
 * Answers as the platform would, and with one member too many under every path that ends in `?planted`; as some other
 * server under every path that ends in `?other`.
 */
const server = createServer((request, response) => {
  if (request.url?.endsWith('?other') === true) {
    response.end();
    return;
  }
  const planted = request.url?.endsWith('?planted') === true;
  const body = JSON.stringify({ ...receipt, ...(planted && { planted }) });
  response.setHeader('x-request-id', 'r-1').setHeader('content-type', 'application/json; charset=utf-8');
  response.writeHead(201, { 'content-length': Buffer.byteLength(body) }).end(body);
});

/** A process of a test that does this, and what became of it. */
async function processThat(does: string): Promise<{ code: number; stderr: string }> {
  const script = `const url = 'http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/tasks';\n${does}`;
  try {
    const { stderr } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    return { code: 0, stderr };
  } catch (error) {
    return error as { code: number; stderr: string };
  }
}

/** Ways in which processes of tests ask. Whoever asks here swallows what goes wrong, as a loop that waits does. */
const ways: Readonly<Record<string, (path: string) => string>> = {
  'the API of the tests': (path) =>
    `const { createApi } = await import(${here('./api.ts')});
     await createApi(new URL(url).origin).call('POST', '/api/v1/tasks${path}').catch(() => {});`,
  'fetch, in a process that the harness is loaded into': (path) =>
    `await import(${here('./checked-fetch.ts')});
     await fetch(url + '${path}', { method: 'POST' }).catch(() => {});`,
  'fetch, in a program that a test starts': (path) =>
    `const { startChild } = await import(${here('./child-process.ts')});
     await startChild({ command: ['tests/e2e/harness/testing/ask-once.ts', url + '${path}'] }).exited;`,
  'bytes on a socket': (path) =>
    `const { rawExchange } = await import(${here('./raw-http.ts')});
     const head = 'POST /api/v1/tasks${path} HTTP/1.1\\r\\nhost: localhost\\r\\ncontent-length: 0\\r\\n\\r\\n';
     await rawExchange(url, head).catch(() => {});`,
};

describe('an answer that is not described fails the process that was given it, even where nobody minds', () => {
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  for (const [way, does] of Object.entries(ways)) {
    it(`over ${way}`, async () => {
      const sound = await processThat(does(''));
      assert.deepEqual([sound.code, sound.stderr], [0, '']);
      const planted = await processThat(does('?planted'));
      assert.equal(planted.code, 1);
      assert.match(planted.stderr, /POST \/api\/v1\/tasks\?planted answered 201, which does not fit its schema/);
    });
  }

  it('but not where another server gave it, which a handler may ask', async () => {
    const other = await processThat(`await import(${here('./checked-fetch.ts')});
      const response = await fetch(url + '?other');
      if (response.status !== 200) process.exitCode = 2;`);
    assert.deepEqual([other.code, other.stderr], [0, '']);
  });
});
