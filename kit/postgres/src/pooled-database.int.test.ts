import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  eventually,
  eventuallyHolds,
  manualClock,
  signal,
  silentTelemetry,
  testDatabase,
  tryStartsAndStops,
} from '@taskflow/kit-testing';
import type { Database, Queryable, Statement } from './database.ts';
import { DatabaseError, type DatabaseErrorKind } from './errors.ts';
import { createDatabase, type DatabaseOptions } from './pooled-database.ts';
import { sessionStatements } from './session.ts';

let url: string;
let drop: () => Promise<void>;
const open: Database[] = [];

before(async () => {
  const made = await testDatabase();
  ({ url, drop } = made);
  await connect({}).query(sql('CREATE TABLE things (id integer PRIMARY KEY)'));
});

after(async () => {
  await Promise.all(open.map((database) => database.stop()));
  await drop();
});

function connect(options: Partial<DatabaseOptions>): Database {
  const telemetry = silentTelemetry();
  const database = createDatabase({ url, name: 'test', poolSize: 1, profile: 'general', telemetry, ...options });
  open.push(database);
  return database;
}

function sql(text: string): Statement {
  return { name: '', text };
}

const insert: Statement = { name: 'insert', text: 'INSERT INTO things VALUES ($1::integer) RETURNING id' };
const countOf = async (database: Queryable, id: number): Promise<number> => {
  const rows = await database.query({ name: 'find', text: 'SELECT id FROM things WHERE id = $1::integer' }, [id]);
  return rows.length;
};
const backendOf = async (database: Queryable): Promise<number> => {
  const [row] = await database.query<{ pid: number }>(sql('SELECT pg_backend_pid() AS pid'));
  return row?.pid as number;
};
const endBackend = (pid: number) => connect({}).query(sql(`SELECT pg_terminate_backend(${pid})`));

const ofKind = (kind: DatabaseErrorKind) => (error: unknown) => error instanceof DatabaseError && error.kind === kind;

test('gives rows with numbers for bigint and instants', async () => {
  const rows = await connect({}).query(
    sql(
      "SELECT 9007199254740991::bigint AS big, '2026-01-31 12:00:00.25+00'::timestamptz AS at, ARRAY[1::bigint] AS list",
    ),
  );
  assert.deepEqual({ ...rows[0] }, { big: 9007199254740991, at: Date.UTC(2026, 0, 31, 12, 0, 0, 250), list: [1] });
});

const dataPath = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  enable_material: 'off',
  enable_sort: 'off',
  enable_bitmapscan: 'on',
  jit: 'off',
};

test('the data path may neither scan nor hash nor merge nor sort what an index has in order; the general profile may, and plans each time', async () => {
  const columns = Object.keys(dataPath).map((name) => `current_setting('${name}') AS ${name}`);
  const settings = sql(`SELECT ${columns.join()}`);
  const [restricted] = await connect({ profile: 'data-path' }).query(settings);
  const [general] = await connect({ profile: 'general' }).query(settings);
  assert.deepEqual({ ...restricted }, dataPath);
  assert.deepEqual([general?.['enable_seqscan'], general?.['plan_cache_mode']], ['on', 'force_custom_plan']);
});

test('a transaction commits what it wrote', async () => {
  const database = connect({});
  const id = await database.transaction(async (tx) => (await tx.query<{ id: number }>(insert, [1]))[0]?.id);
  assert.equal(id, 1);
  assert.equal(await countOf(database, 1), 1);
});

test('work that fails leaves nothing, and its own error comes out', async () => {
  const database = connect({});
  const failing = database.transaction(async (tx) => {
    await tx.query(insert, [2]);
    throw new RangeError('changed my mind');
  });
  await assert.rejects(failing, RangeError);
  assert.equal(await countOf(database, 2), 0);
});

test('statements sent without waiting answer in order', async () => {
  const answers = await connect({}).transaction((tx) =>
    Promise.all([tx.query(sql('SELECT 1 AS n')), tx.query(sql('SELECT 2 AS n')), tx.query(sql('SELECT 3 AS n'))]),
  );
  assert.deepEqual(
    answers.map((rows) => rows[0]?.['n']),
    [1, 2, 3],
  );
});

test('the first failure is told, not those that follow from it', async () => {
  const database = connect({});
  const failing = database.transaction(async (tx) => {
    const first = tx.query(sql('SELECT 1/0'));
    await tx.query(sql('SELECT 1')).catch((error: unknown) => {
      throw error;
    });
    await first;
  });
  await assert.rejects(failing, (error: unknown) => error instanceof DatabaseError && error.sqlstate === '22012');
});

test('a statement that failed unseen makes the whole transaction fail', async () => {
  const database = connect({});
  const careless = database.transaction(async (tx) => {
    await tx.query(insert, [3]);
    void tx.query(sql('SELECT 1/0'));
  });
  await assert.rejects(careless, ofKind('data'));
  assert.equal(await countOf(database, 3), 0);
});

test('a first statement that fails leaves no transaction behind', async () => {
  const database = connect({});
  await assert.rejects(
    database.transaction((tx) => tx.query(sql('SELECT 1/0'))),
    ofKind('data'),
  );
  await database.query(insert, [4]);
  assert.equal(await countOf(connect({}), 4), 1, 'another session sees what was written after it');
});

test('a BEGIN that the server refuses takes its first statement with it, and the next transaction is sound', async () => {
  const database = connect({});
  const forget = sql(`DEALLOCATE "${sessionStatements.begin.name}"`);
  await database.query(forget);
  await assert.rejects(
    database.transaction((tx) => tx.query(insert, [8])),
    (error: unknown) => error instanceof DatabaseError && error.sqlstate === '26000',
  );
  assert.equal(await countOf(database, 8), 0, 'sent apart from BEGIN, it would have run and committed on its own');
  await database.transaction((tx) => tx.query(insert, [8]));
  assert.equal(await countOf(database, 8), 1);
});

test('a statement prepared before its table changed fails once', async () => {
  const database = connect({});
  const read: Statement = { name: 'read', text: 'SELECT * FROM changing' };
  await database.query(sql('CREATE TABLE changing (n integer)'));
  await database.query(read);
  await database.query(sql('ALTER TABLE changing ADD COLUMN m integer'));
  await assert.rejects(database.query(read), ofKind('other'));
  assert.deepEqual(await database.query(read), []);
});

test('a transaction that has ended takes no more statements', async () => {
  let leaked: Queryable | undefined;
  await connect({}).transaction(async (tx) => {
    leaked = tx;
    await tx.query(sql('SELECT 1'));
  });
  await assert.rejects(async () => leaked?.query(insert, [5]), /ended already/);
});

test('asynchronous durability holds for its own transaction alone', async () => {
  const database = connect({});
  const setting = sql("SELECT current_setting('synchronous_commit') AS mode");
  const inside = await database.transaction((tx) => tx.query(setting), { durability: 'asynchronous' });
  const behind = await database.transaction((tx) => tx.query(setting));
  assert.deepEqual([inside[0]?.['mode'], behind[0]?.['mode']], ['off', 'on']);
});

test('a bad value is refused as data and the connection serves on', async () => {
  const database = connect({});
  const before = await backendOf(database);
  await assert.rejects(database.query(insert, ['none']), ofKind('data'));
  assert.equal(await backendOf(database), before);
});

test('a constraint is named', async () => {
  const database = connect({});
  await database.query(insert, [6]);
  await assert.rejects(
    database.query(insert, [6]),
    (error: unknown) => error instanceof DatabaseError && error.constraint === 'things_pkey',
  );
});

test('a session that is ended while idle is replaced', async () => {
  const database = connect({});
  const lost = await backendOf(database);
  await endBackend(lost);
  const found = await eventually(() => backendOf(database));
  assert.notEqual(found, lost);
});

test('sessions that are ended while nobody uses them are reported together, as is their return, and end nothing else', async () => {
  const telemetry = silentTelemetry();
  const reports = signal<string>();
  const reported: string[] = [];
  const print = (...report: unknown[]) => {
    reported.push(String(report.at(-1)));
    reports.send(String(report.at(-1)));
  };
  [telemetry.log.warn, telemetry.log.info] = [print, print];
  const database = connect({ telemetry, poolSize: 3 });
  const busy = sql('SELECT pg_backend_pid() AS pid, pg_sleep(0.1)');
  const pids = (await Promise.all([1, 2, 3].map(() => database.query<{ pid: number }>(busy)))).flat();
  assert.equal(new Set(pids.map(({ pid }) => pid)).size, 3);
  await connect({}).query(
    sql(`SELECT pg_terminate_backend(pid) FROM unnest(ARRAY[${pids.map(({ pid }) => pid)}]) pid`),
  );
  assert.match(await reports.next(), /idle database connection broke/);
  assert.match(await reports.next(), /connected to again/);
  await Promise.all([1, 2, 3].map(() => database.query(busy)));
  // A slow machine may see one return before another breaks.
  const isInTurn = reported.every((line, n) => (n % 2 === 0 ? /broke/ : /again/).test(line));
  assert.ok(isInTurn, reported.join('; '));
});

test('a session that is ended inside a transaction leaves nothing, as an outage', async () => {
  const database = connect({});
  const broken = database.transaction(async (tx) => {
    await tx.query(insert, [7]);
    await endBackend(await backendOf(tx));
    await tx.query(sql('SELECT 1'));
  });
  await assert.rejects(broken, ofKind('unavailable'));
  assert.equal(await countOf(database, 7), 0);
});

test('a statement past its time is ended by the server and counts as an outage', async () => {
  const database = connect({ queryTimeoutMs: 50 });
  await assert.rejects(
    database.query(sql('SELECT pg_sleep(60)')),
    (error: unknown) => error instanceof DatabaseError && error.sqlstate === '57014' && error.kind === 'exhausted',
  );
});

test('more callers than connections wait for their turn, and for no longer than told', async () => {
  const database = connect({ connectTimeoutMs: 50 });
  await database.transaction(async () => {
    const turn = database.query(sql('SELECT 1'));
    await assert.rejects(turn, ofKind('unavailable'));
  });
  assert.equal((await database.query(sql('SELECT 1'))).length, 1);
});

test('start refuses a server that is not there', async () => {
  const nowhere = new URL(url);
  nowhere.port = '1';
  await assert.rejects(connect({ url: nowhere.href, connectTimeoutMs: 50 }).start(), /cannot be reached/);
});

test('stop cuts a statement that does not end', async () => {
  const database = connect({ queryTimeoutMs: 200 });
  const locked = connect({});
  await locked.transaction(async (tx) => {
    await tx.query(sql('SELECT pg_advisory_xact_lock(1)'));
    const waiting = database.query(sql('SELECT pg_advisory_xact_lock(1)'));
    await Promise.all([assert.rejects(waiting, ofKind('unavailable')), database.stop()]);
  });
});

test('holds under starts and stops in any order, with and without a statement under way', async () => {
  const onlooker = connect({});
  let opened = 0;
  await tryStartsAndStops(() => {
    opened += 1;
    const name = `trial-${opened}`;
    const database = connect({ name, poolSize: 2 });
    const sessions = () =>
      onlooker.query(
        sql(`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${name}'`),
      );
    return {
      service: database,
      engage: () => void database.query(sql('SELECT pg_sleep(0.02)')).catch(() => undefined),
      left: async () => {
        // A session ends a moment after its connection.
        await eventuallyHolds(async () => assert.deepEqual(await sessions(), []));
        return [];
      },
    };
  });
});

test('a stop cuts short a start that waits for a server to answer', async () => {
  const clock = manualClock();
  const database = connect({ url: 'postgres://nobody@127.0.0.1:1/nothing', clock });
  const starting = assert.rejects(database.start(), { code: 'stopped' });
  await eventually(() => clock.pending > 0);
  await Promise.all([starting, database.stop()]);
});
