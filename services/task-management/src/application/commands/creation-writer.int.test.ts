import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CommitUnknownError } from '@taskflow/kit-postgres';
import { OverloadedError } from '@taskflow/kit-resilience';
import { systemIds } from '@taskflow/kit-time';
import { tenant } from '../../../testing/execution-double.ts';
import { aTask, openStorage, type StorageHarness } from '../../../testing/storage-harness.ts';
import { firstSteps } from '../advance/first-steps.ts';
import type { CreationStore } from '../ports/creation-store.ts';
import type { NewTask } from '../records/task-record.ts';
import type { CreateCommand } from './creation-writer.ts';

const command = (...ids: string[]): CreateCommand => ({ tenantId: tenant, tasks: ids.map((id) => aTask(id)) });
/** Options of which nothing can be read. */
const throwing = (member: string): NonNullable<NewTask['options']> =>
  Object.defineProperty({}, member, {
    enumerable: true,
    get: () => {
      throw new Error('nobody foresaw this');
    },
  });
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

  const bad: Record<string, [Partial<NewTask>, RegExp]> = {
    'that the server refuses': [{ payload: '"\0"' }, /invalid byte sequence/],
    'on which our own code throws': [{ options: throwing('retry') }, /nobody foresaw/],
  };
  for (const [what, [change, reason]] of Object.entries(bad)) {
    test(`one command in a batch ${what} fails alone`, async () => {
      await using storage = await openStorage();
      const poison: CreateCommand = { tenantId: tenant, tasks: [aTask(systemIds.next(), change)] };
      const commands = Array.from({ length: 10 }, (_, i) => (i === 5 ? poison : command(systemIds.next())));
      const outcomes = await Promise.allSettled(commands.map((one) => storage.creation.submit(one)));
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.kind : outcome.status)),
        [...Array(5).fill('created'), 'rejected', ...Array(4).fill('created')],
      );
      assert.match(String((outcomes[5] as PromiseRejectedResult).reason), reason);
      const [{ rows } = { rows: 0 }] = await storage.sql<{ rows: number }>('select count(*)::int as rows from tasks');
      assert.equal(rows, 9);
      assert.equal(storage.published.flatMap((entry) => entry.events).length, 9);
    });
  }

  test('what fails once it is committed takes nothing back: callers are told that it was created', async () => {
    let reported = 0;
    await using storage = await openStorage({
      onCreated: () => {
        reported += 1;
        throw new Error('nobody foresaw this');
      },
    });
    const outcomes = await Promise.all([1, 2, 3].map(() => storage.creation.submit(command(systemIds.next()))));
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      Array(3).fill('created'),
    );
    assert.ok(reported > 0);
    assert.equal(storage.published.flatMap((entry) => entry.events).length, 3);
  });
});

describe('an idempotency key', () => {
  test('a hundred at once create one task, and all learn of the same', async () => {
    await using storage = await openStorage();
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => storage.creation.submit(keyed('k'))));
    const created = outcomes.filter(({ kind }) => kind === 'created');
    assert.equal(created.length, 1);
    const [{ rows, id } = { rows: 0, id: '' }] = await storage.sql<{ rows: number; id: string }>(
      'select count(*)::int as rows, min(id::text) as id from tasks',
    );
    assert.equal(rows, 1);
    for (const outcome of outcomes) if (outcome.kind === 'replayed') assert.deepEqual(outcome.subjectIds, [id]);
    assert.equal(storage.published.flatMap((entry) => entry.events).length, 1);
  });

  test('another body is a mismatch, in the same batch and in a later one', async () => {
    await using storage = await openStorage();
    const together = await Promise.all([
      storage.creation.submit(keyed('k', 'one')),
      storage.creation.submit(keyed('k', 'two')),
    ]);
    assert.deepEqual(
      together.map(({ kind }) => kind),
      ['created', 'key-mismatch'],
    );
    assert.equal((await storage.creation.submit(keyed('k', 'two'))).kind, 'key-mismatch');
    assert.equal((await storage.creation.submit(keyed('k', 'one'))).kind, 'replayed');
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
      outcomes.map(({ kind }) => kind),
      ['created', 'created', 'created'],
    );
  });

  test('a key whose creation failed is free again', async () => {
    await using storage = await openStorage();
    const failing = keyed('k');
    const poisoned = { ...failing, tasks: [aTask(systemIds.next(), { payload: '"\0"' })] };
    await assert.rejects(storage.creation.submit(poisoned), /invalid byte sequence/);
    assert.equal((await storage.creation.submit(keyed('k'))).kind, 'created');
  });

  test('a replay inserts nothing and emits nothing, while its neighbours are created', async () => {
    await using storage = await openStorage();
    await storage.creation.submit(keyed('k'));
    const outcomes = await Promise.all([
      storage.creation.submit(keyed('k')),
      storage.creation.submit(command(systemIds.next())),
    ]);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
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
    assert.equal((await storage.creation.submit(command(id))).kind, 'created');
    assert.deepEqual(await storage.sql('select id from tasks'), [{ id }]);
    assert.deepEqual(
      storage.published.map(({ events }) => events[0]?.data.taskId),
      [id],
    );
  });

  test('is written again when it did not', async () => {
    await using storage = await openStorage({ creationStore: losingTheFirstAnswer(false) });
    const id = systemIds.next();
    assert.equal((await storage.creation.submit(command(id))).kind, 'created');
    assert.deepEqual(await storage.sql('select id from tasks'), [{ id }]);
    assert.deepEqual(
      storage.published.map(({ events }) => events[0]?.data.taskId),
      [id],
    );
  });
});

describe('what waits to be created', () => {
  const graph = { steps: [{ key: 'nap', sleep: { for: 60_000 } }] };
  const input = JSON.stringify('x'.repeat(10_000));
  const sleeping = (storage: StorageHarness): CreateCommand => {
    const compiled = storage.graphs.compile(graph);
    assert.ok('hash' in compiled);
    const asked = { tenantId: tenant, id: systemIds.next(), name: 'wf', version: undefined, stored: compiled, input };
    const first = firstSteps({ ...asked, options: {}, createdAt: 1 });
    assert.ok('instance' in first);
    return { tenantId: tenant, tasks: first.tasks, first };
  };

  test('is weighed by all that is written for it: a transaction carries no more than it may', async () => {
    const sizes: number[] = [];
    const creationBytes = 100_000;
    await using storage = await openStorage({
      bounds: { creationBytes },
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
    const limit = Math.floor(creationBytes / input.length);
    assert.ok(Math.max(...sizes) <= limit, `${String(sizes)} within ${limit}`);
  });

  test('is bounded in bytes: what is over is refused and not written, and the others are', async () => {
    const waitingCreationBytes = 1_000_000;
    await using storage = await openStorage({ bounds: { waitingCreationBytes } });
    // A workflow, its step and its wait are a row each.
    const limit = Math.floor(waitingCreationBytes / (input.length + 3 * 500));
    const answers = await Promise.allSettled(
      Array.from({ length: limit + 50 }, () => storage.creation.submit(sleeping(storage))),
    );
    const refused = answers.filter((answer) => answer.status === 'rejected');
    assert.ok(refused.length >= 50 && refused.length <= 52, String(refused.length));
    assert.ok(refused.every(({ reason }) => reason instanceof OverloadedError));
    const [row] = await storage.sql<{ rows: number }>('select count(*)::int as rows from workflows');
    assert.equal(row?.rows, answers.length - refused.length);
  });
});
