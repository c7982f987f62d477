import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { rawExchange, statusOf, usePlatform, writtenRows } from './harness/index.ts';

const body = '{"type":"taskflow.noop"}';
const head = (lines: readonly string[], method = 'POST', path = '/api/v1/tasks') =>
  [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n');
const json = 'Content-Type: application/json';

describe('requests that are refused', () => {
  const platform = usePlatform();

  async function unchanged(run: () => Promise<void>): Promise<void> {
    const before = await writtenRows(platform());
    await run();
    assert.deepEqual(await writtenRows(platform()), before);
  }

  for (const path of [
    '/api/v1/tasks/not-an-id',
    '/api/v1/tasks/..%2f..%2fetc%2fpasswd',
    '/api/v1/tasks/%00',
    '/api/v1/tasks/%2e%2e%2f',
    '/api/v1/tasks/%ff',
    `/api/v1/tasks/${'a'.repeat(5000)}`,
    "/api/v1/tasks/'%20or%201=1--",
    `/api/v1/workflows/${randomUUID()}x`,
    '/api/v1/workflow-definitions/%00',
    '/api/v1/queues/%00',
    '/api/v1/nothing-here',
  ]) {
    it(`GET ${path.slice(0, 60)} names nothing`, async () => {
      const answer = await platform().api.call('GET', path);
      assert.ok([400, 404, 414].includes(answer.status), `${answer.status} ${answer.text}`);
      assert.ok(answer.body.code);
    });
  }

  for (const query of [
    'limit=0',
    'limit=-1',
    'limit=x',
    'limit=1.5',
    'status=nothing',
    'status=queued&status=failed',
    'cursor=forged',
    `cursor=${Buffer.from('{"id":"x"}').toString('base64url')}`,
    'order=id;drop table tasks',
    "type='%3b select 1",
    'workflow=not-an-id',
    'type=a%00',
    'tag.__proto__=x',
    'tag.a=%00',
    'limit=1&limit=1',
  ]) {
    it(`GET /api/v1/tasks?${query} is refused`, async () => {
      const answer = await platform().api.call('GET', `/api/v1/tasks?${query}`);
      assert.ok([400, 422].includes(answer.status), `${answer.status} ${answer.text}`);
    });
  }

  it('never lists more than 200 at once', async () => {
    const { api } = platform();
    const queue = `many-${randomUUID()}`;
    await api.createTasks(Array.from({ length: 250 }, () => ({ type: 'e2e.never', queue })));
    const answer = await api.call<{ items: unknown[] }>('GET', `/api/v1/tasks?queue=${queue}&limit=1000000000`);
    if (answer.status === 200) assert.ok(answer.body.items.length <= 200);
    else assert.equal(answer.status, 422, answer.text);
  });

  it('refuses what no column can hold and what no worker is given, wherever it is sent', async () => {
    const { api } = platform();
    const version = 2_147_483_648;
    const child = { key: 'b', child: { definition: 'x', version } };
    const refused: [string, object, string][] = [
      ['/api/v1/tasks', { type: 'taskflow.step/each' }, 'reserved_type'],
      ['/api/v1/workflows', { name: 'w', steps: [{ key: 'a', type: 'taskflow.prepare/x' }] }, 'reserved_type'],
      ['/api/v1/workflows', { name: 'w', steps: [{ key: 'a', type: 'a' }, child] }, 'invalid_body'],
      ['/api/v1/workflows', { definition: 'x', version }, 'invalid_body'],
      ['/api/v1/workflow-definitions', { name: 'x', version, graph: { steps: [child] } }, 'invalid_body'],
      [
        '/api/v1/workflows/restart',
        { filter: { status: 'failed', createdAfter: '0000-01-01T00:00:00Z' } },
        'invalid_body',
      ],
    ];
    await unchanged(async () => {
      for (const [path, body, code] of refused) {
        const answer = await api.call('POST', path, { body });
        assert.deepEqual([answer.status, answer.body.code], [422, code], answer.text);
      }
    });
  });

  it('lets no web page in, of another name or of another program on this machine', async () => {
    const { port, url } = platform();
    const paths = [
      'GET /livez',
      'GET /api/v1/tasks',
      `POST /api/v1/workflows/${randomUUID()}/pause`,
      'GET /api/v1/worker',
    ];
    const socket = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    const offer = ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: taskflow.worker.v1'];
    await unchanged(async () => {
      for (const path of paths) {
        for (const sent of [
          ['Host: evil.example'],
          [`Host: evil.example:${port}`],
          [`Host: localhost:${port}`, `Origin: http://localhost:${port + 1}`],
          [`Host: 127.0.0.1:${port}`, `Origin: http://evil.example:${port}`],
        ]) {
          const more = path.endsWith('/worker') ? [...socket, ...offer] : ['Connection: close'];
          const answer = await rawExchange(url, [`${path} HTTP/1.1`, ...sent, ...more, '', ''].join('\r\n'));
          assert.equal(statusOf(answer), 403, `${path} ${sent.join(', ')}: ${answer}`);
        }
      }
    });
  });

  it('answers methods that nothing has', async () => {
    for (const method of ['QUERY', 'PROPFIND', 'PURGE', 'CONNECT']) {
      const answer = await rawExchange(platform().url, head(['Connection: close'], method));
      assert.equal(statusOf(answer), 405, answer);
    }
  });

  it('keeps SQL-like text as data', async () => {
    const { api } = platform();
    const payload = "'); drop table tasks; --";
    const { id } = await api.createTask({ type: 'taskflow.noop', payload, tags: { note: payload } });
    const task = await api.settledTask(id);
    assert.deepEqual([task.result, task.tags], [payload, { note: payload }]);
  });

  it('answers an unsupported method with 405 and the allowed ones', async () => {
    const { api } = platform();
    await unchanged(async () => {
      const answer = await api.call('DELETE', '/api/v1/tasks');
      assert.equal(answer.status, 405, answer.text);
      assert.match(answer.headers.get('allow') ?? '', /POST/);
      const trace = await rawExchange(api.url, head(['Connection: close'], 'TRACE'));
      assert.ok([400, 404, 405, 501].includes(statusOf(trace)), trace);
      const override = await api.call('GET', '/api/v1/tasks', { headers: { 'x-http-method-override': 'DELETE' } });
      assert.equal(override.status, 200);
    });
  });

  for (const [what, bytes, expected] of [
    ['a header of 20 kB', head([`X-Big: ${'x'.repeat(20_000)}`]), [431]],
    ['3,000 headers', head(Array.from({ length: 3000 }, (_, n) => `X-${n}: ${n}`)), [431, 400]],
    [
      'a chunk size that is no number',
      `${head([json, 'Transfer-Encoding: chunked'])}zz\r\n${body}\r\n0\r\n\r\n`,
      [400],
    ],
    [
      'Content-Length beside Transfer-Encoding',
      `${head([json, 'Content-Length: 3', 'Transfer-Encoding: chunked'])}0\r\n\r\n`,
      [400],
    ],
    ['two different Content-Lengths', `${head([json, 'Content-Length: 24', 'Content-Length: 3'])}${body}`, [400]],
    [
      'a bare line feed in a header',
      `POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nX-A: b\nX-C: d\r\n\r\n`,
      [400, 415],
    ],
    ['no Host', 'GET /api/v1/tasks HTTP/1.1\r\n\r\n', [400]],
    ['what is not HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]],
  ] as const) {
    it(`${what} is refused on the wire`, async () => {
      await unchanged(async () => {
        const answer = await rawExchange(platform().url, bytes);
        assert.ok((expected as readonly number[]).includes(statusOf(answer)), answer.slice(0, 500));
      });
    });
  }

  it('refuses a declared length beyond the limit without reading the body', async () => {
    await unchanged(async () => {
      const answer = await rawExchange(platform().url, head([json, 'Content-Length: 1073741824']));
      assert.equal(statusOf(answer), 413, answer);
    });
  });

  it('refuses a chunked body without end as soon as it passes the limit', async () => {
    await unchanged(async () => {
      const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
      const answer = await rawExchange(platform().url, head([json, 'Transfer-Encoding: chunked']) + chunk.repeat(40));
      assert.equal(statusOf(answer), 413, answer.slice(0, 300));
    });
  });

  it('answers 1,000 pipelined requests and stays up', async () => {
    const { api } = platform();
    const request = head([], 'GET', '/livez');
    const last = head(['Connection: close'], 'GET', '/livez');
    const text = await rawExchange(api.url, request.repeat(999) + last, /$^/);
    assert.ok(statusOf(text) === 200, text.slice(0, 300));
    await api.expect(200, 'GET', '/readyz');
  });

  for (const [method, path] of [
    ['POST', '/api/v1/schedules'],
    ['GET', '/api/v1/webhooks'],
    ['GET', '/api/v1/notifications'],
    ['POST', '/api/v1/escalation-rules'],
    ['POST', '/graphql'],
    ['GET', '/api/v1/search/tasks?q=x'],
    ['POST', `/api/v1/dead-letters/${randomUUID()}/redrive`],
    ['GET', `/api/v1/history/tasks/${randomUUID()}`],
  ] as const) {
    it(`${method} ${path.replace(/[0-9a-f-]{36}/, '{id}')} says that it is not available yet`, async () => {
      await unchanged(async () => {
        const answer = await platform().api.call(method, path, method === 'POST' ? { body: {} } : {});
        assert.equal(answer.status, 404, answer.text);
        assert.equal(answer.body.code, 'not_available');
      });
    });
  }
});
