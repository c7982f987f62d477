import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type DatabaseProfile, loadStatements, type Parameter, type Statement } from '@taskflow/kit-postgres';
import { type PlanTrial, type RowsRead, rowsReadByState, type TestDatabase, testDatabase } from '@taskflow/kit-testing';
import { taskExecutionMigrations } from '../../index.ts';

const tables = ['waiting', 'leased', 'delayed', 'sessions', 'queues', 'dead_letters'];
const perTable = 3_000;
/** Far above what the trials ask for, far below a table. */
const maxRows = 200;

const tenant = '00000000-0000-0000-0000-000000000000';
const idOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
/** Ids of work that waits, runs and is delayed: work moves between these tables, so none may be in two. */
const idIn = (from: number) => `('00000000-0000-7000-8000-' || lpad((n + ${from})::text, 12, '0'))::uuid`;
const [waiting, leased, delayed] = [idIn(0), idIn(10_000), idIn(20_000)];
const sometimes = "case when n % 1000 = 0 then now() - interval '1 hour' end";
const series = `from generate_series(1, ${perTable}) n`;

/** Sessions are the last ids only, so that the first attempts are lost ones. */
const fill = [
  `insert into waiting (tenant_id, id, seq, queue, type, priority, attempt, generation, expires_at, queued_at, payload)
   select '${tenant}', ${waiting}, n, 'q' || n % 5, 't' || n % 3, n % 1000, 1, 1, ${sometimes}, now(), 'null' ${series}`,
  `insert into leased (tenant_id, id, lease, session, seq, queue, type, priority, attempt, generation, queued_at,
     claimed_at, deadline_at, payload)
   select '${tenant}', ${leased}, ${leased}, ${leased}, n, 'q', 't', 500, 1, 1, now(), now(), ${sometimes}, 'null' ${series}`,
  `insert into delayed (tenant_id, id, seq, queue, type, priority, attempt, generation, expires_at, due_at, payload)
   select '${tenant}', ${delayed}, n, 'q', 't', 500, 1, 1, ${sometimes}, now() + (n - 5) * interval '1 s', 'null' ${series}`,
  `insert into sessions select ${leased}, '${tenant}', 'w', null, '{}', '{}', 1, now(), now(), now() + interval '1 day'
   ${series} where n > 10`,
  `insert into queues select '${tenant}', 'q' || n, false, case when n % 2 = 0 then n end ${series}`,
  `insert into dead_letters select '${tenant}', ${leased}, ${leased}, 1, 'q', 't', 1, 'r', 'f', '{}', 'null', null, now()
   ${series}`,
];

const three = (value: string) => `{${value},${value},${value}}`;
const [tenants, ones, nulls, names] = [three(tenant), three('1'), three('null'), three('a')];
const idsFrom = (n: number) => `{${idOf(n)},${idOf(n + 1)},${idOf(n + 2)}}`;
const [inWaiting, lost, paused] = [idsFrom(5), idsFrom(10_005), idsFrom(20_005)];
const [kept, fresh] = [idsFrom(10_025), idsFrom(30_000)];
const partitions = [tenants, '{q1,q2,q3}', '{t1,t2,none}', '{"","",""}'];
const leases = [tenants, lost, lost, 3];
const tasks = (ids: string) => [tenants, ids, ones, 3];
const priorities = (ids: string) => [tenants, ids, ones, ones, 3];
/** Most rows, most bytes, none left alone, any may be taken. */
const sweep = [10, 1_000_000, '{}', null];
const claim = [...partitions, fresh, kept, kept, 1_000_000];
const queued = [
  tenants,
  fresh,
  ones,
  names,
  names,
  ones,
  ones,
  ones,
  nulls,
  nulls,
  names,
  names,
  names,
  three('false'),
];
const session = [idOf(10_025), tenant, 'w', null, '{t}', '{}', 1, 15_000];

/** What every second, every task or every worker costs. A statement that is missing here fails the last test. */
const parameters: Record<DatabaseProfile, Record<string, readonly Parameter[]>> = {
  'data-path': {
    'read-now': [],
    'finish-attempts': leases,
    'take-attempts': leases,
    'take-lost-attempts': leases,
    'announce-attempts': leases,
    'verify-leases': leases,
    'cancel-waiting': tasks(inWaiting),
    'cancel-leased': tasks(lost),
    'cancel-delayed': tasks(paused),
    'reprioritize-waiting': priorities(inWaiting),
    'reprioritize-leased': priorities(lost),
    'reprioritize-delayed': priorities(paused),
    'expire-sessions': [kept],
    'end-sessions': [kept],
    'take-overdue-attempts': [0, ...sweep],
    'take-expired-waiting': sweep,
    'take-expired-delayed': sweep,
    'stage-due-work': sweep,
    'list-late-work': ['overdue', 0, 10, fresh],
    'find-generation': [tenant, idOf(10_005), idOf(10_005)],
    'forget-dead-letters': [tenants, lost, 3],
    'accept-work': [...partitions, '{1,2,3}', fresh, ones, ones, nulls, nulls, names, names, nulls, nulls],
    'requeue-work': queued,
    'delay-work': [...queued, three('2026-01-01')],
    'dead-letter-work': [tenants, fresh, fresh, ones, names, names, ones, names, names, names, names, names],
    'claim-waiting-work': claim,
    'claim-limited-work': claim,
    'lock-limited-queues': [tenants, '{q1,q2,q3}', 3],
    'list-partitions-in-use': [tenant, 'q1', '', '', 100],
    'find-partitions-of-worker': [tenant, null, '{t1,t2,none}', '', 100],
    'look-at-leases': [tenant, idOf(10_100), 0, 100],
    'look-for-late-work': [0, fresh],
  },
  general: {
    'open-session': [idOf(30_000), ...session.slice(1)],
    'resume-session': session,
    'renew-sessions': [kept, 15_000],
    'find-session': [idOf(10_025)],
    'find-ended-sessions': [kept],
    'set-queue-paused': [tenant, 'q1', true],
    'set-queue-concurrency': [tenant, 'q1', 1],
    'list-dead-letters': [tenant, null, null, idOf(11_000), 20, 1_000_000],
    'take-clean-stop': [],
    'record-clean-stop': [],
  },
};

/** Tables that a statement of above reads whole in some state. */
const readsWhole: Record<string, readonly string[]> = {
  // One page of an operator, planned each time: while few are there, reading and sorting them is cheaper.
  'list-dead-letters': ['dead_letters'],
};

/** Statements whose job is to read a table whole, or to take all of it, and when they run. */
const scans: Record<string, string> = {
  'count-queues': 'counts every queue; at most once a second while somebody looks at queues',
  'list-queue-settings': 'lists the queues that somebody paused or limited, a few rows; every second',
  'look-for-expired-sessions': 'a row per worker; an index on their expiry would be written by every heartbeat',
  'count-leases-of-sessions': 'counts what lost workers were running, for many of them at once',
  'find-leases-of-session': 'a worker comes back to another process than before',
  'gate-running-work': 'an operator limits a queue',
  'hold-running-work': 'locks a table and reads none of it',
};

const directory = new URL('./queries/', import.meta.url);

function trials(): Record<string, PlanTrial> {
  const all: Record<string, PlanTrial> = {};
  for (const profile of ['data-path', 'general'] as const) {
    const statements = loadStatements(directory, Object.keys(parameters[profile]));
    for (const [name, given] of Object.entries(parameters[profile])) {
      const statement = statements[name] as Statement;
      all[name] = { statement, profile, parameters: given, readsWhole: readsWhole[name] };
    }
  }
  return all;
}

let made: TestDatabase;
before(async () => {
  made = await testDatabase({ lines: taskExecutionMigrations });
});
after(() => made.drop());

async function walks(tried: Record<string, PlanTrial>): Promise<RowsRead[]> {
  const read = await rowsReadByState({ url: made.url, tables, fill }, tried);
  return read.filter(({ rows }) => rows > maxRows);
}

test('every statement reads the rows that it is about and no others, whatever statistics say', async () => {
  assert.deepEqual(await walks(trials()), []);
});

test('a direct join of keys and table, or a subquery that becomes one, walks it while statistics call it empty', async () => {
  const asked = 'select * from unnest($1::uuid[], $2::uuid[], $3::uuid[]) u (tenant_id, id, lease) limit $4';
  const texts = {
    joined: `delete from leased l using (${asked}) u
      where l.tenant_id = u.tenant_id and l.id = u.id and l.lease = u.lease`,
    'not exists': `select from leased l where l.ctid = any (array(select h.ctid from (${asked}) u cross join lateral (
        select h.ctid from leased h where h.tenant_id = u.tenant_id and h.id = u.id offset 0
      ) h)) and not exists (select from sessions s where s.id = l.session)`,
  };
  const tried = Object.entries(texts).map(([name, text]): [string, PlanTrial] => {
    return [name, { statement: { name, text }, profile: 'data-path', parameters: leases }];
  });
  const found = (await walks(Object.fromEntries(tried))).map(({ trial }) => trial);
  for (const name of Object.keys(texts)) assert.ok(found.includes(`${name}, analyzed while empty`), name);
});

test('no statement is left out', () => {
  const files = readdirSync(directory).map((file) => file.replace(/\.sql$/, ''));
  assert.deepEqual([...Object.keys(trials()), ...Object.keys(scans)].sort(), files.sort());
});
