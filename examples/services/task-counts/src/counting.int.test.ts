import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayCounted } from '@taskflow/contracts-task-counts';
import type { CommitFault } from '@taskflow/kit-testing';
import { completed } from '../testing/completed-event.ts';
import { type Harness, startHarness } from '../testing/service-harness.ts';

const day = '2026-01-02';

/** What the route says of a type, and what was heard of it. */
async function countsOf({ get, heard }: Harness, type: string) {
  const { body } = await get(`/api/v1/task-counts/${type}`);
  const events = heard().filter(({ data }) => data.type === type);
  return { ...(body as { items: unknown[] }), events: events.map(({ data }) => dayCounted.parse(data).completed) };
}

test('given tasks complete, then each is counted once and told of, and the route answers', async () => {
  await using harness = await startHarness();
  harness.publish(completed('a'), completed('b'), completed('a'), completed('a', '2026-01-03T00:00:00.000Z'));
  await harness.passed('last');
  assert.deepEqual(await countsOf(harness, 'a'), {
    items: [
      { day: '2026-01-03', completed: 1 },
      { day, completed: 2 },
    ],
    events: [2, 1],
  });
  assert.deepEqual(await countsOf(harness, 'b'), { items: [{ day, completed: 1 }], events: [1] });
  const { body } = await harness.get('/api/v1/task-counts/a?days=1');
  assert.deepEqual(body, { items: [{ day: '2026-01-03', completed: 1 }] });
  assert.equal((await harness.get('/api/v1/task-counts/a?days=0')).status, 422);
});

test('given the service starts anew, then nothing is counted twice and it goes on', async () => {
  await using harness = await startHarness();
  harness.publish(completed('a'));
  await harness.passed('before');
  await harness.restart();
  harness.publish(completed('a'));
  await harness.passed('after');
  assert.deepEqual(await countsOf(harness, 'a'), { items: [{ day, completed: 2 }], events: [1, 2] });
});

for (const fault of ['lose-request', 'lose-answer'] satisfies CommitFault[]) {
  test(`given COMMIT of a count meets ${fault}, then it is counted once and told of once`, async () => {
    await using harness = await startHarness();
    await harness.passed('before');
    harness.proxy.atNextCommit(fault);
    harness.publish(completed('a'));
    await harness.passed('after');
    assert.equal(harness.proxy.faults, 1);
    assert.deepEqual(await countsOf(harness, 'a'), { items: [{ day, completed: 1 }], events: [1] });
  });
}

test('given the database is lost again and again, then every task is counted once', async () => {
  await using harness = await startHarness();
  for (let round = 0; round < 5; round += 1) {
    for (let entry = 0; entry < 20; entry += 1) harness.publish(completed('a'));
    harness.proxy.cut();
  }
  await harness.passed('after');
  const { items, events } = await countsOf(harness, 'a');
  assert.deepEqual(items, [{ day, completed: 100 }]);
  assert.deepEqual(
    events,
    events.toSorted((one, other) => one - other),
    'no event is older than the one before it',
  );
  assert.equal(events.at(-1), 100);
});

test('given an event that the database refuses, then it is passed over and its neighbours are counted', async () => {
  await using harness = await startHarness();
  await harness.sql("alter table day_counts add check (type <> 'refused')");
  harness.publish(completed('a'), completed('refused'), completed('a'));
  await harness.passed('after');
  assert.deepEqual(await countsOf(harness, 'refused'), { items: [], events: [] });
  assert.deepEqual(await countsOf(harness, 'a'), { items: [{ day, completed: 2 }], events: [2] });
});

test('given an event that breaks its contract, then it is passed over and the others are counted', async () => {
  await using harness = await startHarness();
  harness.publish(completed('a', undefined, { finishedAt: 'yesterday' }), completed('a'));
  await harness.passed('after');
  assert.deepEqual(await countsOf(harness, 'a'), { items: [{ day, completed: 1 }], events: [1] });
});
