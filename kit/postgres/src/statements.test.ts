import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadStatements, withIdentifiers } from './statements.ts';

const directory = new URL('./queries/', import.meta.url);

test('reads each file under its name', () => {
  const sql = loadStatements(directory, ['begin', 'commit']);
  assert.match(sql.begin.text, /^-- .*\nBEGIN\n$/s);
  assert.match(sql.commit.name, /^commit_[0-9a-f]{8}$/);
});

test('a missing file is named', () => {
  assert.throws(() => loadStatements(directory, ['no-such-statement']), /no-such-statement\.sql/);
});

test('the prepared name is never longer than the server keeps', () => {
  const sql = loadStatements(directory, ['commit-without-waiting']);
  assert.ok(sql['commit-without-waiting'].name.length <= 63);
});

test('identifiers are quoted, and a missing one is named', () => {
  const statement = { name: 'drop', text: 'DROP DATABASE :"name"' };
  assert.deepEqual(withIdentifiers(statement, { name: 'a"b' }), { name: '', text: 'DROP DATABASE "a""b"' });
  assert.throws(() => withIdentifiers(statement, {}), /identifier name/);
});
