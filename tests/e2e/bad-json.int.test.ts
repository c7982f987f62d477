import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type CallOptions, usePlatform, writtenRows } from './harness/index.ts';

interface Row {
  readonly what: string;
  readonly send: CallOptions;
  readonly status: number | readonly number[];
  readonly code: string;
}

const task = (members: string): CallOptions => ({ raw: `{"type":"taskflow.noop",${members}}` });
const payload = (json: string): CallOptions => task(`"payload":${json}`);
const typed = (type: string | undefined): CallOptions => ({
  raw: new TextEncoder().encode('{"type":"taskflow.noop"}'),
  headers: type === undefined ? { 'content-type': '' } : { 'content-type': type },
});
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

const rows: readonly Row[] = [
  { what: 'a body that is not JSON', send: { raw: 'hello' }, status: 400, code: 'malformed_json' },
  { what: 'a truncated body', send: { raw: '{"type":"taskflow.noop"' }, status: 400, code: 'malformed_json' },
  { what: 'an empty body', send: { raw: '' }, status: [400, 415], code: '' },
  { what: 'trailing text', send: { raw: '{"type":"taskflow.noop"} x' }, status: 400, code: 'malformed_json' },
  { what: 'single quotes', send: { raw: "{'type':'taskflow.noop'}" }, status: 400, code: 'malformed_json' },
  { what: 'NaN', send: payload('NaN'), status: [400, 422], code: '' },
  { what: 'text/plain', send: typed('text/plain'), status: 415, code: 'unsupported_media_type' },
  { what: 'a form', send: typed('application/x-www-form-urlencoded'), status: 415, code: 'unsupported_media_type' },
  { what: 'no content type', send: typed(undefined), status: 415, code: 'unsupported_media_type' },
  {
    what: 'another charset',
    send: typed('application/json; charset=utf-16'),
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'a compressed body',
    send: {
      raw: new Uint8Array(gzipSync('{"type":"taskflow.noop"}')),
      headers: { 'content-encoding': 'gzip' },
    },
    status: [413, 415],
    code: '',
  },
  { what: 'a body of 2 MiB', send: payload(`"${'x'.repeat(2 << 20)}"`), status: 413, code: 'payload_too_large' },
  {
    what: 'a payload beyond 256 kB',
    send: payload(`"${'x'.repeat(300_000)}"`),
    status: [413, 422],
    code: 'payload_too_large',
  },
  { what: 'nesting of 65', send: payload(deep(65)), status: 400, code: 'too_deep' },
  { what: 'nesting of 100,000', send: payload(deep(100_000)), status: 400, code: 'too_deep' },
  { what: 'nesting of 200,000', send: payload(deep(200_000)), status: 400, code: 'too_deep' },
  {
    what: '100,000 keys',
    send: payload(`{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":0`).join(',')}}`),
    status: [400, 413, 422],
    code: '',
  },
  {
    what: 'half a million elements',
    send: payload(`[${'1,'.repeat(500_000)}1]`),
    status: [400, 422],
    code: 'too_many_items',
  },
  { what: 'NUL in a string', send: payload('"a\\u0000b"'), status: 422, code: 'invalid_string' },
  { what: 'NUL in a key', send: payload('{"a\\u0000b":1}'), status: 422, code: 'invalid_string' },
  { what: 'a lone surrogate', send: payload('"\\ud800"'), status: 422, code: 'invalid_string' },
  {
    what: 'bytes that are not UTF-8',
    send: {
      raw: new Uint8Array(
        Buffer.concat([
          Buffer.from('{"type":"taskflow.noop","payload":"'),
          Buffer.from([0xc0, 0xaf]),
          Buffer.from('"}'),
        ]),
      ),
    },
    status: 400,
    code: '',
  },
  { what: 'a byte order mark', send: { raw: '\ufeff{"type":"taskflow.noop"}' }, status: [400, 422], code: '' },
  { what: 'a raw control character in a string', send: payload('"a\u0001b"'), status: [400, 422], code: '' },
  { what: '1e400', send: payload('1e400'), status: 422, code: 'number_out_of_range' },
  { what: 'an integer beyond 2^53', send: payload('9007199254740993'), status: 422, code: 'number_out_of_range' },
  { what: 'a duplicate key', send: payload('{"a":1,"a":2}'), status: 400, code: 'duplicate_key' },
  {
    what: 'a duplicate key written two ways',
    send: payload('{"a":1,"\\u0061":2}'),
    status: 400,
    code: 'duplicate_key',
  },
  { what: '__proto__', send: payload('{"__proto__":{"polluted":true}}'), status: 400, code: 'forbidden_key' },
  {
    what: '__proto__ in escapes',
    send: payload('{"\\u005f_proto__":{"polluted":true}}'),
    status: 400,
    code: 'forbidden_key',
  },
  {
    what: 'constructor.prototype',
    send: payload('{"constructor":{"prototype":{"polluted":true}}}'),
    status: 400,
    code: 'forbidden_key',
  },
  { what: '__proto__ at the top', send: task('"__proto__":{"polluted":true}'), status: 400, code: 'forbidden_key' },
  { what: 'an unknown property', send: task('"status":"completed"'), status: 422, code: 'unknown_property' },
  { what: 'tenantId', send: task('"tenantId":"x"'), status: 422, code: 'unknown_property' },
  { what: 'attempts', send: task('"attempts":3'), status: 422, code: 'unknown_property' },
  { what: 'an array instead of a task', send: { raw: '[]' }, status: 422, code: 'invalid_body' },
  { what: 'null instead of a task', send: { raw: 'null' }, status: 422, code: 'invalid_body' },
  { what: 'a type that is a number', send: { raw: '{"type":1}' }, status: 422, code: 'invalid_body' },
  { what: 'an empty type', send: { raw: '{"type":""}' }, status: 422, code: 'invalid_body' },
  { what: 'a type of 500 kB', send: { raw: `{"type":"${'t'.repeat(500_000)}"}` }, status: 422, code: 'invalid_body' },
  {
    what: 'a right-to-left override in a type',
    send: { raw: '{"type":"a\\u202eb"}' },
    status: 422,
    code: 'invalid_body',
  },
  { what: 'a queue with a line break', send: task('"queue":"a\\nb"'), status: 422, code: 'invalid_body' },
  { what: 'priority 1000', send: task('"priority":1000'), status: 422, code: 'invalid_body' },
  { what: 'priority -1', send: task('"priority":-1'), status: 422, code: 'invalid_body' },
  { what: 'priority 1.5', send: task('"priority":1.5'), status: 422, code: 'invalid_body' },
  { what: 'an unknown priority name', send: task('"priority":"urgent"'), status: 422, code: 'invalid_body' },
  { what: 'timeout 0', send: task('"timeout":{"attempt":0}'), status: 422, code: 'invalid_body' },
  { what: 'timeout -1', send: task('"timeout":{"total":-1}'), status: 422, code: 'invalid_body' },
  { what: 'a timeout of ten years', send: task('"timeout":{"total":"3650d"}'), status: 422, code: 'invalid_body' },
  { what: 'a million attempts', send: task('"retry":{"maxAttempts":1000000}'), status: 422, code: 'invalid_body' },
  { what: 'no attempt', send: task('"retry":{"maxAttempts":0}'), status: 422, code: 'invalid_body' },
  { what: 'an unknown backoff', send: task('"retry":{"backoff":"random"}'), status: 422, code: 'invalid_body' },
  { what: 'a duration without meaning', send: task('"retry":{"initial":"soon"}'), status: 422, code: 'invalid_body' },
  { what: 'a tag that is a number', send: task('"tags":{"a":1}'), status: 422, code: 'invalid_body' },
  {
    what: 'runAt, which is not available yet',
    send: task('"runAt":"2099-01-01T00:00:00Z"'),
    status: 422,
    code: 'not_available',
  },
  { what: 'delay, which is not available yet', send: task('"delay":"5m"'), status: 422, code: 'not_available' },
  {
    what: 'sla, which is not available yet',
    send: task('"sla":{"complete":"1h"}'),
    status: 422,
    code: 'not_available',
  },
];

describe('bodies that are refused', () => {
  const platform = usePlatform();

  for (const { what, send, status, code } of rows) {
    it(`${what} is answered ${[status].flat().join(' or ')} and nothing is written`, async () => {
      const { api } = platform();
      const before = await writtenRows(platform());
      const answer = await api.call('POST', '/api/v1/tasks', send);
      assert.ok([status].flat().includes(answer.status), `${answer.status} ${answer.text.slice(0, 500)}`);
      assert.equal(answer.headers.get('content-type')?.split(';')[0], 'application/problem+json');
      if (code !== '') assert.equal(answer.body.code, code, answer.text.slice(0, 500));
      assert.equal(answer.body.status, answer.status);
      assert.ok(!/node_modules|\bat .*\.ts:|SELECT |INSERT /.test(answer.text), 'the answer shows its inside');
      assert.deepEqual(await writtenRows(platform()), before);
    });
  }

  it('answers every problem with a stable code, a pointer to the place and no more', async () => {
    const { api } = platform();
    const answer = await api.call('POST', '/api/v1/tasks', { raw: '{"type":"a","tags":{"x":1},"priority":"nope"}' });
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.body.errors?.map(({ pointer }) => pointer).sort(), ['#/priority', '#/tags/x']);
  });

  it('does not let a refused member of a batch reach the others as a half-written batch', async () => {
    const { api } = platform();
    const before = await writtenRows(platform());
    const raw = '{"tasks":[{"type":"taskflow.noop"},{"type":"taskflow.noop","payload":"\\u0000"}]}';
    assert.equal((await api.call('POST', '/api/v1/tasks/batch', { raw })).status, 422);
    assert.deepEqual(await writtenRows(platform()), before);
  });

  it('fails one bad command of many at once without failing its neighbours', async () => {
    const { api } = platform();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        api.call(
          'POST',
          '/api/v1/tasks',
          n % 10 === 0 ? payload('"\\u0000"') : { body: { type: 'taskflow.noop', payload: n } },
        ),
      ),
    );
    answers.forEach(({ status, text }, n) => assert.equal(status, n % 10 === 0 ? 422 : 201, text));
  });

  it('still serves after all of that', async () => {
    const { api } = platform();
    const { id } = await api.createTask({ type: 'taskflow.noop', payload: {} });
    assert.equal((await api.settledTask(id)).status, 'completed');
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});
