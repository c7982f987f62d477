import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CommitUnknownError } from '@taskflow/kit-postgres';
import { OverloadedError } from '@taskflow/kit-resilience';
import { systemIds } from '@taskflow/kit-time';
import { tenant } from '../../../testing/execution-double.ts';
import { aTask, openStorage, type StorageHarness } from '../../../testing/storage-harness.ts';
import { firstSteps } from '../advance/first-steps.ts';
import type { CreationStore } from '../ports/creation-store.ts';
import type { CreateCommand } from './creation-writer.ts';

const command = (...ids: string[]): CreateCommand => ({ tenantId: tenant, tasks: ids.map((id) => aTask(id)) });
const keyed = (key: string, body = 'same', id = systemIds.next()): CreateCommand => ({
  ...command(id),
  claim: { tenantId: tenant, route: 'tasks', key, fingerprint: Buffer.from(body), subjectIds: [id], createdAt: 1 },
});

describe('creating', () => {
  test('writes a row and an event for every task, under one number for the batch', async () => {
    await using storage = await openStorage();
    const ids = Array.from({ length: 50 }, () => systemIds.next());
    await Promise.all(ids.map((id) => storage.creation.submit(command(id))));
    const [{ rows } = { rows: 0 }] = await storage.sql<{ rows: number }>('select count(*)::int as rows from tasks');
    assert.equal(rows, 50);
    const events = storage.published.flatMap((entry) => entry.events);
    assert.deepEqual(
      events.map(({ data }) => data.taskId),
      ids,
    );
    assert.ok(storage.published.length < 50, 'requests that came together share a transaction');
    assert.deepEqual(
      storage.published.map(({ seq }) => seq),
      storage.published.map((_, i) => i + 1),
    );
  });

  test('one bad command in a batch is refused alone, by name', async () => {
    await using storage = await openStorage();
    const good = Array.from({ length: 9 }, () => command(systemIds.next()));
    const bad: CreateCommand = { tenantId: tenant, tasks: [aTask(systemIds.next(), { payload: '"\0"' })] };
    const outcomes = await Promise.all(
      [...good.slice(0, 5), bad, ...good.slice(5)].map((c) => storage.creation.submit(c)),
    );
    assert.deepEqual(
      outcomes.map(({ type }) => type),
      [...Array(5).fill('created'), 'cannot-apply', ...Array(4).fill('created')],
    );
    assert.match(JSON.stringify(outcomes[5]), /invalid byte sequence/);
    const [{ rows } = { rows: 0 }] = await storage.sql<{ rows: number }>('select count(*)::int as rows from tasks');
    assert.equal(rows, 9);
    assert.equal(storage.published.flatMap((entry) => entry.events).length, 9);
  });
});

describe('an idempotency key', () => {
  test('a hundred at once create one task, and all learn of the same', async () => {
    await using storage = await openStorage();
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => storage.creation.submit(keyed('k'))));
    const created = outcomes.filter(({ type }) => type === 'created');
    assert.equal(created.length, 1);
    const [{ rows, id } = { rows: 0, id: '' }] = await storage.sql<{ rows: number; id: string }>(
      'select count(*)::int as rows, min(id::text) as id from tasks',
    );
    assert.equal(rows, 1);
    for (const outcome of outcomes) if (outcome.type === 'replayed') assert.deepEqual(outcome.subjectIds, [id]);
    assert.equal(storage.published.flatMap((entry) => entry.events).length, 1);
  });

  test('another body is a mismatch, in the same batch and in a later one', async () => {
    await using storage = await openStorage();
    const together = await Promise.all([
      storage.creation.submit(keyed('k', 'one')),
      storage.creation.submit(keyed('k', 'two')),
    ]);
    assert.deepEqual(
      together.map(({ type }) => type),
      ['created', 'key-mismatch'],
    );
    assert.equal((await storage.creation.submit(keyed('k', 'two'))).type, 'key-mismatch');
    assert.equal((await storage.creation.submit(keyed('k', 'one'))).type, 'replayed');
  });

  test('keys of other routes and tenants are independent', async () => {
    await using storage = await openStorage();
    const other = '11111111-1111-4111-8111-111111111111';
    const first = keyed('k');
    const commands = [
      first,
      { ...keyed('k'), claim: { ...(keyed('k').claim as NonNullable<CreateCommand['claim']>), route: 'workflows' } },
      { ...keyed('k'), claim: { ...(keyed('k').claim as NonNullable<CreateCommand['claim']>), tenantId: other } },
    ];
    const outcomes = await Promise.all(commands.map((c) => storage.creation.submit(c)));
    assert.deepEqual(
      outcomes.map(({ type }) => type),
      ['created', 'created', 'created'],
    );
  });

  test('a key whose creation failed is free again', async () => {
    await using storage = await openStorage();
    const failing = keyed('k');
    const poisoned = { ...failing, tasks: [aTask(systemIds.next(), { payload: '"\0"' })] };
    assert.equal((await storage.creation.submit(poisoned)).type, 'cannot-apply');
    assert.equal((await storage.creation.submit(keyed('k'))).type, 'created');
  });

  test('a replay inserts nothing and emits nothing, while its neighbours are created', async () => {
    await using storage = await openStorage();
    await storage.creation.submit(keyed('k'));
    const outcomes = await Promise.all([
      storage.creation.submit(keyed('k')),
      storage.creation.submit(command(systemIds.next())),
    ]);
    assert.deepEqual(
      outcomes.map(({ type }) => type),
      ['replayed', 'created'],
    );
    assert.equal(storage.published.flatMap((entry) => entry.events).length, 2);
  });
});

describe('a commit whose answer never came', () => {
  /** The first transaction commits, or not, and its answer is lost either way. */
  function losingTheFirstAnswer(committed: boolean) {
    let lost = false;
    return (store: CreationStore): CreationStore => ({
      ...store,
      transaction: async (work) => {
        if (lost) return store.transaction(work);
        lost = true;
        if (committed) await store.transaction(work);
        else
          await store
            .transaction(async (tx) => {
              await work(tx);
              throw new Rollback();
            })
            .catch(ignoreRollback);
        throw new CommitUnknownError(new Error('the connection broke'), () => Promise.resolve(true));
      },
    });
  }
  class Rollback extends Error {}
  function ignoreRollback(error: unknown) {
    if (!(error instanceof Rollback)) throw error;
  }

  test('is recalled when it took effect: answered as created, written once, published once', async () => {
    await using storage = await openStorage({ creationStore: losingTheFirstAnswer(true) });
    const id = systemIds.next();
    assert.equal((await storage.creation.submit(command(id))).type, 'created');
    assert.deepEqual(await storage.sql('select id from tasks'), [{ id }]);
    assert.deepEqual(
      storage.published.map(({ events }) => events[0]?.data.taskId),
      [id],
    );
  });

  test('is written again when it did not', async () => {
    await using storage = await openStorage({ creationStore: losingTheFirstAnswer(false) });
    const id = systemIds.next();
    assert.equal((await storage.creation.submit(command(id))).type, 'created');
    assert.deepEqual(await storage.sql('select id from tasks'), [{ id }]);
    assert.deepEqual(
      storage.published.map(({ events }) => events[0]?.data.taskId),
      [id],
    );
  });
});

describe('what waits to be created', () => {
  const graph = { steps: [{ key: 'nap', sleep: { for: 60_000 } }] };
  const input = JSON.stringify('x'.repeat(256_000));
  const sleeping = (storage: StorageHarness): CreateCommand => {
    const compiled = storage.graphs.compile(graph);
    assert.ok('hash' in compiled);
    const asked = { tenantId: tenant, id: systemIds.next(), name: 'wf', version: undefined, stored: compiled, input };
    const first = firstSteps({ ...asked, options: {}, createdAt: 1 });
    assert.ok('run' in first);
    return { tenantId: tenant, tasks: first.tasks, first };
  };

  test('is weighed by all that is written for it: a transaction carries no more than it may', async () => {
    const sizes: number[] = [];
    await using storage = await openStorage({
      creationStore: (store) => ({
        ...store,
        transaction: (work) =>
          store.transaction((tx) =>
            work({
              ...tx,
              insertWorkflows: (workflows) => {
                sizes.push(workflows.length);
                return tx.insertWorkflows(workflows);
              },
            }),
          ),
      }),
    });
    await Promise.all(Array.from({ length: 100 }, () => storage.creation.submit(sleeping(storage))));
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      100,
    );
    const most = Math.floor((8 * 1024 * 1024) / input.length);
    assert.ok(Math.max(...sizes) <= most, `${String(sizes)} within ${most}`);
  });

  test('is bounded in bytes: what is over is refused and not written, and the others are', async () => {
    await using storage = await openStorage();
    const most = Math.floor((128 * 1024 * 1024) / (input.length + 2_000));
    const answers = await Promise.allSettled(
      Array.from({ length: most + 50 }, () => storage.creation.submit(sleeping(storage))),
    );
    const refused = answers.filter((answer) => answer.status === 'rejected');
    assert.ok(refused.length >= 49 && refused.length <= 52, String(refused.length));
    assert.ok(refused.every(({ reason }) => reason instanceof OverloadedError));
    const [row] = await storage.sql<{ rows: number }>('select count(*)::int as rows from workflows');
    assert.equal(row?.rows, answers.length - refused.length);
  });
});
