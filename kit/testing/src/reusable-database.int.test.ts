import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdDatabaseClock } from './database-clock.ts';
import { borrowDatabase } from './reusable-database.ts';
import { sharedServerUrl } from './shared-server.ts';

const look = { name: 'look', text: 'SELECT stands_at IS NULL AS moves, offset_ms FROM taskflow_clock' };

test('a database that was given back is handed out again as it was when it was new', async () => {
  const server = await sharedServerUrl();
  const first = await borrowDatabase(server, []);
  const fresh = await first.control.query(look);
  await holdDatabaseClock(first.control, 0);
  assert.notDeepEqual(await first.control.query(look), fresh);
  first.giveBack();

  const second = await borrowDatabase(server, []);
  assert.equal(second.url, first.url);
  assert.deepEqual(await second.control.query(look), fresh);
  second.giveBack();
});

test('what is handed out has one holder at a time', async () => {
  const server = await sharedServerUrl();
  const taken = await Promise.all([1, 2, 3].map(() => borrowDatabase(server, [])));
  assert.equal(new Set(taken.map(({ url }) => url)).size, 3);
  for (const { giveBack } of taken) giveBack();
});
