import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseStrictJson } from './strict-json.ts';

const refusal = (input: string | Buffer) => {
  const result = parseStrictJson(input);
  assert.equal(result.ok, false, 'the text was taken');
  return result.ok ? assert.fail() : result.refusal;
};
const value = (text: string | Buffer) => {
  const result = parseStrictJson(text);
  assert.ok(result.ok, result.ok ? '' : `${result.refusal.code}: ${result.refusal.detail}`);
  return result.value;
};
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** JSON values that a caller may send: what the rules refuse by name is left out. */
const forbidden = new Set(Object.getOwnPropertyNames(Object.prototype));
const cleanNumber = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .double({ noDefaultInfinity: true, noNaN: true })
    .filter((n) => !Object.is(n, -0) && !/^-?\d{16,}$/.test(String(n))),
);
const cleanKey = fc.string({ unit: 'binary' }).filter((key) => !key.includes('\0') && !forbidden.has(key));
const cleanString = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
const { clean } = fc.letrec((tie) => ({
  clean: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    cleanNumber,
    cleanString,
    fc.array(tie('clean')),
    fc.dictionary(cleanKey, tie('clean')),
  ),
}));

describe('parseStrictJson', () => {
  it('agrees with JSON.parse on every clean text, compact or indented, as text or as bytes', () => {
    fc.assert(
      fc.property(clean, fc.constantFrom(0, 2, '\t\r\n'), (sent, indent) => {
        const text = JSON.stringify(sent, undefined, indent);
        assert.deepEqual(value(text), JSON.parse(text));
        assert.deepEqual(value(Buffer.from(text)), JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never takes a text that JSON.parse refuses, and never gives another value', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'u0041',
      'a',
      '0',
      '-',
      '1',
      '.',
      'e',
      '+',
      'true',
      'null',
      ' ',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), (parts) => {
        const text = parts.join('');
        const result = parseStrictJson(text);
        if (result.ok) assert.deepEqual(result.value, JSON.parse(text));
      }),
      { numRuns: 20_000 },
    );
  });

  it('refuses as malformed only what JSON.parse refuses too', () => {
    const pieces = ['{"a":', '}', '[', ']', ',', '"b"', '12', '-3.5e2', 'false', '\n', '"\\n\\u00e9"', '"\\"', '""'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 10 }), (parts) => {
        const text = parts.join('');
        const result = parseStrictJson(text);
        if (!result.ok && result.refusal.code === 'malformed_json') assert.throws(() => JSON.parse(text));
      }),
      { numRuns: 20_000 },
    );
  });

  for (const [text, offset] of [
    ['', 0],
    ['{', 1],
    ['{"a":1', 6],
    ['{"a" 1}', 5],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['{"a":1,}', 7],
    ["{'a':1}", 1],
    ['nul', 0],
    ['NaN', 0],
    ['Infinity', 0],
    ['01', 1],
    ['1.', 1],
    ['"abc', 4],
    ['"\\x"', 1],
    ['"\\u12g4"', 1],
    ['{} {}', 3],
    ['// a\n1', 0],
  ] as const) {
    it(`refuses ${JSON.stringify(text)} as malformed at offset ${offset}`, () => {
      const { code, offset: found } = refusal(text);
      assert.deepEqual({ code, offset: found }, { code: 'malformed_json', offset });
    });
  }

  it('refuses control characters inside strings as malformed', () => {
    assert.equal(refusal('"a\nb"').code, 'malformed_json');
    assert.equal(refusal('{"a\tb":1}').code, 'malformed_json');
    assert.equal(refusal('{"\\"\n":1}').code, 'malformed_json');
  });

  it('refuses bytes that are not UTF-8, overlong forms and a byte order mark', () => {
    assert.equal(refusal(Buffer.from([0x22, 0xff, 0x22])).code, 'malformed_json');
    assert.equal(refusal(Buffer.from([0x22, 0xc0, 0x80, 0x22])).code, 'malformed_json');
    assert.match(refusal(Buffer.from('\ufeff{}')).detail, /byte order mark/);
  });

  it('takes 64 levels and refuses the 65th, whatever stands behind it', () => {
    assert.ok(parseStrictJson(nested(64)).ok);
    for (const depth of [65, 100_000, 200_000]) assert.equal(refusal(nested(depth)).code, 'too_deep');
    assert.equal(refusal('['.repeat(200_000)).code, 'too_deep');
    assert.equal(refusal('{"a":'.repeat(100_000)).code, 'too_deep');
  });

  it('refuses too many members, items and values', () => {
    const members = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":0`).join()}}`;
    const items = (count: number) => `[${'0,'.repeat(count - 1)}0]`;
    assert.ok(parseStrictJson(members(10_000)).ok);
    assert.equal(refusal(members(10_001)).code, 'too_many_items');
    assert.equal(refusal(members(100_000)).code, 'too_many_items');
    assert.ok(parseStrictJson(items(100_000)).ok);
    assert.equal(refusal(items(1_000_000)).code, 'too_many_items');
    assert.equal(refusal(`[${`${items(99_999)},`.repeat(11)}0]`).code, 'too_many_items');
  });

  it('refuses NUL and lone surrogates with a pointer, and takes pairs', () => {
    assert.deepEqual(value('"\\ud83d\\ude00 \\u0001"'), '😀 \u0001');
    const lone = ['\\u0000', '\\ud800', '\\udc00', '\\ud800x', '\\ud800\\u0041', '\\udc00\\ud800', '\\ud800\\n'];
    for (const text of lone) {
      const { code, pointer } = refusal(`{"list":[1,{"name":"a${text}"}]}`);
      assert.deepEqual({ code, pointer }, { code: 'invalid_string', pointer: '#/list/1/name' });
    }
    assert.equal(refusal('{"\\u0000":1}').code, 'invalid_string');
    assert.equal(refusal('"\ud800"').code, 'invalid_string');
  });

  it('refuses numbers that would not be kept', () => {
    for (const text of ['1e400', '-1e400', '9007199254740993', '-9007199254740992', '-0', '-0.0', '1e-400', '-0e5']) {
      assert.equal(refusal(`{"n":${text}}`).code, 'number_out_of_range', text);
    }
    const kept = ['0', '0.0', '0e10', '9007199254740991', '-9007199254740991', '0.1', '1e20', '1.5e-9', '-12'];
    for (const text of kept) assert.equal(value(text), Number(text));
  });

  it('refuses duplicate keys, also when one is written with an escape, in small and in large objects', () => {
    assert.deepEqual(refusal('{"a":1,"b":{"c":1,"c":2}}').pointer, '#/b/c');
    assert.equal(refusal('{"a":1,"\\u0061":2}').code, 'duplicate_key');
    const many = Array.from({ length: 50 }, (_, i) => `"k${i}":0`).join();
    assert.ok(parseStrictJson(`{${many}}`).ok);
    assert.equal(refusal(`{${many},"k7":1}`).code, 'duplicate_key');
    assert.equal(refusal(`{${many},"k49":1}`).code, 'duplicate_key');
    assert.ok(parseStrictJson('[{"a":1},{"a":1}]').ok);
  });

  it('refuses keys that reach the prototype, and pollutes nothing', () => {
    for (const text of [
      '{"__proto__":{"polluted":true}}',
      '{"\\u005f_proto__":1}',
      '{"a":[{"constructor":{"prototype":{"polluted":true}}}]}',
      '{"toString":1}',
    ]) {
      assert.equal(refusal(text).code, 'forbidden_key', text);
    }
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    assert.deepEqual(value('{"constructor":"Ferrari","prototype":{"constructor":1}}'), {
      constructor: 'Ferrari',
      prototype: { constructor: 1 },
    });
  });

  it('does not echo a long key in full', () => {
    assert.ok(refusal(`{"${'k'.repeat(100_000)}":-0}`).pointer.length < 300);
  });
});
