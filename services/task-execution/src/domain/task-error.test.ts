import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorFingerprint, sanitizeError, sanitizeJson } from './task-error.ts';

test('NUL and lone surrogates become U+FFFD, in code, message and details', () => {
  const error = { code: 'a\0b', message: 'x\0y\ud800z', details: { 'k\0': ['\udfff', 1, null] } };
  assert.deepEqual(sanitizeError(error), {
    code: 'a\uFFFDb',
    message: 'x\uFFFDy\uFFFDz',
    details: { 'k\uFFFD': ['\uFFFD', 1, null] },
  });
});

test('a message of 50 MB is cut and says so', () => {
  const { message } = sanitizeError({ code: 'big', message: 'm'.repeat(50 * 1024 * 1024) });
  assert.equal(message.length, 8_192);
  assert.ok(message.endsWith('… (cut)'));
});

test('a cut never splits a character in two', () => {
  const { message } = sanitizeError({ code: 'big', message: '😀'.repeat(8_192) });
  assert.ok(message.isWellFormed());
});

test('details that are too long are left out by name, and an empty code gets one', () => {
  const { code, details } = sanitizeError({ code: '', message: '', details: 'd'.repeat(20_000) });
  assert.equal(code, 'error');
  assert.deepEqual(details, { cut: true, length: 20_002 });
});

test('clean JSON text is given back as it is, and an escaped backslash is no NUL', () => {
  const clean = '{"a":[1,2,"täxt 😀"],"b":1.0}';
  assert.equal(sanitizeJson(clean), clean);
  const text = JSON.stringify({ path: 'C:\\u0000' });
  assert.deepEqual(JSON.parse(sanitizeJson(text)), { path: 'C:\\u0000' });
});

test('a key __proto__ stays a plain key', () => {
  const text = sanitizeJson('{"__proto__":{"polluted":true},"x":"\\u0000"}');
  assert.equal(text, '{"__proto__":{"polluted":true},"x":"\uFFFD"}');
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('errors that differ in ids, numbers and quoted values alone share a fingerprint', () => {
  const print = (message: string, type = 'mail') => errorFingerprint(type, { code: 'e', message });
  const base = print('user 17 "ann" of 6f2c9a1e-0000-7000-8000-000000000001 not found');
  assert.equal(base, print('user 9 "bob" of 0a2c9a1e-0000-7000-8000-00000000abcd not found'));
  assert.notEqual(base, print('user 17 "ann" of 6f2c9a1e-0000-7000-8000-000000000001 is locked'));
  assert.notEqual(base, print('user 17 "ann" of 6f2c9a1e-0000-7000-8000-000000000001 not found', 'sms'));
  assert.match(base, /^[0-9a-f]{16}$/);
});
