import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CommitUnknownError, DatabaseError } from '@taskflow/kit-postgres';
import { systemIds } from '@taskflow/kit-time';
import { tenant } from '../../../testing/execution-double.ts';
import {
  anEvent,
  aTask,
  completion,
  openStorage,
  type StorageHarness,
  sourceIdentity,
} from '../../../testing/storage-harness.ts';
import { executionEvents, taskStatuses, taskTransitions } from '../../domain/task/task-status.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';
import type { TaskManagementStatements } from '../../infrastructure/postgres/statements.ts';

async function aCreatedTask(storage: StorageHarness): Promise<string> {
  const task = aTask();
  await storage.creation.submit({ tenantId: tenant, tasks: [task] });
  return task.id;
}

async function rowOf(storage: StorageHarness, id: string) {
  const [row] = await storage.sql<Record<string, unknown>>('select * from tasks where id = $1', [id]);
  assert.ok(row);
  return row;
}

const command = (storage: StorageHarness, taskId: string, kind: 'cancel' | 'retry', reason?: string) =>
  storage.advance.submit({ kind: 'command-task', tenantId: tenant, taskId, command: { kind }, reason });
const eventTypes = (storage: StorageHarness) =>
  storage.published.flatMap(({ events }) => events.map(({ type }) => type.replace(/^taskflow\.|\.v1$/g, '')));

describe('the database', () => {
  test('moves every status by every fact as the table says', async () => {
    await using storage = await openStorage();
    const cases = taskStatuses.flatMap((status) =>
      executionEvents.map((executionEvent) => ({ status, executionEvent, id: systemIds.next() })),
    );
    await storage.creation.submit({ tenantId: tenant, tasks: cases.map(({ id }) => aTask(id)) });
    for (const { id, status } of cases) await storage.sql('update tasks set status = $2 where id = $1', [id, status]);
    await storage.apply(
      ...cases.map(({ id, executionEvent }) => anEvent(id, { kind: executionEvent, finishedAt: 5, progress: '{}' })),
    );
    const rows = await storage.sql<{ id: string; status: string }>('select id, status from tasks');
    const statuses = new Map(rows.map(({ id, status }) => [id, status]));
    for (const { id, status, executionEvent } of cases) {
      const next = taskTransitions[status][executionEvent];
      assert.equal(statuses.get(id), next === 'ignored' ? status : next, `${status} + ${executionEvent}`);
    }
  });

  test('lets the second ending of a task change nothing', async () => {
    await using storage = await openStorage();
    const id = await aCreatedTask(storage);
    await storage.apply(completion(id, '"first"'));
    await storage.apply(anEvent(id, { kind: 'failed', error: '{"code":"late"}', finishedAt: 9 }));
    await storage.apply(completion(id, '"second"'));
    const row = await rowOf(storage, id);
    assert.deepEqual([row.status, row.result, row.error], ['completed', '"first"', null]);
  });

  test('without the fence on the status, the same test would see two endings', async () => {
    await using storage = await openStorage({
      rewrite: without('settle-tasks', "and t.status in ('queued', 'running', 'retrying')"),
    });
    const id = await aCreatedTask(storage);
    await storage.apply(completion(id, '"first"'));
    await storage.apply(completion(id, '"second"'));
    assert.equal((await rowOf(storage, id)).result, '"second"');
  });

  test('lets a late event of an older generation change nothing', async () => {
    await using storage = await openStorage();
    const id = await aCreatedTask(storage);
    await storage.apply(anEvent(id, { kind: 'failed', error: '{}', finishedAt: 9 }));
    assert.equal((await command(storage, id, 'retry')).kind, 'granted');
    await storage.apply(completion(id, '"of the first generation"', 1));
    assert.deepEqual([(await rowOf(storage, id)).status, (await rowOf(storage, id)).generation], ['queued', 2]);
    await storage.apply(completion(id, '"of the second"', 2));
    assert.equal((await rowOf(storage, id)).result, '"of the second"');
  });

  test('tells of the end of one generation once, when events of two come together', async () => {
    await using storage = await openStorage();
    const id = await aCreatedTask(storage);
    await storage.apply(anEvent(id, { kind: 'failed', error: '{}', finishedAt: 9 }));
    await command(storage, id, 'retry');
    await storage.apply(completion(id, '1', 1), anEvent(id, { kind: 'execution-cancelled', finishedAt: 5 }, 2));
    assert.equal((await rowOf(storage, id)).status, 'cancelled');
    assert.equal(eventTypes(storage).filter((type) => type === 'task.cancelled').length, 1);
  });

  test('without the fence on the generation, the same event would end the new one', async () => {
    await using storage = await openStorage({ rewrite: without('settle-tasks', 'and t.generation = u.generation') });
    const id = await aCreatedTask(storage);
    await storage.apply(anEvent(id, { kind: 'failed', error: '{}', finishedAt: 9 }));
    await command(storage, id, 'retry');
    await storage.apply(completion(id, '"of the first generation"', 1));
    assert.equal((await rowOf(storage, id)).status, 'completed');
  });

  test('ignores events of a task that it does not know', async () => {
    await using storage = await openStorage();
    await storage.apply(completion(systemIds.next()));
    assert.deepEqual(await storage.sql('select id from tasks'), []);
  });
});

describe('the position', () => {
  const entry = (from: number, ...events: Parameters<StorageHarness['apply']>) => ({
    kind: 'apply-execution-events' as const,
    move: { source: 'task-execution', stream: 0, from, to: from + 1, logIdentity: sourceIdentity },
    events,
  });

  test('refuses an entry that was applied before, with everything in it', async () => {
    await using storage = await openStorage();
    const [first, second] = [await aCreatedTask(storage), await aCreatedTask(storage)];
    await storage.advance.submit(entry(0, completion(first)));
    await assert.rejects(storage.advance.submit(entry(0, completion(second))), { code: 'position_moved' });
    assert.equal((await rowOf(storage, second)).status, 'queued');
  });

  test('refuses an entry that leaves one out', async () => {
    await using storage = await openStorage();
    const id = await aCreatedTask(storage);
    await storage.advance.submit(entry(0));
    await assert.rejects(storage.advance.submit(entry(2, completion(id))), { code: 'position_moved' });
    assert.equal((await rowOf(storage, id)).status, 'queued');
  });

  test('a refused entry does not fail the commands of its batch', async () => {
    await using storage = await openStorage();
    const id = await aCreatedTask(storage);
    await storage.advance.submit(entry(0));
    const outcomes = await Promise.allSettled([
      command(storage, id, 'cancel'),
      storage.advance.submit(entry(0, completion(id))),
      command(storage, systemIds.next(), 'cancel'),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
  });
});

describe('a cancel', () => {
  test('is announced, and is final once the execution confirms', async () => {
    await using storage = await openStorage();
    const id = await aCreatedTask(storage);
    assert.deepEqual(await command(storage, id, 'cancel', 'enough'), { kind: 'granted' });
    const asked = await rowOf(storage, id);
    assert.deepEqual([asked.status, asked.cancel_requested, asked.cancel_reason], ['queued', true, 'enough']);
    await storage.apply(anEvent(id, { kind: 'execution-cancelled', attempt: 0, finishedAt: 5 }));
    assert.equal((await rowOf(storage, id)).status, 'cancelled');
    assert.deepEqual(eventTypes(storage), ['task.created', 'task.cancel-requested', 'task.cancelled']);
    assert.equal(storage.published.at(-1)?.events[0]?.data.reason, 'enough');
  });

  test('that races with a completion has exactly one ending, whichever comes first', async () => {
    for (const order of ['completed', 'cancelled'] as const) {
      await using storage = await openStorage();
      const id = await aCreatedTask(storage);
      const cancelled = anEvent(id, { kind: 'execution-cancelled', finishedAt: 5 });
      const events = order === 'completed' ? [completion(id, '1'), cancelled] : [cancelled, completion(id, '1')];
      const [outcome] = await Promise.all([command(storage, id, 'cancel'), storage.apply(...events)]);
      assert.equal((await rowOf(storage, id)).status, order);
      const endings = eventTypes(storage).filter((type) => type === 'task.cancelled');
      assert.equal(endings.length, order === 'cancelled' ? 1 : 0);
      assert.ok(outcome.kind === 'granted' || outcome.kind === 'refused');
    }
  });

  test('of a finished task is refused, of an unknown one not found, of another tenant neither seen', async () => {
    await using storage = await openStorage();
    const id = await aCreatedTask(storage);
    const foreign = {
      kind: 'command-task',
      tenantId: '11111111-1111-4111-8111-111111111111',
      taskId: id,
      command: { kind: 'cancel' },
    } as const;
    assert.deepEqual(await storage.advance.submit(foreign), { kind: 'not-found' });
    await storage.apply(completion(id));
    assert.deepEqual(await command(storage, id, 'cancel'), {
      kind: 'refused',
      refusal: 'already_finished',
      status: 'completed',
    });
    assert.deepEqual(await command(storage, systemIds.next(), 'cancel'), { kind: 'not-found' });
  });

  test('asked for many times at once is announced once', async () => {
    await using storage = await openStorage();
    const id = await aCreatedTask(storage);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => command(storage, id, 'cancel')));
    assert.ok(outcomes.every(({ kind }) => kind === 'granted'));
    assert.deepEqual(eventTypes(storage), ['task.created', 'task.cancel-requested']);
  });
});

describe('a retry', () => {
  test('opens a generation with everything that the execution needs, and forgets what the last one left', async () => {
    await using storage = await openStorage();
    const id = systemIds.next();
    const options = { retry: { maxAttempts: 7 }, timeout: { attempt: 50 }, tags: { a: 'b' } };
    await storage.creation.submit({ tenantId: tenant, tasks: [aTask(id, { options })] });
    await storage.apply(
      anEvent(id, { kind: 'failed', error: '{"code":"x"}', startedAt: 1, finishedAt: 2, attempt: 3 }),
    );
    await command(storage, id, 'retry');
    const row = await rowOf(storage, id);
    assert.deepEqual(
      [row.status, row.generation, row.attempts, row.error, row.started_at, row.finished_at],
      ['queued', 2, 0, null, null, null],
    );
    const event = storage.published.at(-1)?.events[0];
    assert.equal(event?.type, 'taskflow.task.retry-requested.v1');
    assert.deepEqual(
      [event?.data.generation, event?.data.timeout, event?.data.tags, event?.raw?.payload],
      [2, { attemptMs: 50 }, { a: 'b' }, '{"n":1}'],
    );
    assert.equal((event?.data.retry as { maxAttempts: number } | undefined)?.maxAttempts, 7);
  });
});

describe('a commit whose answer never came', () => {
  function losingTheFirstAnswer(store: AdvanceStore): AdvanceStore {
    let lost = false;
    return {
      ...store,
      transaction: async (work, emits) => {
        const value = await store.transaction(work, emits);
        if (lost) return value;
        lost = true;
        throw new CommitUnknownError(new Error('the connection broke'), () => Promise.resolve(true));
      },
    };
  }

  test('is found by the position when the transaction emitted nothing', async () => {
    await using storage = await openStorage({ advanceStore: losingTheFirstAnswer });
    const id = await aCreatedTask(storage);
    await storage.apply(completion(id, '1'));
    assert.equal((await rowOf(storage, id)).status, 'completed');
    assert.equal(storage.records.length, 1);
  });

  test('is found by its entry when the transaction emitted', async () => {
    await using storage = await openStorage({ advanceStore: losingTheFirstAnswer });
    const id = await aCreatedTask(storage);
    assert.deepEqual(await command(storage, id, 'cancel'), { kind: 'granted' });
    assert.deepEqual(eventTypes(storage), ['task.created', 'task.cancel-requested']);
  });
});

test('an error of the database that is about no value reaches the caller, and the writer goes on', async () => {
  let broken = true;
  const advanceStore = (store: AdvanceStore): AdvanceStore => ({
    ...store,
    transaction: (work, emits) => {
      if (broken) return Promise.reject(new DatabaseError('no such table', { sqlstate: '42P01' }));
      return store.transaction(work, emits);
    },
  });
  await using storage = await openStorage({ advanceStore });
  const id = await aCreatedTask(storage);
  await assert.rejects(
    storage.advance.submit({
      kind: 'apply-execution-events',
      move: { source: 'other', stream: 0, from: 0, to: 1, logIdentity: sourceIdentity },
      events: [completion(id)],
    }),
    (error) => error instanceof DatabaseError && error.sqlstate === '42P01',
  );
  broken = false;
  await storage.apply(completion(id));
  assert.equal((await rowOf(storage, id)).status, 'completed');
});

function without(name: keyof TaskManagementStatements, rule: string) {
  return (statements: TaskManagementStatements): TaskManagementStatements => {
    const { text } = statements[name];
    assert.ok(text.includes(rule), `${name} has no rule ${rule}`);
    return { ...statements, [name]: { name, text: text.replace(rule, '') } };
  };
}
