import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Harness, startHarness } from '../testing/service-harness.ts';

const tenant = '00000000-0000-0000-0000-000000000000';
const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

async function keepDeadLetter(harness: Harness, n: number, bytes: number): Promise<void> {
  await harness.sql(
    `insert into dead_letters values ($1::uuid, $2::uuid, $2::uuid, 1, 'q', 't', 1, 'terminal', 'f', '{}',
       '"' || repeat('p', $3::int) || '"', null, now())`,
    [tenant, id(n), bytes],
  );
}

/** The task of each letter, page by page. */
async function pages(harness: Harness, limit: number): Promise<string[][]> {
  const all: string[][] = [];
  for (let cursor: unknown = ''; cursor !== null; ) {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(String(cursor))}`;
    const { body } = await harness.call('GET', `/api/v1/dead-letters?limit=${limit}${query}`);
    all.push((body['items'] as { taskId: string }[]).map(({ taskId }) => taskId));
    cursor = body['nextCursor'];
  }
  return all;
}

test('a page ends with the letter that reaches its bytes, and the next one goes on behind it', async () => {
  await using harness = await startHarness({ bounds: { deadLetterBytes: 10_000 } });
  for (const [n, bytes] of [4_000, 4_000, 50_000, 4_000, 4_000, 4_000].entries())
    await keepDeadLetter(harness, n, bytes);
  assert.deepEqual(await pages(harness, 50), [[id(5), id(4), id(3)], [id(2)], [id(1), id(0)]]);
  assert.deepEqual(await pages(harness, 2), [
    [id(5), id(4)],
    [id(3), id(2)],
    [id(1), id(0)],
  ]);
});
