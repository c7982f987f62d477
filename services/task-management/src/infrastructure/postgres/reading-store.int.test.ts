import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemIds } from '@taskflow/kit-time';
import { tenant } from '../../../testing/execution-double.ts';
import { type Harness, startHarness } from '../../../testing/service-harness.ts';
import type { ReadingStore } from '../../application/ports/reading-store.ts';
import { createReadingStore } from './reading-store.ts';
import { taskManagementStatements } from './statements.ts';

const kilo = 1_000;
const sizes = [1, 3, 1, 9, 1] as const;

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness[Symbol.asyncDispose]());

/** Tasks and workflows of which each carries so many kilobytes. */
const kinds: readonly [string, 'readTasks' | 'readWorkflows', (text: string) => Promise<string>][] = [
  ['tasks', 'readTasks', (payload) => created('/api/v1/tasks', { type: 'work', payload })],
  [
    'workflows',
    'readWorkflows',
    (input) => created('/api/v1/workflows', { name: 'w', steps: [{ key: 'a', type: 'work' }], input }),
  ],
];

async function created(path: string, body: object): Promise<string> {
  const { status, body: made } = await harness.call('POST', path, body);
  assert.equal(status, 201, JSON.stringify(made));
  return made.id;
}

for (const [what, read, create] of kinds) {
  describe(`${what} that are read by their ids`, () => {
    const ids: string[] = [];
    before(async () => {
      for (const size of sizes) ids.push(await create('x'.repeat(size * kilo)));
    });
    const reads = async (of: readonly (string | undefined)[], pageBytes: number) => {
      const store: ReadingStore = createReadingStore(harness.database, taskManagementStatements(), { pageBytes });
      const { items, covered } = await store[read](of.map((id = systemIds.next()) => ({ tenantId: tenant, id })));
      return { found: items.map(({ id }) => ids.indexOf(id)).toSorted(), covered };
    };

    test('are read as far as their bytes allow, and the first one however large it is', async () => {
      assert.deepEqual(await reads(ids, 5.1 * kilo), { found: [0, 1, 2], covered: 3 });
      assert.deepEqual(await reads(ids.slice(3), 5.1 * kilo), { found: [3], covered: 1 });
      assert.deepEqual(await reads(ids.slice(3), 1), { found: [3], covered: 1 });
      assert.deepEqual(await reads(ids, 100 * kilo), { found: [0, 1, 2, 3, 4], covered: 5 });
    });

    test('are covered where they do not exist', async () => {
      assert.deepEqual(await reads([undefined, ids[3], undefined, ids[0]], kilo), { found: [3], covered: 3 });
      assert.deepEqual(await reads([ids[0], undefined], 5 * kilo), { found: [0], covered: 2 });
      assert.deepEqual(await reads([undefined, undefined], kilo), { found: [], covered: 2 });
      assert.deepEqual(await reads([], kilo), { found: [], covered: 0 });
    });
  });
}
