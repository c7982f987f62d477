import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { temporaryDirectory } from '@taskflow/kit-testing';
import { type Migration, pending, readMigrations } from './migrations.ts';

function migration(component: string, version: number, checksum = 'sum'): Migration {
  return { component, version, checksum, label: `${component}/000${version}-x.sql`, text: '' };
}

const labels = (migrations: readonly Migration[]) => migrations.map(({ label }) => label);

test('only what is not applied is to do', () => {
  const todo = pending(
    [migration('a', 1), migration('a', 2), migration('b', 1)],
    [{ component: 'a', version: 1, checksum: 'sum' }],
  );
  assert.deepEqual(labels(todo), ['a/0002-x.sql', 'b/0001-x.sql']);
});

test('a file that was changed after it had been applied is refused by name', () => {
  const look = () => pending([migration('a', 1, 'new')], [{ component: 'a', version: 1, checksum: 'old' }]);
  assert.throws(look, /a\/0001-x\.sql was changed/);
});

test('a database made by a newer version is refused', () => {
  const look = () => pending([migration('a', 1)], [{ component: 'a', version: 2, checksum: 'sum' }]);
  assert.throws(look, /migration 2 of a/);
});

test('a component that this process does not host is left alone', () => {
  const todo = pending([migration('a', 1)], [{ component: 'elsewhere', version: 9, checksum: 'sum' }]);
  assert.deepEqual(labels(todo), ['a/0001-x.sql']);
});

function directoryWith(...files: string[]): URL {
  const directory = temporaryDirectory();
  for (const file of files) writeFileSync(join(directory, file), 'SELECT 1');
  return pathToFileURL(`${directory}/`);
}

test('the own line comes first, each line in order of its numbers', () => {
  const read = readMigrations([{ component: 'a', directory: directoryWith('0002-then.sql', '0001-first.sql') }]);
  const [own, ...others] = labels(read);
  assert.match(own as string, /^postgres\/0001-/);
  assert.deepEqual(others.slice(-2), ['a/0001-first.sql', 'a/0002-then.sql']);
});

for (const [what, files] of [
  ['a gap', ['0001-first.sql', '0003-third.sql']],
  ['a number given twice', ['0001-first.sql', '0001-second.sql']],
  ['a file without a number', ['first.sql']],
] as const) {
  test(`${what} is refused by name`, () => {
    const read = () => readMigrations([{ component: 'a', directory: directoryWith(...files) }]);
    assert.throws(read, /a\/[\w-]+\.sql: expected a name like 000\d-what\.sql/);
  });
}
