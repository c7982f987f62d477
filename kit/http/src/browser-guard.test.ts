import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { raw, thingsServer } from './testing/things-server.ts';

describe('the guard against web pages', () => {
  const { server, events } = thingsServer();
  before(() => server.start());
  after(() => server.stop());

  /** The status and code of an answer to bytes as a browser, or anybody, would send them. */
  async function ask(line: string, headers: Record<string, string | undefined>): Promise<string> {
    const given = Object.entries({ connection: 'close', ...headers }).filter(([, value]) => value !== undefined);
    const lines = given.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const answer = await raw(server, `${line}\r\n${lines}\r\n`);
    return `${/^HTTP\/1.1 (\d+)/.exec(answer)?.[1]} ${/"code":"(\w+)"/.exec(answer)?.[1] ?? ''}`.trim();
  }
  const upgrade = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
    'sec-websocket-protocol': 'things.v1',
  };
  const own = () => `127.0.0.1:${server.port}`;
  /** What a page can make a browser send: a read, a command without a body, an upgrade, a path that nothing has. */
  const requests: [string, string, string][] = [
    ['a read', 'GET /things HTTP/1.1', '200'],
    [
      'a command without a body',
      `POST /things/${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}/cancel HTTP/1.1`,
      '202',
    ],
    ['a preflight', 'OPTIONS /things HTTP/1.1', '204'],
    ['a health check', 'GET /livez HTTP/1.1', '200'],
    ['a path that nothing has', 'GET /nowhere HTTP/1.1', '404 not_found'],
  ];

  it('says to a request without a Host that it needs one, unless it is older than that', async () => {
    for (const headers of [{}, upgrade]) {
      assert.equal(await ask('GET /things HTTP/1.1', { ...headers, host: undefined }), '400 malformed_request');
    }
    assert.equal(await ask('GET /things HTTP/1.0', { host: undefined }), '200');
  });

  for (const [what, line, welcome] of requests) {
    it(`answers ${what} for its own addresses, and refuses it for any other`, async () => {
      const { port } = server;
      const hosts = [
        own(),
        `localhost:${port}`,
        `LOCALHOST:${port}`,
        `[::1]:${port}`,
        'localhost',
        'localhost:9',
        'tasks.example',
      ];
      for (const host of hosts) assert.equal(await ask(line, { host }), welcome, host);
      const foreign = [
        'evil.example',
        `evil.example:${port}`,
        `localhost.evil.example:${port}`,
        `127.0.0.1.evil.example`,
      ];
      foreign.push(
        `localhost@evil.example`,
        `evil.example#@localhost`,
        `tasks.example:${port}`,
        '0.0.0.0',
        '169.254.0.1',
        ',',
      );
      for (const host of foreign) assert.equal(await ask(line, { host }), '403 unknown_host', host);
    });

    it(`answers ${what} from its own pages, and refuses it from any other`, async () => {
      const { port } = server;
      const host = own();
      for (const origin of [
        `http://${host}`,
        `http://localhost:${port}`,
        `http://[::1]:${port}`,
        'https://tasks.example',
      ]) {
        assert.equal(await ask(line, { host, origin }), welcome, origin);
      }
      assert.equal(await ask(line, { host: 'localhost:9', origin: 'http://localhost:9' }), welcome);
      const foreign = [
        `http://localhost:${port + 1}`,
        'http://localhost',
        `https://localhost:${port}`,
        'http://tasks.example',
      ];
      foreign.push(
        'http://evil.example',
        `http://evil.example:${port}`,
        'https://tasks.example:8443',
        'null',
        '',
        `${'http://'}${host}, http://evil.example`,
      );
      foreign.push(`http://evil.example@${host}`);
      for (const origin of foreign) assert.equal(await ask(line, { host, origin }), '403 cross_site_request', origin);
    });
  }

  it('holds for upgrades', async () => {
    const open = (headers: Record<string, string | undefined>) =>
      ask('GET /socket HTTP/1.1', { ...upgrade, ...headers });
    const { port } = server;
    const socket = new WebSocket(`ws://localhost:${port}/socket`, 'things.v1', { origin: `http://localhost:${port}` });
    await once(socket, 'open');
    socket.close();
    assert.equal(await open({ host: 'evil.example' }), '403 unknown_host');
    for (const origin of ['http://evil.example', `http://localhost:${port + 1}`, 'null']) {
      assert.equal(await open({ host: own(), origin }), '403 cross_site_request', origin);
    }
  });

  it('reads the host from a target that names one', async () => {
    assert.equal(await ask('GET http://evil.example/things HTTP/1.1', { host: own() }), '403 unknown_host');
    assert.equal(await ask('GET http://localhost/things HTTP/1.1', { host: 'evil.example' }), '200');
  });

  it('looks at nothing of what it refuses', async () => {
    const handled = events.handled.length;
    const body = { 'content-type': 'application/json', 'content-length': '999999' };
    assert.equal(await ask('POST /things HTTP/1.1', { host: 'evil.example', ...body }), '403 unknown_host');
    assert.equal(events.handled.length, handled);
  });
});
