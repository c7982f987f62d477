import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { loadStatements, type Parameter, type Statement } from '@taskflow/kit-postgres';
import { type PlanTrial, type RowsRead, rowsReadByState, type TestDatabase, testDatabase } from '@taskflow/kit-testing';
import { taskManagementMigrations } from '../../index.ts';

const tables = [
  'tasks',
  'workflows',
  'waits',
  'fan_outs',
  'signals',
  'kept_inputs',
  'event_deliveries',
  'idempotency_keys',
  'workflow_graphs',
  'workflow_definitions',
];
const perTable = 3_000;
/** Far above what the trials ask for, far below a table. */
const maxRows = 400;

const tenant = '00000000-0000-0000-0000-000000000000';
const idOf = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const idsFrom = (n: number) => `{${idOf(n)},${idOf(n + 1)},${idOf(n + 2)}}`;
const three = (value: string) => `{${value},${value},${value}}`;

const idIn = (n: string) => `('00000000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
const series = `from generate_series(1, ${perTable}) n`;
/** Ten steps of each workflow, and as many tasks without one. */
const fill = [
  `insert into tasks (tenant_id, id, type, queue, priority, payload, created_at, workflow_id, step, stuck_at)
   select '${tenant}', ${idIn('n')}, 'a', 'a', 500, '{}', now(),
     case when n % 2 = 0 then ${idIn('n / 20')} end, 'a',
     case when n <= 100 then now() end ${series}`,
  `insert into workflows (tenant_id, id, name, hash, steps, input, created_at, stuck_at)
   select '${tenant}', ${idIn('n')}, 'a', 'a', 1, 'null', now(), case when n <= 100 then now() end ${series}`,
  `insert into waits (tenant_id, workflow_id, step, kind, due_at, name, key)
   select '${tenant}', ${idIn('n')}, 'a', case when n % 2 = 0 then 'event' else 'sleep' end,
     now() + (n - 5) * interval '1 min', 'a', n::text ${series}`,
  `insert into fan_outs select '${tenant}', ${idIn('n')}, 'a', 9, 9, 9, 9, 0, 0, 0, false, 1 ${series}`,
  `insert into kept_inputs (tenant_id, workflow_id, kind, input) select '${tenant}', ${idIn('n')}, 'a', '{}' ${series}`,
  `insert into event_deliveries select '${tenant}', ${idIn('n')}, 'a', n::text, '{}', n, n + 10 ${series}`,
  `insert into signals (tenant_id, workflow_id, name, payload, received_at)
   select '${tenant}', ${idIn('n')}, 'a', '{}', now() ${series}`,
  `insert into idempotency_keys select '${tenant}', 'a', chr(96 + n), '', '{}', now() from generate_series(1, 26) n`,
  `insert into idempotency_keys select '${tenant}', 'a', n::text, '', '{}', now() ${series}`,
  `insert into workflow_graphs select '${tenant}', chr(96 + n), '{}' from generate_series(1, 26) n`,
  `insert into workflow_graphs select '${tenant}', n::text, '{}' ${series}`,
  `insert into workflow_definitions select '${tenant}', chr(96 + n), 1, 'a', 1, now() from generate_series(1, 26) n`,
  `insert into workflow_definitions select '${tenant}', n::text, 1, 'a', 1, now() ${series}`,
];

/** What stands for a parameter of each type; the first one is the tenant wherever it is an id. */
const samples: Record<string, Parameter> = {
  'uuid[]': idsFrom(5),
  'text[]': '{a,b,c}',
  'int4[]': three('1'),
  'float8[]': three('0'),
  'bool[]': three('true'),
  'bytea[]': three('""'),
  'timestamptz[]': three('2026-01-01'),
  uuid: idOf(5),
  text: 'a',
  int4: 1,
  int8: 50,
  bool: true,
  timestamptz: '2026-01-01',
};
/** A bound without a cast: how many rows or bytes. */
const bound = 50;

/** What else a statement needs, by the number of the parameter. */
const special: Record<string, Record<number, Parameter>> = {
  // New rows: these statements leave it to their caller that the ids are new.
  'insert-tasks': { 2: idsFrom(perTable + 1) },
  'insert-workflows': { 2: idsFrom(perTable + 1) },
  'insert-event-deliveries': { 2: idsFrom(perTable + 1) },
  // Lists of subjects, as text.
  'claim-idempotency-keys': { 5: three('"{}"') },
  // Tags as JSON.
  'list-tasks': { 6: '{}' },
  'list-workflow-tasks': { 7: '{}' },
  // Numbers as text.
  'discard-inputs': { 3: three('1') },
};

/** Statements that read tables whole, and why. */
const readsWhole: Record<string, readonly string[]> = {
  // Lists the latest version of everything registered.
  'list-definitions': ['workflow_definitions'],
};

/** Lists have two ways to look, by the status that is asked for: the other one is found from the newest on. */
const stuckLists: Record<string, Record<number, Parameter>> = {
  'list-tasks': { 2: null, 3: 'stuck' },
  'list-workflows': { 2: null, 3: 'stuck' },
};

function parametersOf(name: string, { text }: Statement): Parameter[] {
  const code = text.replaceAll(/--.*/g, '');
  const count = Math.max(0, ...[...code.matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)));
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    const given = special[name]?.[number];
    if (given !== undefined) return given;
    const type = new RegExp(`\\$${number}::(\\w+(?:\\[\\])?)`).exec(code)?.[1];
    if (type === undefined) return bound;
    if (number === 1 && type === 'uuid[]') return three(tenant);
    if (number === 1 && type === 'uuid') return tenant;
    const sample = samples[type];
    assert.ok(sample !== undefined, `${name}: no sample for $${number} of type ${type}`);
    return sample;
  });
}

/** Of every file there is: none can be forgotten. */
function trials(): Record<string, PlanTrial> {
  const directory = new URL('./queries/', import.meta.url);
  const names = readdirSync(directory).map((file) => file.replace(/\.sql$/, ''));
  const tried = Object.entries(loadStatements(directory, names)).map(([name, statement]) => {
    const parameters = parametersOf(name, statement);
    return [name, { statement, parameters, profile: 'data-path', readsWhole: readsWhole[name] }] as const;
  });
  const stuck = tried.flatMap(([name, trial]): [string, PlanTrial][] => {
    const instead = stuckLists[name];
    if (instead === undefined) return [];
    const parameters = trial.parameters.map((given, i) => (i + 1 in instead ? (instead[i + 1] ?? null) : given));
    return [[`${name} of stuck ones`, { ...trial, parameters }]];
  });
  return Object.fromEntries([...tried, ...stuck]);
}

let made: TestDatabase;
before(async () => {
  made = await testDatabase({ lines: taskManagementMigrations });
});
after(() => made.drop());

async function walks(tried: Record<string, PlanTrial>): Promise<RowsRead[]> {
  const read = await rowsReadByState({ url: made.url, tables, fill }, tried);
  return read.filter(({ rows }) => rows > maxRows);
}

test('every statement reads the rows that it is about and no others, whatever statistics say', async () => {
  assert.deepEqual(await walks(trials()), []);
});

test('a workflow with many items is read again, and gone through page by page, without its other items', async () => {
  const [step, late] = [idIn('1'), idOf(perTable - 10)];
  const wide = `insert into tasks (tenant_id, id, type, queue, priority, payload, created_at, workflow_id, step, status)
    select '${tenant}', ${idIn('n')}, case when n = 1 then 'taskflow.step/each' else 'a' end, 'a', 500, '{}', now(),
      ${step}, case when n = 1 then 'all' else 'all/' || n end, case when n = 1 then 'running' else 'queued' end ${series}`;
  const cancelled = `insert into workflows (tenant_id, id, name, hash, steps, input, created_at, cancel_requested)
    select '${tenant}', ${idIn('n')}, 'a', 'a', 1, 'null', now(), true ${series}`;
  const all = Object.entries(trials());
  const tried = Object.fromEntries(
    all.flatMap(([name, trial]): [string, PlanTrial][] => {
      const one = [`{${tenant}}`, `{${idOf(1)}}`];
      if (name === 'load-step-statuses') return [[name, { ...trial, parameters: [...one, 1] }]];
      if (name !== 'request-workflow-cancels') return [];
      return [[name, { ...trial, parameters: [...one, '{no}', `{${late}}`, 1, 20] }]];
    }),
  );
  assert.equal(Object.keys(tried).length, 2);
  // Statistics of such a table would stay, and change the plans of the others.
  const { url, drop } = await testDatabase({ lines: taskManagementMigrations });
  try {
    const read = await rowsReadByState({ url, tables, fill: [wide, cancelled] }, tried);
    assert.deepEqual(
      read.filter(({ rows }) => rows > maxRows),
      [],
    );
  } finally {
    await drop();
  }
});

test('a direct join of keys and table walks it while statistics call it empty', async () => {
  const asked = 'select * from unnest($1::uuid[], $2::uuid[]) u (tenant_id, id) limit $3';
  const texts = {
    written: `update tasks t set priority = 1 from (${asked}) u where t.tenant_id = u.tenant_id and t.id = u.id`,
    read: `select t.* from (${asked}) u join tasks t on t.tenant_id = u.tenant_id and t.workflow_id = u.id`,
  };
  const tried = Object.entries(texts).map(([name, text]): [string, PlanTrial] => {
    return [name, { statement: { name, text }, profile: 'data-path', parameters: [three(tenant), idsFrom(5), 3] }];
  });
  const found = await walks(Object.fromEntries(tried));
  assert.deepEqual(
    found.map(({ trial }) => trial),
    ['written, analyzed while empty', 'read, analyzed while empty'],
  );
});
