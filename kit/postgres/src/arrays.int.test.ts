import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { silentTelemetry, testDatabase } from '@taskflow/kit-testing';
import fc from 'fast-check';
import {
  boolArray,
  byteaArray,
  float8Array,
  int4Array,
  int8Array,
  textArray,
  timestamptzArray,
  uuidArray,
} from './arrays.ts';
import type { Database } from './database.ts';
import { DatabaseError } from './errors.ts';
import { createDatabase } from './pooled-database.ts';

let database: Database;
let drop: () => Promise<void>;

before(async () => {
  const made = await testDatabase();
  drop = made.drop;
  database = createDatabase({
    url: made.url,
    name: 'arrays',
    poolSize: 1,
    profile: 'general',
    telemetry: silentTelemetry(),
  });
});

after(async () => {
  await database.stop();
  await drop();
});

async function sentAndReturned(type: string, array: Buffer): Promise<unknown[]> {
  const text = `SELECT element FROM unnest($1::${type}[]) WITH ORDINALITY AS list(element, place) ORDER BY place`;
  const rows = await database.query<{ element: unknown }>({ name: `echo_${type}`, text }, [array]);
  return rows.map(({ element }) => element);
}

const someIds = ['00000000-0000-7000-8000-000000000001', '00000000-0000-7000-8000-000000000002'];

const cases: readonly [type: string, encode: (values: never[]) => Buffer, element: fc.Arbitrary<unknown>][] = [
  ['uuid', uuidArray, fc.option(fc.uuid())],
  // An id that follows itself is copied, also over a null.
  ['uuid', uuidArray, fc.constantFrom(...someIds, null)],
  ['text', textArray, fc.option(fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')))],
  // Texts that follow each other are copied: short and long ones, empty ones, and nulls between.
  ['text', textArray, fc.constantFrom('', 'queue', 'ä€😀', 'x'.repeat(40), 'ü'.repeat(40), null)],
  ['integer', int4Array, fc.option(fc.integer({ min: -0x80000000, max: 0x7fffffff }))],
  ['bigint', int8Array, fc.option(fc.maxSafeInteger())],
  ['float8', float8Array, fc.option(fc.double({ noNaN: true }).filter((number) => !Object.is(number, -0)))],
  ['boolean', boolArray, fc.option(fc.boolean())],
  ['timestamptz', timestamptzArray, fc.option(fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(9999, 0) }))],
  ['bytea', byteaArray, fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes)))],
];

for (const [type, encode, element] of cases) {
  test(`${encode.name} arrives as it was sent`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(element), async (values) => {
        assert.deepEqual(await sentAndReturned(type, encode(values as never[])), values);
      }),
      { numRuns: 60 },
    );
  });
}

const refused: readonly [what: string, encode: () => Buffer][] = [
  ['a malformed UUID', () => uuidArray(['00000000-0000-0000-0000-00000000000g'])],
  ['a number beyond 32 bits', () => int4Array([0x80000000])],
  ['a fraction as integer', () => int4Array([1.5])],
  ['a number beyond the safe integers', () => int8Array([2 ** 53])],
  ['an instant that is none', () => timestamptzArray([Number.NaN])],
];

for (const [what, encode] of refused) {
  test(`${what} is refused as bad data, so that a batch can tell the bad command from its neighbours`, () => {
    assert.throws(encode, (error: unknown) => error instanceof DatabaseError && error.kind === 'data');
  });
}
