import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDatabase, type Database, type DatabaseOptions } from '@taskflow/kit-postgres';
import { createTestDatabases, type TestDatabases } from './test-databases.ts';
import { createTestEngine } from './test-engine.ts';

let databases: TestDatabases;
before(async () => {
  databases = await createTestDatabases();
});
after(() => databases.drop());

async function create(url: string, key: string): Promise<{ status: number; id: string }> {
  const response = await fetch(`${url}/api/v1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ type: 'work' }),
  });
  return { status: response.status, id: ((await response.json()) as { id: string }).id };
}

/** Calls `committed` when a transaction of this pool has committed, before whoever asked for it hears of that. */
function tellingOf(name: string, committed: () => void) {
  return (options: DatabaseOptions): Database => {
    const database = createDatabase(options);
    if (options.name !== name) return database;
    return {
      ...database,
      transaction: async (work, settings) => {
        const value = await database.transaction(work, settings);
        committed();
        return value;
      },
    };
  };
}

async function successor() {
  const engine = createTestEngine({ databases });
  await engine.start();
  return { url: engine.url, [Symbol.asyncDispose]: () => engine.stop() };
}

test('what a killed engine committed is there for the next one, and its caller is never answered', async () => {
  const { promise: committed, resolve } = Promise.withResolvers<void>();
  let killing: Promise<void> | undefined;
  const first = createTestEngine({
    databases,
    openDatabase: tellingOf('task-management-data', () => {
      killing ??= first.kill().then(resolve);
    }),
  });
  await first.start();
  await assert.rejects(create(first.url, 'once'));
  await committed;

  await using second = await successor();
  const again = await create(second.url, 'once');
  assert.equal(again.status, 200, 'the key is known');
});

test('an engine that was killed in the middle of a transaction has written nothing', async () => {
  const { promise: dead, resolve } = Promise.withResolvers<void>();
  const first = createTestEngine({
    databases,
    openDatabase: (options) => {
      const database = createDatabase(options);
      if (options.name !== 'task-management-data') return database;
      return {
        ...database,
        transaction: (work, settings) =>
          database.transaction(async (tx) => {
            await work(tx);
            void first.kill().then(resolve);
            throw new Error('nobody goes on');
          }, settings),
      };
    },
  });
  await first.start();
  await assert.rejects(create(first.url, 'never'));
  await dead;

  await using second = await successor();
  const again = await create(second.url, 'never');
  assert.equal(again.status, 201, 'the key is new');
});
