import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, sequentialIds } from './repeatable.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-([47])[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;

test('ids count up, keep sources apart and are valid', () => {
  const ids = sequentialIds('ab');
  const made = [ids.next(), ids.next(), ids.token()];
  assert.equal(new Set(made).size, 3);
  assert.deepEqual(
    made.map((id) => uuid.exec(id)?.[1]),
    ['7', '7', '4'],
  );
  assert.equal(made[0], sequentialIds('ab').next());
  assert.notEqual(made[0], sequentialIds('ac').next());
  assert.ok((made[0] as string) < (made[1] as string));
});

test('a seed gives its numbers again, within [0, 1)', () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 1_000 }, () => random.next());
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  assert.ok(draw(7).every((number) => number >= 0 && number < 1));
});
