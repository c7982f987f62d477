import {
  type Column,
  columns,
  type List,
  type Queryable,
  signature,
  type TypedStatement,
} from '@taskflow/kit-postgres';

type Parameters = readonly [Column<'id', 'uuid'>, Column<'rank', 'int4', null>, List<'uuid'> | null, number];
interface Found {
  readonly id: string;
  readonly remark: string | null;
}

declare const database: Queryable;
declare const find: TypedStatement<Parameters, Found>;
declare const count: TypedStatement<readonly [], { readonly count: number }>;
declare const lists: { readonly uuids: List<'uuid'>; readonly texts: List<'text'>; readonly holes: List<'uuid', null> };
const rows = columns(signature<Parameters, Found>({ rows: { id: 'uuid', rank: 'int4' } }));
const encoded = rows.encode([{ id: 'a', rank: null }]);

void database.query(find, [...encoded, lists.uuids, 1]).then(([found]) => found?.id.length);
void database.query(find, [...encoded, null, 1]);
void database.query(count).then(([found]) => found?.count.toFixed());

// @ts-expect-error The statement gives no such column.
void database.query(count).then(([found]) => found?.sum);
// @ts-expect-error The column may be null.
void database.query(find, [...encoded, null, 1]).then(([found]) => found?.remark.length);
// @ts-expect-error A statement with parameters is not asked without them.
void database.query(find);
// @ts-expect-error One parameter is missing.
void database.query(find, [...encoded, null]);
// @ts-expect-error A number is wanted.
void database.query(find, [...encoded, null, '1']);
// @ts-expect-error The list is of another type.
void database.query(find, [...encoded, lists.texts, 1]);
// @ts-expect-error An element of the list may be null.
void database.query(find, [...encoded, lists.holes, 1]);
// @ts-expect-error A list that nobody named is no column of the rows.
void database.query(find, [lists.uuids, encoded[1], null, 1]);
// @ts-expect-error What it gives is said by the statement, not by who asks.
void database.query<{ readonly other: string }>(count);

// @ts-expect-error A row misses a column.
rows.encode([{ rank: 1 }]);
// @ts-expect-error A column that may not be null is.
rows.encode([{ id: null, rank: 1 }]);
// @ts-expect-error A column of the rows has another type.
rows.encode([{ id: 'a', rank: 'high' }]);

interface Task {
  readonly taskId: string;
  readonly rank: number;
}
rows.of<Task>({ id: ({ taskId }) => taskId }).encode([{ taskId: 'a', rank: 1 }]);
// @ts-expect-error Nothing says what `id` is read from.
rows.of<Task>();
// @ts-expect-error It is read from what has another type.
rows.of<Task>({ id: ({ rank }) => rank });
// @ts-expect-error There is no such column.
rows.of<Task>({ id: ({ taskId }) => taskId, other: ({ rank }) => rank });

type Both = readonly [Column<'a', 'uuid', never, 'x'>, Column<'b', 'uuid', never, 'y'>];
declare const pair: TypedStatement<Both, never>;
const both = signature<Both, never>({ x: { a: 'uuid' }, y: { b: 'uuid' } });
const [x, y] = [columns(both, 'x').encode([{ a: 'a' }]), columns(both, 'y').encode([{ b: 'a' }])];
void database.query(pair, [...x, ...y]);
// @ts-expect-error The sets stand in another order.
void database.query(pair, [...y, ...x]);
// @ts-expect-error There are two sets of rows: which one is meant?
void database.query(pair, columns(both).encode([]));
// @ts-expect-error There is no such set.
columns(both, 'z');
