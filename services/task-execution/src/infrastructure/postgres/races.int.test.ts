import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import {
  createDatabase,
  type Database,
  type ParametersOf,
  type Queryable,
  type RowOf,
  type Statement,
  uuidArray,
} from '@taskflow/kit-postgres';
import { eventually, setDatabaseOffset, silentTelemetry, type TestDatabase, testDatabase } from '@taskflow/kit-testing';
import { taskExecutionMigrations } from '../../index.ts';
import { createClaimStore } from './claim-store.ts';
import { createQueueStore } from './queue-store.ts';
import { arrivalParameters, claimPartitions, claimSlots, leaseParameters, taskParameters } from './parameters.ts';
import { type TaskExecutionStatements, taskExecutionStatements } from './statements.ts';

/** Two transactions at once, each held open by the test where the race is: no timing decides anything here. */

const tenant = '00000000-0000-0000-0000-000000000000';
const session = '00000000-0000-4000-8000-00000000000a';
const task = '00000000-0000-7000-8000-000000000001';
const lease = '00000000-0000-4000-8000-0000000000ff';
const partition = { tenantId: tenant, queue: 'q', type: 't', definition: '', key: 'k', arrivals: 1 };

const statements = taskExecutionStatements();
const attempt = leaseParameters([{ tenantId: tenant, taskId: task, lease }]);
const cancelled = taskParameters([{ tenantId: tenant, taskId: task, generation: 1 }]);

let made: TestDatabase;
let database: Database;
before(async () => {
  made = await testDatabase({ lines: taskExecutionMigrations });
  const options = { url: made.url, name: 'races', poolSize: 6, telemetry: silentTelemetry() } as const;
  database = createDatabase({ ...options, profile: 'data-path' });
});
after(async () => {
  await database.stop();
  await made.drop();
});
afterEach(async () => {
  await setDatabaseOffset(database, 0);
  await sql('truncate waiting, leased, delayed, sessions, queues');
});

function sql<R>(text: string): Promise<R[]> {
  return database.query<R>({ name: '', text });
}

async function openSession(): Promise<void> {
  await sql(`insert into sessions values ('${session}', '${tenant}', 'w', null, '{t}', '{}', 10, taskflow_now(),
    taskflow_now(), taskflow_now() + interval '15 s')`);
}
async function enqueue(id = task, definition = ''): Promise<void> {
  await sql(`insert into waiting values ('${tenant}', '${id}', nextval('work_order'), 'q', 't', 500, 1, 1, null, null,
    taskflow_now(), 'null', null, '${definition}')`);
}

interface Held {
  /** Lets the transaction commit, and resolves when it has. */
  commit(): Promise<void>;
}

/** Runs `work` and keeps its transaction open. */
async function hold(work: (tx: Queryable) => Promise<unknown>): Promise<Held> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let worked = () => {};
  const ready = new Promise<void>((resolve) => {
    worked = resolve;
  });
  const done = database.transaction(async (tx) => {
    await work(tx);
    worked();
    await released;
  });
  await ready;
  return {
    commit: async () => {
      release();
      await done;
    },
  };
}

/** Starts a statement that must wait for a lock, and gives its rows once it got it. */
async function blocked<N extends 'expire-sessions' | 'renew-sessions' | 'finish-attempts'>(
  name: N,
  parameters: ParametersOf<TaskExecutionStatements[N]>,
): Promise<Promise<RowOf<TaskExecutionStatements[N]>[]>[]> {
  const statement: Statement = statements[name];
  const running = database.query<RowOf<TaskExecutionStatements[N]>>(statement, parameters);
  await eventually(async () => {
    const waiting = await sql(
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    );
    return waiting.length > 0;
  });
  return [running];
}

/** A claim of the one task that waits, held before its COMMIT. */
function holdClaim() {
  return hold((tx) =>
    tx.query(statements['claim-waiting-work'], [
      ...claimPartitions.encode([partition]),
      ...claimSlots.encode([{ lease, session }]),
      uuidArray([session]),
      1_000_000,
    ]),
  );
}

test('a heartbeat that comes before the rescue takes the row wins, although it commits later', async () => {
  await openSession();
  await setDatabaseOffset(database, 16_000);
  const heartbeat = await hold((tx) => tx.query(statements['renew-sessions'], [uuidArray([session]), 15_000]));
  const [expiry] = await blocked('expire-sessions', [uuidArray([session])]);
  await heartbeat.commit();
  assert.deepEqual(await expiry, []);
  assert.equal((await sql('select 1 from sessions')).length, 1);
});

test('a heartbeat that comes after the rescue took the row brings nothing back', async () => {
  await openSession();
  await setDatabaseOffset(database, 16_000);
  const expiry = await hold((tx) => tx.query(statements['expire-sessions'], [uuidArray([session])]));
  const [heartbeat] = await blocked('renew-sessions', [uuidArray([session]), 15_000]);
  await expiry.commit();
  assert.deepEqual(await heartbeat, []);
  assert.deepEqual(await sql('select 1 from sessions'), []);
});

test('a session within its lease does not expire', async () => {
  await openSession();
  await setDatabaseOffset(database, 14_000);
  assert.deepEqual(await database.query(statements['expire-sessions'], [uuidArray([session])]), []);
});

test('what a living worker holds cannot be rescued', async () => {
  await openSession();
  await enqueue();
  const claimed = await claim();
  assert.equal(claimed.length, 1);
  assert.deepEqual(await database.query(statements['take-lost-attempts'], attempt), []);
  await sql('delete from sessions');
  assert.equal((await database.query(statements['take-lost-attempts'], attempt)).length, 1);
});

function claim(limited = false, definition = '') {
  const assignments = [{ lease, session }];
  const partitions = [{ ...partition, definition }];
  return createClaimStore(database).claim({
    partitions,
    assignments,
    limited,
    maxBytes: 1_000_000,
    durability: 'asynchronous',
  });
}

test('a claim gives nothing to a session that ends at the same moment, and loses nothing', async () => {
  await openSession();
  await enqueue();
  const end = await hold((tx) => tx.query(statements['end-sessions'], [uuidArray([session])]));
  const claiming = claim();
  await eventually(async () => (await sql("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).length > 0);
  await end.commit();
  assert.deepEqual(await claiming, []);
  assert.equal((await sql('select 1 from waiting')).length, 1);
});

test('a cancel that waits for a claim finds the work where the claim put it', async () => {
  await openSession();
  await enqueue();
  const claiming = await holdClaim();
  const cancelling = database.transaction((tx) =>
    Promise.all([tx.query(statements['cancel-waiting'], cancelled), tx.query(statements['cancel-leased'], cancelled)]),
  );
  await eventually(async () => (await sql("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).length > 0);
  await claiming.commit();
  const [waiting, leased] = await cancelling;
  assert.deepEqual(waiting, []);
  assert.deepEqual(
    leased.map((row) => row.lease),
    [lease],
  );
});

test('looked for in the other order, that work would be missed: the order is the rule', async () => {
  await openSession();
  await enqueue();
  const claiming = await holdClaim();
  const cancelling = database.transaction((tx) =>
    Promise.all([tx.query(statements['cancel-leased'], cancelled), tx.query(statements['cancel-waiting'], cancelled)]),
  );
  await eventually(async () => (await sql("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).length > 0);
  await claiming.commit();
  assert.deepEqual(await cancelling, [[], []]);
});

test('a claim skips work that another transaction holds, and takes what is free', async () => {
  const other = '00000000-0000-7000-8000-000000000002';
  await openSession();
  await enqueue();
  await enqueue(other);
  const cancel = await hold((tx) => tx.query(statements['cancel-waiting'], cancelled));
  assert.deepEqual(await claim(), [], 'the best one is held; the claim does not wait for it');
  await cancel.commit();
  assert.deepEqual(
    (await claim()).map(({ taskId }) => taskId),
    [other],
  );
});

test('two claims never fill a limited queue beyond its limit', async () => {
  await openSession();
  await sql(`insert into queues values ('${tenant}', 'q', false, 1)`);
  await enqueue();
  await enqueue('00000000-0000-7000-8000-000000000002');
  const other = '00000000-0000-4000-8000-0000000000fe';
  const assignmentsOf = (token: string) => [{ lease: token, session }];
  const store = createClaimStore(database);
  const claimed = await Promise.all(
    [lease, other].map((token) =>
      store.claim({
        partitions: [partition],
        assignments: assignmentsOf(token),
        limited: true,
        maxBytes: 1_000_000,
        durability: 'asynchronous',
      }),
    ),
  );
  assert.equal(claimed.flat().length, 1);
});

/** Accepts one task for which a worker was reserved, and gives where it went. */
async function accept(id: string, definition = ''): Promise<string> {
  const into = { ...partition, definition };
  const work = { ...into, taskId: id, generation: 1, priority: 1, attemptMs: null, totalMs: null };
  const arrival = { work: { ...work, payload: 'null', options: null }, partition: 0, assignment: { lease, session } };
  await database.query(statements['accept-work'], arrivalParameters({ partitions: [into], works: [arrival] }));
  const [row] = await sql<{ place: string }>(`select 'leased' as place from leased where id = '${id}'
    union all select 'waiting' from waiting where id = '${id}'`);
  return row?.place ?? 'nowhere';
}
const newcomer = '00000000-0000-7000-8000-000000000009';

test('new work with a reserved worker is dispatched by the statement that takes it in', async () => {
  assert.equal(await accept(newcomer), 'leased');
});

test('new work never overtakes work that waits in its partition, whatever memory says', async () => {
  await enqueue();
  assert.equal(await accept(newcomer), 'waiting');
});

test('waiting work of one version stops the newcomers of that version, and nobody else', async () => {
  await enqueue(task, 'orders@1');
  assert.equal(await accept(newcomer, 'orders@1'), 'waiting');
  const others = ['', 'orders@2'].map((definition, n) => accept(`00000000-0000-7000-8000-0000000000a${n}`, definition));
  assert.deepEqual(await Promise.all(others), ['leased', 'leased']);
});

test('a claim takes work of its version alone, whatever else waits under the same name', async () => {
  const own = '00000000-0000-7000-8000-000000000002';
  await openSession();
  await enqueue(task, 'orders@1');
  await enqueue(own, 'orders@2');
  for (const limited of [false, true]) {
    const [claimed, ...more] = await claim(limited, 'orders@2');
    assert.deepEqual([claimed?.taskId, claimed?.definition, more], [own, 'orders@2', []]);
    assert.deepEqual(await claim(limited), [], 'work of a version is nothing for those who hold none');
    await sql('delete from leased');
    await enqueue(own, 'orders@2');
  }
});

for (const [what, values] of [
  ['paused', 'true, null'],
  ['limited', 'false, 100'],
] as const) {
  test(`new work of a ${what} queue waits, whatever memory says`, async () => {
    await sql(`insert into queues values ('${tenant}', 'q', ${values})`);
    assert.equal(await accept(newcomer), 'waiting');
  });
}

test('a paused queue gives nothing to a claim, whatever memory says', async () => {
  await openSession();
  await enqueue();
  await sql(`insert into queues values ('${tenant}', 'q', true, null)`);
  assert.deepEqual(await claim(), []);
  assert.deepEqual(await claim(true), []);
});

/** Gives the queue `q` a limit, inside a transaction of the test's. */
function limitQueue(tx: Queryable): Promise<void> {
  const general = { transaction: (work: (tx: Queryable) => Promise<void>) => work(tx) } as unknown as Database;
  return createQueueStore({ general, dataPath: database }).setConcurrency(tenant, 'q', 1);
}

test('an attempt that ends while its queue gets a limit is found where the limit put it', async () => {
  await openSession();
  await enqueue();
  await claim();
  const limiting = await hold(limitQueue);
  const [ending] = await blocked('finish-attempts', attempt);
  await limiting.commit();
  assert.equal((await ending)?.length, 1);
});

test('a dispatch that began before its queue got a limit counts towards it', async () => {
  await openSession();
  await enqueue();
  const claiming = await holdClaim();
  const limiting = database.transaction(limitQueue);
  await eventually(async () => (await sql("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).length > 0);
  await claiming.commit();
  await limiting;
  assert.deepEqual(await sql('select gate from leased'), [{ gate: 'q' }]);
});

test('a dispatch that begins while its queue gets a limit sees the limit', async () => {
  await openSession();
  await enqueue();
  const limiting = await hold(limitQueue);
  const claiming = claim();
  await eventually(async () => (await sql("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).length > 0);
  await limiting.commit();
  assert.deepEqual(await claiming, []);
});
