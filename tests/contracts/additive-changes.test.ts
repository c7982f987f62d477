import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { breakingChanges } from './breaking-changes.ts';
import type { JsonSchema } from './contract-schema.ts';
import type { Direction } from './published-contracts.ts';
import { acceptedSchemas, contractBreaks, currentSchemas, owners } from './schema-snapshots.ts';

for (const owner of owners) {
  describe(`contracts of ${owner}`, () => {
    test('have changed only by addition', () => assert.deepEqual(contractBreaks(owner), []));

    test('are recorded as they are (else: npm run contracts:accept)', () => {
      assert.deepEqual(acceptedSchemas(owner), currentSchemas(owner));
    });

    test('are missed when one is taken away', () => {
      const accepted = { ...acceptedSchemas(owner), 'http/v1/former': {} };
      assert.deepEqual(contractBreaks(owner, accepted), [`${owner} http/v1/former: the contract is gone`]);
    });
  });
}

const shape = {
  id: z.uuid(),
  name: z.string().max(10).regex(/^a/),
  state: z.enum(['on', 'off']),
  count: z.int().min(1).optional(),
  parts: z.array(z.object({ key: z.string() })),
  note: z.union([z.string(), z.null()]),
  body: z.json(),
  tags: z.record(z.string(), z.string()),
};
const { name: _name, ...withoutName } = shape;

const schemaOf = (changed: z.core.$ZodLooseShape): JsonSchema =>
  z.toJSONSchema(z.object(changed), { io: 'input' }) as unknown as JsonSchema;

const changes: readonly { what: string; to: z.core.$ZodLooseShape; breaks: readonly Direction[] }[] = [
  { what: 'nothing', to: shape, breaks: [] },
  { what: 'a new optional member', to: { ...shape, more: z.string().optional() }, breaks: [] },
  { what: 'a new required member', to: { ...shape, more: z.string() }, breaks: ['produced', 'accepted'] },
  { what: 'a removed member', to: withoutName, breaks: ['produced', 'accepted'] },
  { what: 'a renamed member', to: { ...withoutName, title: shape.name }, breaks: ['produced', 'accepted'] },
  { what: 'a member that becomes required', to: { ...shape, count: z.int().min(1) }, breaks: ['produced', 'accepted'] },
  { what: 'a member that becomes optional', to: { ...shape, id: z.uuid().optional() }, breaks: ['produced'] },
  { what: 'another type', to: { ...shape, count: z.string().optional() }, breaks: ['produced', 'accepted'] },
  { what: 'a shorter enumeration', to: { ...shape, state: z.enum(['on']) }, breaks: ['produced', 'accepted'] },
  { what: 'a longer enumeration', to: { ...shape, state: z.enum(['on', 'off', 'dim']) }, breaks: ['produced'] },
  {
    what: 'an enumeration where any text stood',
    to: { ...shape, name: z.enum(['a']) },
    breaks: ['produced', 'accepted'],
  },
  { what: 'another pattern', to: { ...shape, name: z.string().max(10).regex(/^b/) }, breaks: ['produced', 'accepted'] },
  { what: 'another format', to: { ...shape, id: z.iso.datetime() }, breaks: ['produced', 'accepted'] },
  { what: 'a narrower bound', to: { ...shape, name: z.string().max(9).regex(/^a/) }, breaks: ['produced', 'accepted'] },
  { what: 'a wider bound', to: { ...shape, name: z.string().max(11).regex(/^a/) }, breaks: ['produced'] },
  { what: 'a bound that is dropped', to: { ...shape, count: z.int().optional() }, breaks: ['produced'] },
  {
    what: 'a change deep inside',
    to: { ...shape, parts: z.array(z.object({ key: z.int() })) },
    breaks: ['produced', 'accepted'],
  },
  { what: 'a lost branch of a union', to: { ...shape, note: z.string() }, breaks: ['produced', 'accepted'] },
  {
    what: 'a new branch of a union',
    to: { ...shape, note: z.union([z.string(), z.null(), z.int()]) },
    breaks: ['produced'],
  },
  { what: 'less than any JSON', to: { ...shape, body: z.string() }, breaks: ['produced', 'accepted'] },
  {
    what: 'other values in a record',
    to: { ...shape, tags: z.record(z.string(), z.int()) },
    breaks: ['produced', 'accepted'],
  },
];

describe('a change of a contract:', () => {
  for (const { what, to, breaks } of changes) {
    for (const direction of ['produced', 'accepted'] as const) {
      const expected = breaks.includes(direction);
      test(`${what} ${expected ? 'breaks' : 'keeps'} a message that is ${direction}`, () => {
        const found = breakingChanges(schemaOf(shape), schemaOf(to), direction);
        assert.equal(found.length > 0, expected, found.join('\n'));
      });
    }
  }

  test('a member that was always refused may become anything, in a message that is accepted', () => {
    const before = schemaOf({ ...shape, later: z.unknown().meta({ 'x-refused': true }).optional() });
    const after = schemaOf({ ...shape, later: z.strictObject({ at: z.iso.datetime() }).optional() });
    assert.deepEqual(breakingChanges(before, after, 'accepted'), []);
    const unmarked = schemaOf({ ...shape, later: z.unknown().optional() });
    assert.notDeepEqual(breakingChanges(unmarked, after, 'accepted'), []);
    assert.notDeepEqual(breakingChanges(before, schemaOf(shape), 'accepted'), []);
  });

  test('a set of values that says that it grows may, in a message that is produced', () => {
    const before = schemaOf({ ...shape, status: z.enum(['a', 'b']) });
    const after = (values: string[]) => schemaOf({ ...shape, status: z.enum(values).meta({ 'x-grows': true }) });
    assert.deepEqual(breakingChanges(before, after(['a', 'b', 'c']), 'produced'), []);
    assert.notDeepEqual(breakingChanges(before, after(['a', 'c']), 'produced'), []);
    assert.notDeepEqual(
      breakingChanges(before, schemaOf({ ...shape, status: z.enum(['a', 'b', 'c']) }), 'produced'),
      [],
    );
  });

  test('an integer without a bound of its own may get that of its column, in a message that is accepted', () => {
    const bounded = (maximum: number) => schemaOf({ ...shape, version: z.int().max(maximum) });
    const before = schemaOf({ ...shape, version: z.int() });
    assert.deepEqual(breakingChanges(before, bounded(2_147_483_647), 'accepted'), []);
    assert.notDeepEqual(breakingChanges(before, bounded(1_000), 'accepted'), []);
    assert.notDeepEqual(breakingChanges(bounded(2_147_483_647), bounded(32_767), 'accepted'), []);
    assert.notDeepEqual(breakingChanges(before, bounded(2_147_483_647), 'produced'), []);
  });

  test('refusing unknown members breaks a message that is accepted', () => {
    const open = z.toJSONSchema(z.object(shape), { io: 'input' }) as unknown as JsonSchema;
    const closed = z.toJSONSchema(z.strictObject(shape), { io: 'input' }) as unknown as JsonSchema;
    assert.notDeepEqual(breakingChanges(open, closed, 'accepted'), []);
    assert.deepEqual(breakingChanges(closed, open, 'accepted'), []);
  });
});
