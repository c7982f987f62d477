import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { runServerUrl } from '@taskflow/kit-testing';
import { taskCountsMigrations } from '@taskflow/task-counts';
import { taskExecutionMigrations } from '@taskflow/task-execution';
import { taskManagementMigrations } from '@taskflow/task-management';
import { serviceFolders, type StatementFolder } from '../../scripts/statements/statement-folder.ts';
import { type StatementModule, statementModule } from '../../scripts/statements/statement-modules.ts';
import { checkStatements, judgeStatements } from '../../scripts/verify/statements.ts';

const schema = 'create table pets (id uuid primary key, name text not null, owner text, weight numeric)';

/** A schema, statements that fit it, and statements that do not. */
const planted: Readonly<Record<string, string>> = {
  'find-pets': '-- $1: ids\nselect name, owner from pets where id = any ($1::uuid[])',
  'add-pets': 'insert into pets (id, name, owner) select * from unnest($1::uuid[], $2::text[], $3::text[])',
  'wrong-column': '-- Colours.\nselect\n  colour\nfrom pets',
  'wrong-type': 'select from pets where id = $1::int',
  'unknown-type': 'select weight from pets where weight > $1',
};

/** A module that is checked in; the planted statements say something else. */
const committed = 'services/task-execution/src/infrastructure/postgres/statements.generated.ts';

let root: string;
let found: StatementModule;
before(async () => {
  root = mkdtempSync(join(tmpdir(), 'taskflow-statements-'));
  mkdirSync(join(root, 'migrations'));
  mkdirSync(join(root, 'pets', 'queries'), { recursive: true });
  writeFileSync(join(root, 'migrations', '0001-pets.sql'), schema);
  for (const [name, text] of Object.entries(planted)) writeFileSync(join(root, 'pets', 'queries', `${name}.sql`), text);
  const directory = pathToFileURL(join(root, 'migrations/'));
  const folder: StatementFolder = { path: 'pets', migrations: [{ component: 'pets', directory }], root };
  found = await statementModule(await runServerUrl(), folder);
});
after(() => rmSync(root, { recursive: true, force: true }));

describe('a statement that does not fit the schema', () => {
  const problemOf = (name: string) =>
    found.problems.filter((problem) => problem.startsWith(`pets/queries/${name}.sql`));

  test('is named with file, line and reason', () => {
    assert.deepEqual(problemOf('wrong-column'), ['pets/queries/wrong-column.sql:3 column "colour" does not exist']);
    assert.match(problemOf('wrong-type').join(), /:1 operator does not exist/);
  });

  test('is named, too, when it takes a type that the code has no words for', () => {
    assert.match(problemOf('unknown-type').join(), /\$1 has the type numeric/);
  });

  test('is the only one that is', () => {
    assert.equal(found.problems.length, 3);
    assert.equal(found.statements, 5);
  });
});

describe('the generated module', () => {
  test('says what each statement takes and gives', () => {
    const text = found.file?.render() ?? '';
    assert.match(
      text,
      /'find-pets': signature<readonly \[\n {4}List<'uuid'>,\n {2}\], \{\n {4}name: string;\n {4}owner: string \| null;\n {2}\}>/,
    );
    assert.match(text, /Column<'id', 'uuid'>,\n {4}Column<'name', 'text'>,\n {4}Column<'owner', 'text', null>,/);
    assert.match(text, /rows: \{ id: 'uuid', name: 'text', owner: 'text' \}/);
  });

  test('is stale until it is written, and the check says how', () => {
    const stale = { ...found, problems: [], file: found.file && { ...found.file, path: committed } };
    const { passed, report } = judgeStatements([stale]);
    assert.equal(passed, false);
    assert.match(report, new RegExp(`^${committed} .*npm run statements$`));
  });
});

describe('the check', () => {
  test('passes on the repository, and looks at all of it', async () => {
    const url = await runServerUrl();
    const { passed, report } = await checkStatements(async () => ({ url, stop: async () => {}, stopNow: () => {} }));
    assert.ok(passed, report);
    assert.ok(Number.parseInt(report, 10) > 130, report);
  });

  test('fails where a statement does not fit, with all that is wrong', () => {
    const { passed, report } = judgeStatements([{ ...found, file: undefined }]);
    assert.equal(passed, false);
    assert.equal(report.split('\n').length, 3);
  });

  test('fails by name where no server could be started: it has seen nothing', async () => {
    const { passed, report } = await checkStatements(() => Promise.reject(new Error('no such program')));
    assert.equal(passed, false);
    assert.match(report, /^PostgreSQL could not be started, so no statement was read: .*no such program/);
  });

  test('reads them in the schema that the services have', () => {
    const reported = serviceFolders.map(({ migrations }) =>
      migrations.map(({ component, directory }) => [component, directory.href]),
    );
    const own = [taskManagementMigrations, taskExecutionMigrations, taskCountsMigrations];
    assert.deepEqual(
      reported,
      own.map((lines) => lines.map(({ component, directory }) => [component, directory.href])),
    );
  });
});
