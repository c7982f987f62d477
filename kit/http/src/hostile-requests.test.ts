import assert from 'node:assert/strict';
import { METHODS } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { caller, raw, thingsServer } from './testing/things-server.ts';

describe('requests that no client of good will sends', () => {
  const { server, events } = thingsServer();
  const call = caller(server);
  before(() => server.start());
  after(() => server.stop());
  const asked = (line: string, ...headers: string[]) =>
    raw(server, [`${line} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers, '', ''].join('\r\n'));
  const codeOf = (answer: string) => /"code":"([a-z_]+)"/.exec(answer)?.[1];

  it('answers every method that the parser knows, and opens no tunnel', async () => {
    const own = new Set(['GET', 'HEAD', 'POST', 'OPTIONS']);
    for (const method of METHODS.filter((name) => !own.has(name))) {
      assert.equal(codeOf(await asked(`${method} /things`)), 'method_not_allowed', method);
      const elsewhere = method === 'CONNECT' ? 'method_not_allowed' : 'not_found';
      assert.equal(codeOf(await asked(`${method} /nowhere`)), elsewhere, method);
    }
    assert.equal(codeOf(await asked('NOTHING /things')), 'malformed_request');
    assert.equal(
      codeOf((await asked('QUERY /things', 'content-type: application/json', 'content-length: 2')) + '{}'),
      'method_not_allowed',
    );
  });

  it('gives a HEAD no body, also where there is no route to ask', async () => {
    const [big, tunnel] = ['x'.repeat(20_000), 'upgrade: h2c\r\nconnection: upgrade'];
    const overflow = await raw(server, `HEAD /things HTTP/1.1\r\nhost: localhost\r\nx-big: ${big}\r\n\r\n`);
    const upgrade = await raw(server, `HEAD /things HTTP/1.1\r\nhost: localhost\r\n${tunnel}\r\n\r\n`);
    for (const [answer, status] of [
      [overflow, 431],
      [upgrade, 404],
    ] as const) {
      assert.match(answer, new RegExp(`^HTTP/1.1 ${status} [^]*\r\n\r\n$`));
    }
  });

  it('meets no expectation but 100-continue', async () => {
    assert.match(await asked('GET /things', 'expect: coffee'), /^HTTP\/1.1 417 [^]*expectation_failed/);
  });

  it('takes a part of a path that no column can hold for one that names nothing', async () => {
    for (const part of ['%00', 'a%00b', '..%2f', '%E2%80%AE']) {
      const { status, body } = await call(`/things/${part}/cancel`, { method: 'POST' });
      assert.deepEqual([status, body.code], [404, 'not_found'], part);
    }
    assert.equal((await call('/fail/%00')).body.code, 'not_found');
    assert.equal((await call('/fail/%ff')).body.code, 'malformed_url');
  });

  const queries: [string, string, string][] = [
    ['limit=1%00', 'invalid_string', '?limit'],
    ['%00=1', 'invalid_string', '?%00'],
    ['limit=1&limit=2', 'duplicate_key', '?limit'],
    ['__proto__=1', 'unknown_property', '?__proto__'],
    ['other=1', 'unknown_property', '?other'],
    ['limit%5B%5D=1', 'unknown_property', '?limit%5B%5D'],
    ['limit=0', 'invalid_query', '?limit'],
    ['limit=201', 'invalid_query', '?limit'],
    ['limit=1e400', 'invalid_query', '?limit'],
    ['limit=', 'invalid_query', '?limit'],
  ];
  for (const [query, code, pointer] of queries) {
    it(`refuses ?${query} as ${code}`, async () => {
      const { status, body } = await call(`/things?${query}`);
      assert.deepEqual([status, body.code, body.errors?.[0]?.pointer], [422, code, pointer]);
    });
  }

  it('refuses a parameter at a route that has none, before anything is done', async () => {
    const handled = events.handled.length;
    const headers = { 'content-type': 'application/json' };
    const { status, body } = await call('/things?dryRun=true', { method: 'POST', body: '{"type":"a"}', headers });
    assert.deepEqual([status, body.code, events.handled.length], [422, 'unknown_property', handled]);
    assert.equal((await call('/livez?probe=1')).status, 200);
  });

  it('names a rule that the schema library does not know by its own code', async () => {
    const headers = { 'content-type': 'application/json' };
    const { status, body } = await call('/things', { method: 'POST', body: '{"type":"reserved"}', headers });
    assert.deepEqual([status, body.code, body.errors?.[0]?.pointer], [422, 'reserved_type', '#/type']);
  });

  it('keeps the members that every problem has, whatever else it says', async () => {
    const { body } = await call('/fail/extended');
    assert.deepEqual([body.status, body.code, body['names']], [409, 'already_finished', ['a']]);
  });
});
