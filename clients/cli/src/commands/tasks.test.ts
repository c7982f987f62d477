import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { run } from '../run.ts';

it('a task is shown with the causes of its error', async () => {
  const cause = { name: 'Error', message: 'no such relation', code: '42P01', cause: 'the disk' };
  const error = { code: 'handler_error', message: 'could not load', details: { name: 'Error', cause } };
  const body = { id: 't1', type: 'load', status: 'failed', queue: 'default', priority: 500, attempts: 1, error };
  const server = createServer((_request, response) => void response.end(JSON.stringify(body)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let printed = '';
  const stdout = { write: (text: string) => (printed += text) };
  const code = await run(
    ['tasks', 'get', 't1'],
    { stdout, stderr: { write: () => true }, readStdin: () => Promise.resolve('') },
    { url, apiKey: undefined },
  );
  server.close();
  assert.equal(code, 0);
  assert.match(
    printed,
    /^error +handler_error: could not load\n {2}because +42P01: no such relation\n {2}because +"the disk"$/m,
  );
});
