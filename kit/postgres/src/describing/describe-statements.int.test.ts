import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createDatabase } from '@taskflow/kit-postgres';
import { silentTelemetry, type TestDatabase, testDatabase } from '@taskflow/kit-testing';
import { describeStatements, type StatementProblem, type StatementShape } from './describe-statements.ts';

let made: TestDatabase;

before(async () => {
  made = await testDatabase();
  const database = createDatabase({
    url: made.url,
    name: 'describe-test',
    poolSize: 1,
    profile: 'general',
    telemetry: silentTelemetry(),
  });
  const tables = [
    'create table owners (id uuid primary key, name text not null, remark text)',
    'create table pets (id uuid primary key, owner_id uuid, name text not null, age smallint not null, born timestamptz)',
  ];
  for (const text of tables) await database.query({ name: '', text });
  await database.stop();
});
after(() => made.drop());

async function shapeOf(text: string): Promise<StatementShape> {
  const { shapes, problems } = await describeStatements(made.url, [{ name: 'tried', text }]);
  assert.deepEqual(problems, []);
  return shapes.get('tried') as StatementShape;
}

async function problemOf(text: string): Promise<StatementProblem | undefined> {
  const { shapes, problems } = await describeStatements(made.url, [{ name: 'tried', text }]);
  assert.equal(shapes.size, 0);
  return problems[0];
}

const keys = 'unnest($1::uuid[], $2::text[]) with ordinality as asked (id, name, n)';

/** One expression each, over a pet `p` that is there and an owner `o` that may be missing. */
const expressions: Readonly<Record<string, 'value' | 'maybe null'>> = {
  'p.name': 'value',
  'p.owner_id': 'maybe null',
  'o.name': 'maybe null',
  'p.ctid': 'value',
  'coalesce(o.name, p.name)': 'value',
  'coalesce(o.name, o.remark)': 'maybe null',
  'greatest(p.age, null)': 'value',
  'count(*) over ()': 'value',
  'sum(p.age) over ()': 'maybe null',
  'case when p.age > 1 then 1 end': 'maybe null',
  'case when p.age > 1 then 1 else 2 end': 'value',
  'case when p.age > 1 then o.remark else p.name end': 'maybe null',
  'exists (select from owners)': 'value',
  '(select max(x.name) from owners x)': 'maybe null',
  '(select count(*) from owners x)': 'value',
  '(select count(*) from owners x having count(*) > 1)': 'maybe null',
  '(select 1)': 'value',
  '(select 1 limit 0)': 'maybe null',
  '(select x.name from owners x limit 1)': 'maybe null',
  'array(select x.name from owners x)': 'value',
  'p.age::int8': 'value',
  'p.owner_id::text': 'maybe null',
  'o.name is null': 'value',
  'p.owner_id = p.id': 'maybe null',
  'p.age > 1 and p.name = p.name': 'value',
  'substring(p.name from 1)': 'maybe null',
  'octet_length(p.name)': 'value',
  'null::uuid': 'maybe null',
  'taskflow_now()': 'value',
};

describe('a column of the result may be null', () => {
  for (const [expression, expected] of Object.entries(expressions)) {
    test(`${expression}: ${expected}`, async () => {
      const { columns } = await shapeOf(
        `select ${expression} as tried from pets p left join owners o on o.id = p.owner_id`,
      );
      assert.equal(columns[0]?.isNullable ? 'maybe null' : 'value', expected);
    });
  }

  const statements: Readonly<Record<string, readonly [text: string, isNullable: boolean]>> = {
    'not where a condition asks for it': ['select owner_id from pets where owner_id is not null', false],
    'not where it is compared': ['select owner_id from pets where owner_id = $1', false],
    'where only one of two conditions asks for it': [
      'select owner_id from pets where owner_id is not null or age = 1',
      true,
    ],
    'not where a lateral subquery compares it': [
      'select p.owner_id from pets p cross join lateral (select from owners o where o.id = p.owner_id offset 0) o',
      false,
    ],
    'where a count is joined, which is there in any case': [
      'select p.owner_id from pets p cross join lateral (select count(*) from owners o where o.id = p.owner_id) o',
      true,
    ],
    'where one arm of a union may be': ['select name from pets union all select remark from owners', true],
    'not where no arm may be': ['select name from pets union all select name from owners', false],
    'where a common table expression gives it so': [
      'with a as (select owner_id from pets) select owner_id from a',
      true,
    ],
    'not of a deleted row': ['with a as (delete from pets returning name) select name from a', false],
    'not by recursion': [
      'with recursive a as (select name from pets union all select a.name from a) select name from a',
      false,
    ],
    'of a group': ['select owner_id, count(*) from pets group by owner_id', true],
    'not of a group that has a value in each row': ['select max(name) from pets group by owner_id', false],
    'of a group that may have none': ['select max(owner_id::text) from pets group by name', true],
    'of a group of which some rows count': [
      'select max(name) filter (where age = 1) from pets group by owner_id',
      true,
    ],
    'of an aggregate over everything': ['select max(name) from pets', true],
    'not where a condition asks for what a join may have missed': [
      'select o.name from pets p left join owners o on o.id = p.owner_id where o.name <> p.name',
      false,
    ],
    'where an update takes away what its condition asked for': [
      'update owners set remark = null where remark is not null returning remark',
      true,
    ],
    'not of a deleted row that a condition asked for': [
      'delete from owners where remark is not null returning remark',
      false,
    ],
    'of a full join': ['select coalesce(o.id, p.id) from owners o full join pets p on p.owner_id = o.id', true],
    'not when its header promises it': ['-- Never null: owner_id (so it is).\nselect owner_id from pets', false],
    'not of a row number, nor of an element that is asked for': [`select n, asked.id from ${keys}`, false],
  };
  for (const [name, [text, isNullable]] of Object.entries(statements)) {
    test(name, async () => {
      const { columns } = await shapeOf(text);
      assert.ok(columns.length > 0);
      assert.equal(columns[0]?.isNullable, isNullable);
    });
  }
});

describe('a parameter', () => {
  test('has the type that the server gives it', async () => {
    const { parameters } = await shapeOf('select from pets where id = $1 and age > $2 limit $3');
    assert.deepEqual(
      parameters.map(({ type }) => type),
      ['uuid', 'int2', 'int8'],
    );
  });

  test('may be null where the statement asks whether it is, or stores it so', async () => {
    const { parameters } = await shapeOf(
      'update owners set remark = $1, name = $2 where ($3::text is null or name = $3) and id = $4',
    );
    assert.deepEqual(
      parameters.map(({ isNullable }) => isNullable),
      [true, false, true, false],
    );
  });

  test('may be null where a comparison with it is asked whether it is true', async () => {
    const { parameters } = await shapeOf('select from pets where (age > $1) is not false and age < $2');
    assert.deepEqual(
      parameters.map(({ isNullable }) => isNullable),
      [true, false],
    );
  });

  test('that is unnested with others is a column of rows, named by the alias', async () => {
    const { parameters } = await shapeOf(`select from ${keys} limit $3`);
    assert.deepEqual(
      parameters.map(({ column }) => column),
      [{ name: 'id', set: undefined }, { name: 'name', set: undefined }, undefined],
    );
  });

  test('without an alias is named by the column that it is written to', async () => {
    const { parameters } = await shapeOf('insert into owners select * from unnest($1::uuid[], $2::text[], $3::text[])');
    assert.deepEqual(
      parameters.map(({ column, isNullable }) => [column?.name, isNullable]),
      [
        ['id', false],
        ['name', false],
        ['remark', true],
      ],
    );
  });

  test('belongs to one of several sets of rows', async () => {
    const { parameters } = await shapeOf(
      'select from unnest($1::uuid[], $2::text[]) a (x, y), unnest($3::uuid[], $4::text[]) b (x, y), unnest($5::int[]) c',
    );
    assert.deepEqual(
      parameters.map(({ column }) => column?.set),
      ['a', 'a', 'b', 'b', undefined],
    );
  });

  test('may hold nulls unless a null would find nothing, break a constraint or come back as a value', async () => {
    const { parameters } = await shapeOf(
      `update pets p set age = asked.age, born = asked.born
       from unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[]) asked (id, age, born, said)
       where p.id = asked.id returning asked.said`,
    );
    assert.deepEqual(
      parameters.map(({ isNullable }) => isNullable),
      [false, false, true, false],
    );
  });

  test('may hold nulls where a null means that the row goes another way', async () => {
    const { parameters } = await shapeOf(
      `insert into pets (id, name, age)
       select a.id, a.name, 1 from unnest($1::uuid[], $2::text[]) a (id, name) where a.name is not null`,
    );
    assert.deepEqual(
      parameters.map(({ isNullable }) => isNullable),
      [true, true],
    );
  });
});

describe('a statement is refused', () => {
  test('with its line, when it reads a column that the schema does not have', async () => {
    const problem = await problemOf('-- Pets.\nselect name,\n  colour\nfrom pets');
    assert.equal(problem?.line, 3);
    assert.match(problem?.message ?? '', /column "colour" does not exist/);
  });

  test('when it compares what cannot be compared', async () => {
    assert.match((await problemOf('select from pets where age = $1::text'))?.message ?? '', /operator does not exist/);
  });

  test('when its header promises too much or too little', async () => {
    const [missing, idle] = ['colour', 'name'].map((name) => `-- Never null: ${name}.\nselect name from pets`);
    assert.match((await problemOf(missing as string))?.message ?? '', /no column of the result/);
    assert.match((await problemOf(idle as string))?.message ?? '', /never null by itself/);
  });

  test('when a column of its rows has no name, or two of its result have one', async () => {
    const nameless = await problemOf('select from unnest($1::uuid[], $2::text[])');
    assert.match(nameless?.message ?? '', /give its unnest an alias/);
    assert.match((await problemOf('select id, id from pets'))?.message ?? '', /two columns/);
  });
});

test('what runs is nothing: a statement that would lock or write is only read', async () => {
  assert.deepEqual(await shapeOf('lock table pets in access exclusive mode'), { parameters: [], columns: [] });
  await shapeOf("insert into owners values (gen_random_uuid(), 'a')");
  const { columns } = await shapeOf('select id from owners');
  assert.deepEqual(columns, [{ name: 'id', type: 'uuid', isNullable: false }]);
});
