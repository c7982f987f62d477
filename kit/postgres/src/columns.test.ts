import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int4Array, textArray, uuidArray } from './arrays.ts';
import { type Column, columns, signature } from './columns.ts';

type Task = readonly [Column<'tenantId', 'uuid'>, Column<'id', 'uuid'>, Column<'priority', 'int4', null>, number];

const tasks = signature<Task, never>({ rows: { tenantId: 'uuid', id: 'uuid', priority: 'int4' } });
const [tenant, first, second] = [1, 2, 3].map((n) => `00000000-0000-7000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];
const rows = [
  { priority: 5, id: first, tenantId: tenant },
  { priority: null, id: second, tenantId: tenant },
];

test('rows become one array for each column, in the order of the statement', () => {
  const expected = [uuidArray([tenant, tenant]), uuidArray([first, second]), int4Array([5, null])];
  assert.deepEqual(columns(tasks).encode(rows), expected);
  assert.deepEqual(columns(tasks).encode([]), [uuidArray([]), uuidArray([]), int4Array([])]);
});

test('a column that the rows do not have by its name is read from them, any other may be', () => {
  const named = rows.map(({ id, ...row }) => ({ ...row, taskId: id }));
  const encoder = columns(tasks).of<(typeof named)[number]>({
    id: ({ taskId }) => taskId,
    priority: (_, index) => index,
  });
  const expected = [uuidArray([tenant, tenant]), uuidArray([first, second]), int4Array([0, 1])];
  assert.deepEqual(encoder.encode(named), expected);
});

test('a set of rows is one of several, by its name', () => {
  type Both = readonly [Column<'id', 'uuid', never, 'a'>, Column<'name', 'text', never, 'b'>];
  const both = signature<Both, never>({ a: { id: 'uuid' }, b: { name: 'text' } });
  assert.deepEqual(columns(both, 'b').encode([{ name: 'x' }]), [textArray(['x'])]);
});

test('a statement that takes no such rows is refused', () => {
  assert.throws(() => columns(signature<readonly [string], never>()), RangeError);
});
