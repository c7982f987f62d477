import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { defaultJsonLimits } from './json-scanner.ts';
import { jsonRefusalOf, parseStrictItems, parseStrictJson } from './strict-json.ts';

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

  it('walks any depth that it is allowed without a stack of its own', () => {
    const limits = { ...defaultJsonLimits, maxDepth: 1_000_000, maxValues: 1_000_000 };
    assert.equal(jsonRefusalOf(nested(300_000), limits), undefined);
    assert.equal(jsonRefusalOf(`${'{"a":'.repeat(300_000)}1${'}'.repeat(300_000)}`, limits), undefined);
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
    const lost = ['1e400', '-1e400', '9007199254740993', '-9007199254740993', '12345678901234567890', '-0', '-0.0'];
    lost.push('1e-400', '-0e5', `1${'0'.repeat(21)}`, `1${'0'.repeat(400)}`);
    for (const text of lost) assert.equal(refusal(`{"n":${text}}`).code, 'number_out_of_range', text);
    const kept = ['0', '0.0', '0e10', '9007199254740991', '-9007199254740991', '0.1', '1e20', '1.5e-9', '-12'];
    kept.push('9007199254740992', '1764446057123000000', '-1764446057123000000', '100000000000000000000');
    for (const text of kept) assert.equal(value(text), Number(text));
  });

  it('takes every number that JSON.stringify prints, so that what was handed out is taken back', () => {
    const printed = fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify([number]));
    const whole = fc
      .double({ min: -1e21, max: 1e21, noNaN: true })
      .map((number) => JSON.stringify([Math.round(number)]));
    fc.assert(
      fc.property(fc.oneof(printed, whole), (text) => {
        assert.equal(JSON.stringify(value(text)), text);
      }),
      { numRuns: 5_000 },
    );
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

describe('parseStrictItems', () => {
  const items = (...texts: string[]) =>
    parseStrictItems(`{"session":"s","items":[${texts.join(' , ')}],"ref":1}`, 'items');
  const codes = (...texts: string[]) => {
    const result = items(...texts);
    assert.ok(result.ok, 'the message was refused');
    return [...result.refusedItems].map(([index, { code }]) => `${index} ${code}`);
  };
  const bad: [string, string][] = [
    ['{"result":1e400}', 'number_out_of_range'],
    ['{"result":-0}', 'number_out_of_range'],
    ['-0', 'number_out_of_range'],
    ['"\\u0000"', 'invalid_string'],
    ['{"result":"\\ud800 \\" ]} \\\\"}', 'invalid_string'],
    ['{"\\ud800":[[1],{"a":"}"}]}', 'invalid_string'],
    ['{"a":1,"a":{"b":[2]}}', 'duplicate_key'],
    ['[{"__proto__":{}}]', 'forbidden_key'],
    [nested(63), 'too_deep'],
    [nested(100_000), 'too_deep'],
    [`[${'0,'.repeat(100_000)}0]`, 'too_many_items'],
  ];

  for (const [text, code] of bad) {
    it(`tells of ${text.slice(0, 40)} at its item alone`, () => {
      assert.deepEqual(codes('{"a":1}', text, '[2]', text, '"b"'), [`1 ${code}`, `3 ${code}`]);
      const result = items('{"a":1}', text, '[2]');
      const { items: read, session, ref } = (result.ok && result.value) as Record<string, unknown[]>;
      assert.deepEqual([session, ref, read?.length, read?.[0], read?.[2]], ['s', 1, 3, { a: 1 }, [2]]);
    });
  }

  it('names the place inside of the item', () => {
    const result = items('1', '{"result":{"list":[0,1e999]}}');
    assert.equal(result.ok && result.refusedItems.get(1)?.pointer, '#/items/1/result/list/1');
  });

  it('refuses the message for what is wrong outside of its items, and for what is no JSON', () => {
    const whole = (text: string) => {
      const result = parseStrictItems(text, 'items');
      return result.ok ? 'taken' : result.refusal.code;
    };
    assert.equal(whole('{"items":[1],"ref":-0}'), 'number_out_of_range');
    assert.equal(whole('{"items":[-0],"items":[1]}'), 'duplicate_key');
    assert.equal(whole('{"other":[-0]}'), 'number_out_of_range');
    assert.equal(whole('{"other":{"items":[-0]}}'), 'number_out_of_range');
    assert.equal(whole(`{"items":[${'-0,'.repeat(100_000)}-0]}`), 'too_many_items');
    for (const text of ['{"items":[1', '{"items":[-0', '{"items":["\\u0000', '{"items":[-0 1]}', '{"items":[[-0}]}']) {
      assert.equal(whole(text), 'malformed_json', text);
    }
  });

  it('bounds the values of each item and not of all together', () => {
    const limits = { ...defaultJsonLimits, maxValues: 20 };
    const list = `[${'0,'.repeat(14)}0]`;
    const result = parseStrictItems(`{"items":[${list},[${list},${list}],${list}]}`, 'items', limits);
    assert.deepEqual(result.ok && [...result.refusedItems.keys()], [1]);
  });

  it('refuses a message of many values where it could be sent in parts, and never one item', () => {
    const limits = { ...defaultJsonLimits, maxListValues: 20 };
    const list = `[${'0,'.repeat(14)}0]`;
    const message = (...texts: string[]) => parseStrictItems(`{"items":[${texts.join(',')}]}`, 'items', limits);
    assert.ok(message(`[${list},${list}]`).ok);
    assert.ok(message(list, list).ok);
    const result = message(list, list, '0');
    assert.deepEqual(!result.ok && [result.refusal.code, result.refusal.pointer], ['too_many_items', '#/items/2']);
  });

  it('makes of a refused item that is too much only what may be names', () => {
    const limits = { ...defaultJsonLimits, maxListValues: 20 };
    const many = `[${'{},'.repeat(200)}{}]`;
    const members = `{${Array.from({ length: 1_200 }, (_, n) => `"k${n}":0`).join()}}`;
    const error = `{"code":"c]}","details":${many},"few":[1]}`;
    const large = `{"bad":-0,"id":"a\\"{","result":${many},"input":${members},"error":${error},"tags":{"a":1}}`;
    const result = parseStrictItems(
      `{"items":[1,${large},${many.replace('{}', '-0')},{"bad":-0}],"ref":7}`,
      'items',
      limits,
    );
    assert.ok(result.ok);
    assert.deepEqual([...result.refusedItems.keys()], [1, 2, 3]);
    const names = {
      id: 'a"{',
      result: null,
      input: null,
      error: { code: 'c]}', details: null, few: [1] },
      tags: { a: 1 },
    };
    assert.deepEqual(result.value, { items: [1, { bad: -0, ...names }, null, { bad: -0 }], ref: 7 });
  });

  it('takes what parseStrictJson takes, and refuses at items exactly what it refuses', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            clean.map((item) => JSON.stringify(item)),
            fc.constantFrom(...bad.map(([text]) => text)),
          ),
        ),
        (texts) => {
          const wanted = texts.flatMap((text, index) => (parseStrictJson(`{"items":[${text}]}`).ok ? [] : [index]));
          const result = items(...texts);
          assert.ok(result.ok);
          assert.deepEqual([...result.refusedItems.keys()], wanted);
        },
      ),
      { numRuns: 300 },
    );
  });
});
