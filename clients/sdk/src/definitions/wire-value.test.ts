import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { InvalidInputError } from '../errors.ts';
import { decodeWire } from './decode-wire.ts';
import { encodeWire, writeWire } from './wire-value.ts';

/** Through text, as it crosses every border. */
const through = (value: unknown): unknown => decodeWire(JSON.parse(JSON.stringify(encodeWire(value))));
const refusal =
  (code: string, ...naming: string[]) =>
  (error: unknown) =>
    error instanceof InvalidInputError && error.code === code && naming.every((part) => error.message.includes(part));

const kinds: Readonly<Record<string, unknown>> = {
  Date: new Date('2026-02-03T04:05:06.789Z'),
  'a far Date': new Date(8.64e15),
  'an invalid Date': new Date(Number.NaN),
  Map: new Map<unknown, unknown>([
    ['a', new Date(0)],
    [1n, new Map([[{ deep: undefined }, new Set([Number.NaN])]])],
  ]),
  Set: new Set(['a', undefined, null, 2n]),
  bigint: -123456789012345678901234567890n,
  URL: new URL('https://user@example.org:8443/a%20b?c=d#e'),
  Uint8Array: Uint8Array.from([0, 127, 128, 255]),
  'a part of a buffer': Uint8Array.from([9, 1, 2, 9]).subarray(1, 3),
  'an empty Uint8Array': new Uint8Array(),
  Int16Array: Int16Array.from([-32768, 32767]),
  Float64Array: Float64Array.from([0.1, Number.NaN, -0]),
  BigInt64Array: BigInt64Array.from([-1n, 2n ** 62n]),
  Buffer: Buffer.from('bytes'),
  ArrayBuffer: Uint8Array.from([1, 2, 3]).buffer,
  undefined: undefined,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

describe('a value that JSON has no form for', () => {
  for (const [kind, value] of Object.entries(kinds)) {
    it(`comes back as it was: ${kind}`, () => {
      assert.deepEqual(through(value), value);
      assert.deepEqual(through([value, { deep: [{ value }] }]), [value, { deep: [{ value }] }]);
    });
  }

  it('keeps its class, and members that are undefined', () => {
    const came = through({ bytes: Buffer.from('a'), at: undefined, zero: -0 }) as Record<string, unknown>;
    assert.ok(Buffer.isBuffer(came.bytes));
    assert.ok('at' in came);
    assert.ok(Object.is(came.zero, -0));
  });

  it('is not held by the value that was given', () => {
    const given = { at: new Date(0), list: [1n] };
    encodeWire(given);
    assert.deepEqual(given, { at: new Date(0), list: [1n] });
  });
});

describe('plain JSON', () => {
  const plain = [
    null,
    true,
    0,
    -1.5e300,
    'text $taskflow',
    [],
    {},
    { a: [{ b: null }], $from: 'x', value: { kind: 'Date' } },
  ];

  it('is the very same value, in both directions', () => {
    for (const value of plain) {
      assert.equal(encodeWire(value), value);
      assert.equal(decodeWire(value), value);
      assert.equal(writeWire(value), JSON.stringify(value));
    }
  });

  it('is shared where a neighbour is not plain', () => {
    const shared = { a: [1, 2, 3] };
    assert.equal((encodeWire({ shared, at: new Date(0) }) as { shared: unknown }).shared, shared);
  });
});

describe('an object with a member named like the mark', () => {
  const own = { $taskflow: 'Date', value: '2026-01-01T00:00:00Z' };

  it('comes back as the object that it was', () => {
    for (const value of [own, { a: own }, { $taskflow: own }, { $taskflow: 1, at: new Date(0) }, [{ $taskflow: {} }]]) {
      assert.deepEqual(through(value), value);
    }
    assert.deepEqual(encodeWire(own), { $taskflow: 'Object', value: own });
  });
});

describe('what cannot cross the wire', () => {
  class Money {
    readonly cents = 5;
  }
  class Dates extends Map<string, Date> {}
  const endless: { self?: unknown } = {};
  endless.self = endless;
  const cases: readonly (readonly [string, unknown, ...string[]])[] = [
    ['a function', { list: [{ call: () => 1 }] }, '/list/0/call', 'a function'],
    ['a symbol', new Map([['a', Symbol('s')]]), '/0/value', 'a symbol'],
    ['an instance of a class', { price: new Money() }, '/price', 'Money'],
    ['an instance of a class derived from a built-in one', new Dates(), 'Dates'],
    ['an Error', { cause: new RangeError('x') }, '/cause', 'RangeError'],
    ['a RegExp', [/a/], '/0', 'RegExp'],
    ['a DataView', new DataView(new ArrayBuffer(1)), 'DataView'],
    ['a promise', { later: Promise.resolve(1) }, '/later', 'Promise'],
    ['what holds itself', endless, 'holds itself'],
  ];
  for (const [what, value, ...naming] of cases) {
    it(`is refused with its place: ${what}`, () => {
      assert.throws(() => encodeWire(value), refusal('not_serialisable', ...naming));
    });
  }

  it('is not a plain object of another realm, nor one without a prototype', () => {
    assert.deepEqual(through(Object.assign(Object.create(null) as object, { a: 1n })), { a: 1n });
    assert.deepEqual(through(runInNewContext('({ at: new Date(0), list: [new Map([[1, 2]])] })')), {
      at: new Date(0),
      list: [new Map([[1, 2]])],
    });
  });
});

describe('a malformed mark', () => {
  const deep = JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`) as unknown;
  for (const [what, value] of Object.entries({
    'of no known kind': { $taskflow: 'Symbol', value: 'a' },
    'of a name that objects have': { $taskflow: 'constructor', value: [] },
    'of the prototype': { $taskflow: '__proto__', value: {} },
    'that is no text': { $taskflow: 7, value: 1 },
    'with another member': { $taskflow: 'undefined', more: 1 },
    'of a Date that is none': { $taskflow: 'Date', value: 'tomorrow' },
    'of a Date that is a number': { $taskflow: 'Date', value: 5 },
    'of a Map without pairs': { $taskflow: 'Map', value: [['a']] },
    'of a Set without a list': { $taskflow: 'Set', value: { length: 3 } },
    'of a bigint in words': { $taskflow: 'bigint', value: '1e9' },
    'of a number that JSON has': { $taskflow: 'number', value: '5' },
    'of a number by a name that objects have': { $taskflow: 'number', value: 'constructor' },
    'of a relative URL': { $taskflow: 'URL', value: '/a' },
    'of bytes that are no base64': { $taskflow: 'Uint8Array', value: 'a*==' },
    'of half an element': { $taskflow: 'Int16Array', value: 'AQ==' },
    'of an undefined with a value': { $taskflow: 'undefined', value: 1 },
    'of an object that is a list': { $taskflow: 'Object', value: [] },
    'far too deep': deep,
  })) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => decodeWire(value), refusal('malformed_value'));
    });
  }
});

describe('members with names that objects have', () => {
  it('stay members and reach no prototype', () => {
    const text =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"at":{"$taskflow":"Date","value":null}}';
    const came = decodeWire(JSON.parse(text)) as Record<string, unknown>;
    assert.equal(Object.getPrototypeOf(came), Object.prototype);
    assert.deepEqual(Object.keys(came), ['__proto__', 'constructor', 'at']);
    assert.equal((came as { polluted?: unknown }).polluted, undefined);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    const nested = decodeWire(JSON.parse('{"__proto__":{"$taskflow":"bigint","value":"1"}}')) as object;
    assert.equal(Object.getPrototypeOf(nested), Object.prototype);
    assert.deepEqual(Object.entries(nested), [['__proto__', 1n]]);
    assert.deepEqual(Object.entries(through(nested) as object), [['__proto__', 1n]]);
  });
});

describe('a value that is too large', () => {
  it('is refused before it is written, by what it would take at least', () => {
    let doubled: unknown = 'x';
    for (let level = 0; level < 60; level += 1) doubled = [doubled, doubled];
    for (const value of [
      new Array(1_000_000_000),
      doubled,
      'x'.repeat(1_001),
      { a: new Uint8Array(2_000) },
      { ['k'.repeat(1_000)]: 1 },
    ]) {
      assert.throws(() => encodeWire(value, 1_000), refusal('value_too_large'));
    }
  });

  it('is none as long as it fits', () => {
    const value = Array.from({ length: 100 }, (_, index) => ({ index, text: 'abc' }));
    assert.equal(encodeWire(value, JSON.stringify(value).length), value);
  });
});

describe('a value that cannot be read', () => {
  it('is refused with its place', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.throws(() => encodeWire({ draft: [proxy] }), refusal('not_serialisable', '/draft/0'));
    const thrower = {
      get x() {
        throw Object.create(null);
      },
    };
    assert.throws(() => encodeWire({ draft: thrower }), refusal('not_serialisable', '/draft'));
  });
});
