import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprintOf } from './fingerprint.ts';

const textOf = (value: unknown) => fingerprintOf(value, (text) => Buffer.from(text)).toString();

/** Every member in order, at every level. */
function inOrder(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.keys(value).toSorted((a, b) => (a < b ? -1 : 1));
  return `{${keys.map((key) => `${JSON.stringify(key)}:${inOrder((value as Record<string, unknown>)[key])}`).join(',')}}`;
}

test('the fingerprint of a value is that of its text with every member in order', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(textOf(value), inOrder(value));
    }),
  );
});

const cases: readonly [value: unknown, text: string][] = [
  [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ 9: 1, 10: 2 }, '{"10":2,"9":1}'],
  [{ a: { d: 1, c: [{ f: 1, e: 2 }] }, b: 'x' }, '{"a":{"c":[{"e":2,"f":1}],"d":1},"b":"x"}'],
  [{ a: undefined, b: 1 }, '{"b":1}'],
  [[1, 'a', null, [2]], '[1,"a",null,[2]]'],
  [undefined, 'null'],
];
for (const [value, text] of cases) {
  test(`${text} is the text of its fingerprint`, () => {
    assert.equal(textOf(value), text);
  });
}
