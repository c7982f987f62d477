import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { tryStartsAndStops } from '@taskflow/kit-testing';
import { WebSocket } from 'ws';
import { caller, raw, thingsServer } from './testing/things-server.ts';

describe('HTTP server', () => {
  const { server, events } = thingsServer();
  const call = caller(server);
  const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
    call('/things', { method: 'POST', body, headers });
  before(() => server.start());
  after(() => server.stop());

  it('answers a good request with its request id', async () => {
    const { status, headers, body } = await post('{"type":"a","payload":[1]}');
    assert.equal(status, 201);
    assert.equal(headers.get('location'), '/things/a');
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(body, { id: 'a' });
    assert.deepEqual(events.handled.at(-1), { type: 'a', payload: [1] });
  });

  it("keeps the caller's request id and trace context, and drops what cannot be one", async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const kept = await call('/things', { headers: { 'x-request-id': 'mine-1', traceparent } });
    assert.equal(kept.headers.get('x-request-id'), 'mine-1');
    assert.equal(kept.headers.get('traceparent'), traceparent);
    assert.deepEqual(kept.body, { query: {}, traceparent, requestId: 'mine-1' });
    const dropped = await call('/things', { headers: { 'x-request-id': 'a b', traceparent: '00-0-0-0' } });
    assert.match(dropped.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
    assert.equal(dropped.headers.get('traceparent'), null);
  });

  const refused: [string, string, number, string][] = [
    ['text that is no JSON', 'hello', 400, 'malformed_json'],
    ['truncated JSON', '{"type":"a"', 400, 'malformed_json'],
    ['65 levels', `{"type":"a","payload":${'['.repeat(65)}${']'.repeat(65)}}`, 400, 'too_deep'],
    ['NUL', '{"type":"a\\u0000"}', 422, 'invalid_string'],
    ['a lone surrogate', '{"type":"a\\ud800"}', 422, 'invalid_string'],
    ['a number beyond a double', '{"type":"a","payload":1e400}', 422, 'number_out_of_range'],
    ['an integer beyond 2^53', '{"type":"a","payload":9007199254740993}', 422, 'number_out_of_range'],
    ['a duplicate key', '{"type":"a","type":"b"}', 400, 'duplicate_key'],
    ['__proto__', '{"type":"a","payload":{"__proto__":{"polluted":1}}}', 400, 'forbidden_key'],
    ['an unknown property', '{"type":"a","tenantId":"x"}', 422, 'unknown_property'],
    ['a wrong type', '{"type":1}', 422, 'invalid_body'],
    ['an empty string', '{"type":""}', 422, 'invalid_body'],
    ['another shape', '[]', 422, 'invalid_body'],
  ];
  for (const [what, body, status, code] of refused) {
    it(`refuses ${what} with ${status} ${code}, does nothing, and keeps the connection`, async () => {
      const handled = events.handled.length;
      const answer = await post(body);
      assert.equal(answer.status, status);
      assert.equal(answer.body.code, code);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
      assert.equal(answer.body.requestId, answer.headers.get('x-request-id'));
      assert.notEqual(answer.headers.get('connection'), 'close');
      assert.equal(events.handled.length, handled);
    });
  }

  it('never answers 5xx to a body, whatever it holds', async () => {
    const json = fc.json({ maxDepth: 70 });
    const cut = fc.tuple(json, fc.nat()).map(([text, length]) => text.slice(0, length % (text.length + 1)));
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString('latin1'));
    const members = fc.dictionary(fc.constantFrom('type', 'payload', 'retry', '__proto__', ''), fc.jsonValue());
    const body = fc.oneof(
      json,
      cut,
      bytes,
      members.map((value) => JSON.stringify(value)),
    );
    const expected = new Set([201, 400, 413, 422]);
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const { status } = await post(text);
        assert.ok(expected.has(status), `${status} for ${text}`);
      }),
      { numRuns: 500 },
    );
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  it('tells of what an item holds at the item where the route says so, and refuses the rest as ever', async () => {
    const headers = { 'content-type': 'application/json' };
    const list = (body: string) => call('/lists', { method: 'POST', body, headers });
    const mixed = await list(`{"items":[1,-0,{"__proto__":1},${'['.repeat(70)}${']'.repeat(70)},2]}`);
    const refused = [
      [1, 'number_out_of_range'],
      [2, 'forbidden_key'],
      [3, 'too_deep'],
    ];
    assert.deepEqual([mixed.status, mixed.body], [200, { taken: 5, refused }]);
    assert.equal((await list('{"items":[1')).body.code, 'malformed_json');
    assert.equal((await list('{"items":[],"items":[]}')).body.code, 'duplicate_key');
  });

  it('names every wrong place at once', async () => {
    const { body } = await post('{"type":"","retry":{"maxAttempts":"x","more":1},"extra":1}');
    const places = body.errors?.map(({ pointer, code }) => `${pointer} ${code}`).sort();
    assert.deepEqual(places, [
      '#/extra unknown_property',
      '#/retry/maxAttempts invalid_type',
      '#/retry/more unknown_property',
      '#/type too_small',
    ]);
  });

  const mediaTypes = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'multipart/form-data; boundary=x',
  ];
  for (const type of mediaTypes) {
    it(`refuses a body sent as ${type}`, async () => {
      const answer = await post('{"type":"a"}', { 'content-type': type });
      assert.equal(answer.status, 415);
      assert.equal(answer.body.code, 'unsupported_media_type');
    });
  }

  it('refuses a body without a content type, and takes the charset by its name', async () => {
    const bare = await raw(
      server,
      'POST /things HTTP/1.1\r\nhost: localhost\r\ncontent-length: 12\r\nconnection: close\r\n\r\n{"type":"a"}',
    );
    assert.match(bare, /^HTTP\/1.1 415 /);
    assert.equal((await post('{"type":"a"}', { 'content-type': 'application/json; charset=UTF-8' })).status, 201);
  });

  it('refuses compressed bodies without reading them', async () => {
    for (const encoding of ['gzip', 'br', 'deflate']) {
      const answer = await post('x', { 'content-type': 'application/json', 'content-encoding': encoding });
      assert.equal(answer.status, 415);
    }
  });

  it('refuses a body beyond the limit by its declared length, before it is sent, and closes', async () => {
    const answer = await raw(
      server,
      'POST /things HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 999999999\r\n\r\n{"type',
    );
    assert.match(answer, /^HTTP\/1.1 413 /);
    assert.match(answer, /payload_too_large/);
  });

  it('refuses a chunked body without an end once it is beyond the limit, and closes', async () => {
    const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
    const head =
      'POST /things HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
    assert.match(await raw(server, head, chunk, chunk, chunk), /^HTTP\/1.1 413 /);
  });

  it('answers 413 to a client that sends a long body whole', async () => {
    assert.equal((await post(`{"type":"${'a'.repeat(3_000_000)}"}`)).status, 413);
  });

  it('takes an absent body where an empty object would do, and asks for one elsewhere', async () => {
    const path = '/things/018f0000-0000-7000-8000-000000000000/cancel';
    assert.deepEqual((await call(path, { method: 'POST' })).body, { reason: 'none' });
    const empty = { method: 'POST', headers: { 'content-type': 'application/json' } };
    assert.equal((await call(path, empty)).status, 202);
    assert.equal((await call('/things', empty)).body.code, 'malformed_json');
  });

  it('answers ids that cannot exist as ones that do not', async () => {
    for (const id of ['nope', '..%2f..%2fetc', '%00', '%2e%2e', "1'%20or%201=1", 'x'.repeat(5_000)]) {
      const answer = await call(`/things/${id}/cancel`, { method: 'POST' });
      assert.equal(answer.status, 404, id);
      assert.equal(answer.body.code, 'not_found', id);
    }
    const bad = await raw(server, 'GET /fail/%ff HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    assert.match(bad, /^HTTP\/1.1 400 /);
    assert.match(bad, /malformed_url/);
  });

  it('checks the query', async () => {
    for (const query of ['limit=0', 'limit=-1', 'limit=1e9', 'limit=1&limit=2', 'limit=x', 'offset=3']) {
      const answer = await call(`/things?${query}`);
      assert.equal(answer.status, 422, query);
      assert.match(answer.body.errors?.[0]?.pointer ?? '', /^\?/);
    }
    assert.deepEqual((await call('/things?limit=7')).body['query'], { limit: 7 });
  });

  it('tells unknown paths, wrong methods and surfaces that are not built apart', async () => {
    assert.equal((await call('/nothing')).body.code, 'not_found');
    const wrong = await call('/things', { method: 'PUT' });
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers.get('allow'), 'GET, HEAD, POST, OPTIONS');
    assert.equal(
      (await call('/things', { method: 'DELETE', headers: { 'x-http-method-override': 'GET' } })).status,
      405,
    );
    assert.match(
      await raw(server, 'TRACE /things HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'),
      /^HTTP\/1.1 405 /,
    );
    const options = await call('/things', { method: 'OPTIONS' });
    assert.equal(options.status, 204);
    assert.equal(options.headers.get('allow'), 'GET, HEAD, POST, OPTIONS');
    for (const path of ['/plans', '/plans/3/next']) {
      const missing = await call(path);
      assert.equal(missing.status, 404);
      assert.equal(missing.body.code, 'not_available');
      assert.match(missing.body.detail, /^Plans /);
    }
    assert.equal((await call('/things/1', { method: 'DELETE' })).body.code, 'not_available');
    assert.equal((await call('/things', { method: 'HEAD' })).status, 200);
  });

  it('tells a busy, an unreachable and a broken server apart, and never why inside', async () => {
    const busy = await call('/fail/overloaded');
    assert.equal(busy.status, 503);
    assert.equal(busy.headers.get('retry-after'), '3');
    assert.equal(busy.body.retryable, true);
    const down = await call('/fail/unavailable');
    assert.equal(down.status, 503);
    assert.equal(down.headers.get('retry-after'), '1');
    assert.equal(down.body.outcome, undefined);
    for (const path of ['/fail/unknown', '/fail/driver', '/fail/commit']) {
      const { status, headers, body } = await call(path);
      assert.deepEqual([status, headers.get('retry-after'), body.outcome], [503, '1', 'unknown'], path);
    }
    assert.equal((await call('/fail/problem')).body.code, 'already_finished');
    const broken = await call('/fail/crash');
    assert.equal(broken.status, 500);
    assert.equal(broken.body.code, 'internal_error');
    for (const { body } of [busy, down, broken]) assert.doesNotMatch(JSON.stringify(body), /secret|stack|    at /);
  });

  it('refuses bad HTTP and too many headers, and closes', async () => {
    const long = `GET /things HTTP/1.1\r\nhost: localhost\r\na: ${'x'.repeat(17_000)}\r\n\r\n`;
    assert.match(await raw(server, long), /^HTTP\/1.1 431 /);
    const many = `GET /things HTTP/1.1\r\nhost: localhost\r\n${Array.from({ length: 300 }, (_, i) => `h${i}: 1\r\n`).join('')}\r\n`;
    assert.match(await raw(server, many), /^HTTP\/1.1 431 /);
    const both =
      'POST /things HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n';
    assert.match(await raw(server, both), /^HTTP\/1.1 400 /);
    assert.match(await raw(server, 'GET /things HTTP/1.1\r\nhost: localhost\r\na: b\nc: d\r\n\r\n'), /^HTTP\/1.1 400 /);
    const chunk =
      'POST /things HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n';
    assert.match(await raw(server, chunk), /^HTTP\/1.1 400 /);
  });

  it('answers a thousand pipelined requests, each once and in order', async () => {
    const requests = Array.from({ length: 1_000 }, (_, i) => {
      const last = i === 999 ? 'connection: close\r\n' : '';
      return `GET /things HTTP/1.1\r\nhost: localhost\r\nx-request-id: r${i}\r\n${last}\r\n`;
    });
    const answer = await raw(server, requests.join(''));
    const ids = [...answer.matchAll(/x-request-id: r(\d+)/g)].map(([, id]) => Number(id));
    assert.deepEqual(
      ids,
      Array.from({ length: 1_000 }, (_, i) => i),
    );
  });

  it('serves health by dependency, readiness, metrics and its description', async () => {
    assert.equal((await call('/livez')).status, 200);
    assert.equal((await call('/readyz')).status, 503);
    server.setReady(true);
    assert.equal((await call('/readyz')).status, 200);
    assert.deepEqual((await call('/health')).body, {
      status: 'ok',
      dependencies: { 'things.database': { state: 'ok' } },
    });
    events.health = { database: { state: 'failing', detail: 'no connection' } };
    assert.equal((await call('/readyz')).status, 503);
    const failing = await call('/health');
    assert.equal(failing.status, 503);
    const { since, ...reported } =
      (failing.body['dependencies'] as Record<string, { since?: string }>)['things.database'] ?? {};
    assert.deepEqual(reported, { state: 'failing', detail: 'no connection' });
    assert.ok(Date.now() >= Date.parse(String(since)), 'since it was first seen to fail');
    assert.deepEqual((await call('/health')).body['dependencies'], failing.body['dependencies']);
    const known = Date.parse('2026-01-02T03:04:05Z');
    events.health = { sweep: { state: 'failing', since: known, blocking: false }, database: { state: 'ok' } };
    assert.equal((await call('/readyz')).status, 200, 'what is no hindrance to requests does not turn them away');
    assert.deepEqual((await call('/health')).body, {
      status: 'failing',
      dependencies: {
        'things.sweep': { state: 'failing', since: '2026-01-02T03:04:05.000Z' },
        'things.database': { state: 'ok' },
      },
    });
    events.health = { database: { state: 'ok' } };
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    assert.match(metrics, /http_requests_total\{method="POST",route="\/things",status="201"\} \d/);
    assert.match(metrics, /http_request_duration_seconds_count\{method="POST",route="\/things"\} \d/);
    const document = (await call('/openapi.json')).body as unknown as {
      openapi: string;
      paths: Record<string, unknown>;
    };
    assert.equal(document.openapi, '3.1.1');
    assert.deepEqual(Object.keys(document.paths).slice(-3), ['/things', '/things/{id}/cancel', '/wait']);
  });

  it('bounds what a socket may send before it is admitted, and how many are open', async () => {
    const url = server.url.replace('http', 'ws');
    const talkative = new WebSocket(`${url}/socket`, 'things.v1');
    await once(talkative, 'open');
    for (let n = 0; n < 20; n += 1) talkative.send('x'.repeat(90));
    assert.equal((await once(talkative, 'close'))[0], 1009);

    const open = [1, 2, 3].map(() => new WebSocket(`${url}/socket`, 'things.v1'));
    await Promise.all(open.map((socket) => once(socket, 'open')));
    const another = new WebSocket(`${url}/socket`, 'things.v1');
    const [, answer] = await once(another, 'unexpected-response');
    assert.equal((answer as { statusCode?: number }).statusCode, 503);
    for (const socket of open) socket.close();
    await Promise.all(open.map((socket) => once(socket, 'close')));
  });

  it('opens sockets for the right subprotocol only, and bounds their messages', async () => {
    const url = server.url.replace('http', 'ws');
    const socket = new WebSocket(`${url}/socket`, 'things.v1');
    await once(socket, 'open');
    socket.send('hi');
    const [message] = await once(socket, 'message');
    assert.equal(String(message), 'echo hi');
    socket.send('x'.repeat(101));
    const [code] = await once(socket, 'close');
    assert.equal(code, 1009);
    for (const [path, protocol, status] of [
      ['/socket', 'other', 400],
      ['/elsewhere', 'things.v1', 404],
    ] as const) {
      const refusedSocket = new WebSocket(`${url}${path}`, protocol);
      const [error] = await once(refusedSocket, 'error');
      assert.match(String(error), new RegExp(`${status}`));
    }
  });
});

describe('HTTP server that stops', () => {
  it('lets waiting requests answer, closes sockets with 1001, and refuses to be reached afterwards', async () => {
    const { server, events } = thingsServer();
    await server.start();
    await Promise.all([server.start(), server.start()]);
    const reached = Promise.withResolvers<void>();
    events.waiting = reached.resolve;
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/socket`, 'things.v1');
    await once(socket, 'open');
    const waiting = fetch(`${server.url}/wait`, { headers: { prefer: 'wait=600' } });
    await reached.promise;
    const closed = once(socket, 'close');
    await Promise.all([server.stop(), server.stop()]);
    assert.deepEqual(await (await waiting).json(), { waitSeconds: 60 });
    assert.equal((await closed)[0], 1001);
    await assert.rejects(fetch(`${server.url}/livez`));
  });

  it('waits for no connection that its caller keeps open, and says so in its last answers', async () => {
    const { server, events } = thingsServer({ drainMs: 600_000 });
    await server.start();
    const reached = Promise.withResolvers<void>();
    events.waiting = reached.resolve;
    const kept = raw(server, `GET /livez HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`);
    const waiting = raw(server, `GET /wait HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nPrefer: wait=600\r\n\r\n`);
    await reached.promise;
    await server.stop();
    assert.match(await waiting, /^HTTP\/1\.1 200[^]*\r\nconnection: close\r\n/i);
    assert.match(await kept, /^HTTP\/1\.1 200/);
  });

  // The sockets' own library gives a peer 30 s.
  it('waits for no socket whose peer does not answer the farewell', { timeout: 20_000 }, async () => {
    const { server } = thingsServer({ drainMs: 600_000 });
    await server.start();
    const frozen = raw(
      server,
      `GET /socket HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: things.v1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    // Answered in the order in which they came: the socket is open by then.
    assert.equal((await caller(server)('/livez')).status, 200);
    await server.stop();
    assert.match(await frozen, /^HTTP\/1\.1 101/);
  });

  it('aborts the signal of a request whose caller has gone', async () => {
    const { server, events } = thingsServer();
    await server.start();
    const reached = Promise.withResolvers<void>();
    events.waiting = reached.resolve;
    const caller = new AbortController();
    const waiting = fetch(`${server.url}/wait`, { signal: caller.signal });
    await reached.promise;
    caller.abort();
    await assert.rejects(waiting);
    await server.stop();
    assert.deepEqual(events.aborted, ['wait']);
  });

  it('holds under starts and stops in any order, with and without a request under way', () =>
    tryStartsAndStops(() => {
      const { server } = thingsServer();
      const urls = new Set<string>();
      const asks = async (url: string) => (await fetch(`${url}/livez`)).status;
      return {
        service: server,
        engage: () => {
          urls.add(server.url);
          asks(server.url).catch(() => undefined);
        },
        left: async () => {
          const answers = await Promise.allSettled([...urls].map(asks));
          return answers.flatMap((answer) => (answer.status === 'fulfilled' ? ['it answers'] : []));
        },
      };
    }));
});
