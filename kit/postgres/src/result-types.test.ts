import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInstant } from './result-types.ts';

const instants: readonly [text: string, iso: string][] = [
  ['2026-01-31 23:59:59+00', '2026-01-31T23:59:59.000Z'],
  ['2026-01-31 23:59:59.5+00', '2026-01-31T23:59:59.500Z'],
  ['2026-01-31 23:59:59.05+00', '2026-01-31T23:59:59.050Z'],
  ['2026-01-31 23:59:59.123456+00', '2026-01-31T23:59:59.123Z'],
  ['2026-01-31 23:59:59.999999+00', '2026-01-31T23:59:59.999Z'],
  ['1969-12-31 23:59:59+00', '1969-12-31T23:59:59.000Z'],
  ['2026-01-31 23:59:59.25', '2026-01-31T23:59:59.250Z'],
  ['2026-01-31 23:59:59+02', '2026-01-31T21:59:59.000Z'],
];

for (const [text, iso] of instants) {
  test(`reads ${text}`, () => {
    assert.equal(new Date(parseInstant(text)).toISOString(), iso);
  });
}

test('an instant that follows another, or itself, is its own', () => {
  const texts = instants.flatMap(([text]) => [text, text]);
  const expected = instants.flatMap(([, iso]) => [iso, iso]);
  assert.deepEqual(
    texts.map((text) => new Date(parseInstant(text)).toISOString()),
    expected,
  );
});

test('infinite instants stay infinite', () => {
  assert.equal(parseInstant('infinity'), Number.POSITIVE_INFINITY);
  assert.equal(parseInstant('-infinity'), Number.NEGATIVE_INFINITY);
});
