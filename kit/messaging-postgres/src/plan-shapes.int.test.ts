import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { byteaArray, int4Array, loadStatements, type Parameter } from '@taskflow/kit-postgres';
import { type PlanTrial, rowsReadByState, type TestDatabase, testDatabase } from '@taskflow/kit-testing';
import { messagingMigrations } from './migrations.ts';

/** Those that grow. The others have one row per stream or consumer. */
const tables = ['outbox', 'positions'];
const perTable = 3_000;
/** Far above what the trials ask for, far below a table. */
const maxRows = 200;

const batchOf = (n: string) => `('00000000-0000-4000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;
const series = `from generate_series(1, ${perTable}) n`;
const fill = [
  'delete from stream_heads',
  `insert into stream_heads values (0, ${perTable})`,
  `insert into outbox (stream, seq, batch, types, body) select 0, n, ${batchOf('n')}, '{a}', 'x' ${series}`,
  `insert into positions select 'sample', 0, n - 1, n, ${batchOf('n')} ${series}`,
  `insert into positions select 'source ' || n, 0, 0, 1, ${batchOf('n')} from generate_series(1, 5) n`,
  'delete from consumer_progress',
  `insert into consumer_progress (consumer, stream, seq) select 'c' || n, 0, ${perTable} from generate_series(1, 5) n`,
];

const [known, unknown] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000009999'];

/** A statement that is missing here fails the last test. */
const parameters: Record<string, readonly Parameter[]> = {
  'outbox-append': [0, unknown, '{a}', byteaArray([Buffer.from('x')]), int4Array([1])],
  'outbox-bounds': [0],
  'outbox-find-batch': [known],
  'outbox-head': [0],
  'outbox-identity': [],
  'outbox-prune': [0, 10, 0],
  'outbox-read': [0, 100, 10, 1_000],
  'outbox-record-progress': ['c1', 0, 10],
  'outbox-streams': [],
  'outbox-void-batch': [0, unknown],
  'move-position': ['sample', 0, perTable, perTable + 1, known],
  'position-chains': [],
  'position-durable': ['sample', 0, 0],
  'position-prune': ['sample', 0, 50, 10],
  'position-read': ['sample', 0],
};

const directory = new URL('./queries/', import.meta.url);

describe('what statements of messaging read', () => {
  let made: TestDatabase;
  before(async () => {
    made = await testDatabase({ lines: [{ component: 'messaging', directory: messagingMigrations }] });
  });
  after(() => made.drop());

  async function walks(trials: Record<string, PlanTrial>): Promise<string[]> {
    const read = await rowsReadByState({ url: made.url, tables, fill }, trials);
    return read.filter(({ rows }) => rows > maxRows).map(({ trial, rows }) => `${trial}: ${rows}`);
  }

  it('is what they are about and nothing else, whatever statistics say', async () => {
    const statements = Object.entries(loadStatements(directory, Object.keys(parameters)));
    const trials = statements.map(([name, statement]) => {
      return [name, { statement, profile: 'data-path', parameters: parameters[name] ?? [] }] as const;
    });
    assert.deepEqual(await walks(Object.fromEntries(trials)), []);
  });

  it('would be seen to be a whole table', async () => {
    const statement = { name: 'whole', text: 'select count(body) from outbox where recorded_at > $1::timestamptz' };
    const found = await walks({ whole: { statement, profile: 'data-path', parameters: ['2026-01-01'] } });
    assert.ok(found.includes(`whole, full, with statistics: ${perTable}`));
  });

  it('is told of every statement that there is', () => {
    const files = readdirSync(directory).map((file) => file.replace(/\.sql$/, ''));
    assert.deepEqual(Object.keys(parameters).sort(), files.sort());
  });
});
