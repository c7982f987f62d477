import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  boolArray,
  createDatabase,
  type Database,
  explainPrepared,
  int4Array,
  int8Array,
  nullableUuidArray,
  type Parameter,
  type Statement,
  stepsThatGrow,
  stepsThatWalk,
  textArray,
  timestamptzArray,
  uuidArray,
} from '@taskflow/kit-postgres';
import { silentTelemetry, type TestDatabase, testDatabase } from '@taskflow/kit-testing';
import { taskExecutionMigrations } from '../../index.ts';
import {
  claimStatementNames,
  claimStatements,
  ledgerStatementNames,
  ledgerStatements,
  queueStatements,
} from './statement-files.ts';

const tenant = '00000000-0000-0000-0000-000000000000';
const id = '00000000-0000-7000-8000-000000000001';
const ids = uuidArray([id]);
const tenants = uuidArray([tenant]);
const names = textArray(['q']);
const one = int4Array([1]);
const none = int8Array([null]);

const leases: Parameter[] = [tenants, ids, ids, 1];
const tasks: Parameter[] = [tenants, ids, one, 1];
const queued: Parameter[] = [
  tenants,
  ids,
  int8Array([1]),
  names,
  names,
  one,
  one,
  one,
  none,
  timestamptzArray([null]),
  names,
  names,
  names,
  boolArray([true]),
];
const nothing = nullableUuidArray([null]);
const claim: Parameter[] = [tenants, names, names, names, ids, ids, ids];

/** Parameters by statement of the data path; a statement that is missing here fails the last test. */
const parametersOf: Record<string, Parameter[]> = {
  'read-now': [],
  'finish-attempts': leases,
  'take-attempts': leases,
  'take-lost-attempts': leases,
  'announce-attempts': leases,
  'prove-leases': leases,
  'cancel-waiting': tasks,
  'cancel-leased': tasks,
  'cancel-delayed': tasks,
  'reprioritize-waiting': [tenants, ids, one, one, 1],
  'reprioritize-leased': [tenants, ids, one, one, 1],
  'reprioritize-delayed': [tenants, ids, one, one, 1],
  'lapse-sessions': [ids],
  'end-sessions': [ids],
  'take-overdue-attempts': [0, 10],
  'take-expired-waiting': [10],
  'take-expired-delayed': [10],
  'stage-due-work': [10],
  'forget-dead-letters': [tenants, ids, 1],
  'accept-work': [
    tenants,
    names,
    names,
    names,
    one,
    ids,
    one,
    one,
    none,
    timestamptzArray([null]),
    names,
    names,
    nothing,
    nothing,
  ],
  'queue-again': queued,
  'delay-work': [...queued, timestamptzArray([0])],
  'bury-work': [tenants, ids, ids, one, names, names, one, names, names, names, names, names],
  'claim-waiting-work': claim,
  'claim-limited-work': claim,
  'lock-limited-queues': [tenants, names, 1],
  'list-lanes-in-use': [10],
};

const tables = ['waiting', 'leased', 'delayed', 'sessions', 'queues', 'dead_letters'];
const fill = `
  insert into waiting select '${tenant}', gen_random_uuid(), n, 'q' || n % 5, 't' || n % 3, n % 1000, 1, 1, null,
    case when n % 100 = 0 then now() + interval '1 day' end, now(), 'null', null from generate_series(1, 20000) n;
  insert into leased select '${tenant}', gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), n, 'q', 't', 500, 1, 1,
    null, null, now(), now(), case when n % 100 = 0 then now() + interval '1 day' end, false, null, 'null', null
    from generate_series(1, 20000) n;
  insert into delayed select '${tenant}', gen_random_uuid(), n, 'q', 't', 500, 1, 1, null, null,
    now() + n * interval '1 second', 'null', null from generate_series(1, 20000) n;
  insert into sessions select gen_random_uuid(), '${tenant}', 'w', null, '{}', '{}', 1, now(), now(), now() + interval '1 day'
    from generate_series(1, 2000) n;
  insert into queues select '${tenant}', 'q' || n, false, case when n % 2 = 0 then n end from generate_series(1, 2000) n;
  insert into dead_letters select '${tenant}', gen_random_uuid(), gen_random_uuid(), 1, 'q', 't', 1, 'r', 'f', '{}', 'null',
    null, now() from generate_series(1, 20000) n`;

let made: TestDatabase;
let filler: Database;
before(async () => {
  made = await testDatabase({ lines: taskExecutionMigrations });
  filler = open('general');
});
after(async () => {
  await filler.stop();
  await made.drop();
});

function open(profile: 'data-path' | 'general'): Database {
  return createDatabase({ url: made.url, name: 'plans', poolSize: 1, profile, telemetry: silentTelemetry() });
}

async function run(text: string): Promise<void> {
  for (const part of text.split(';\n')) await filler.query({ name: '', text: part });
}

async function growth(database: Database, name: string, statement: Statement): Promise<string[]> {
  const plan = await explainPrepared(database, statement, parametersOf[name] ?? []);
  return stepsThatGrow(plan, tables);
}

const statements: Record<string, Statement> = {
  ...ledgerStatements(),
  ...claimStatements(),
  'list-lanes-in-use': queueStatements()['list-lanes-in-use'],
};

test('every statement of the data path probes indexes alone: planned on empty tables, then full, then full with statistics', async () => {
  const growing: Record<string, string[]> = {};
  const note = async (when: string, database: Database) => {
    for (const [name, statement] of Object.entries(statements)) {
      const steps = await growth(database, name, statement);
      if (steps.length > 0) growing[`${name}, ${when}`] = steps;
    }
  };
  await run(`truncate ${tables.join(', ')}`);
  const early = open('data-path');
  await note('empty', early);
  await run(fill);
  await note('full, with the plan made on empty', early);
  await run('analyze');
  const late = open('data-path');
  await note('full, planned with statistics', late);
  await early.stop();
  await late.stop();
  assert.deepEqual(growing, {});
});

test('attempts are looked up one by one while statistics call the table empty, where a direct join walks it', async () => {
  await run(`truncate ${tables.join(', ')};\nanalyze`);
  await run(`${fill};\ndelete from leased;\nanalyze leased`);
  await filler.query({ name: '', text: 'vacuum analyze leased' });
  const database = open('data-path');
  const walksOf = async (name: string, statement: Statement) =>
    stepsThatWalk(await explainPrepared(database, statement, parametersOf[name] ?? leases), tables);
  for (const name of ['finish-attempts', 'take-attempts', 'take-lost-attempts', 'announce-attempts']) {
    assert.deepEqual(await walksOf(name, statements[name] as Statement), [], name);
  }
  const direct = `delete from leased l using (
    select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) u (tenant_id, id, lease) limit $4
  ) u where l.tenant_id = u.tenant_id and l.id = u.id and l.lease = u.lease`;
  assert.deepEqual(await walksOf('direct', { name: 'direct', text: direct }), ['Index Scan of all of leased_pkey']);
  await database.stop();
});

test('a statement that fences by the lease alone has no index to probe, and is seen', async () => {
  await run(`truncate ${tables.join(', ')};\n${fill};\nanalyze`);
  const database = open('data-path');
  const whole = { name: 'whole', text: 'delete from leased where lease = $1' };
  const plan = await explainPrepared(database, whole, [id]);
  assert.deepEqual(stepsThatGrow(plan, tables), ['Seq Scan on leased']);
  await database.stop();
});

test('no statement of the data path is left out', () => {
  const all = [...ledgerStatementNames, ...claimStatementNames, 'list-lanes-in-use'];
  assert.deepEqual(Object.keys(parametersOf).sort(), [...all].sort());
});
