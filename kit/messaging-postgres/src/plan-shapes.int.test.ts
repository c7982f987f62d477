import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Database, Statement } from '@taskflow/kit-postgres';
import { type SampleDatabase, sampleDatabase } from './testing/sample-database.ts';
import { outboxStatements, positionStatements, pruningStatements } from './statements.ts';

const fill = [
  `insert into outbox (stream, seq, batch, types, body)
   select 0, n, gen_random_uuid(), '{a}', 'x' from generate_series(1, 20000) n`,
  "insert into positions select 'sample', 0, n - 1, n, gen_random_uuid() from generate_series(1, 20000) n",
  "insert into consumer_progress (consumer, stream, seq) select 'c' || n, 0, n from generate_series(1, 5) n",
  'analyze',
];

/** Of the tables that grow, only these may be read whole: one row per stream or consumer. */
const small = /Seq Scan on (stream_heads|stream_identity|outbox_floors|consumer_progress)/;

describe('plans of messaging statements', () => {
  let sample: SampleDatabase;

  before(async () => {
    sample = await sampleDatabase();
  });
  after(() => sample.close());

  const statements = { ...outboxStatements(), ...positionStatements(), ...pruningStatements() };

  it('reach growing tables by their keys, on empty tables and on filled ones', async () => {
    for (const statement of Object.values(statements)) await assertByKey(sample.database, statement);
    for (const [index, text] of fill.entries()) await sample.database.query({ name: `fill-${index}`, text });
    for (const statement of Object.values(statements)) await assertByKey(sample.database, statement);
  });

  it('would be seen to read a whole table', async () => {
    const whole = { name: 'whole', text: 'select count(body) from outbox where recorded_at > $1::timestamptz' };
    await assert.rejects(assertByKey(sample.database, whole), /Seq Scan on outbox/);
  });
});

/** What stands for a parameter of each type. A null would let the planner leave the table out. */
const samples: Record<string, string> = {
  int: '0',
  bigint: '10',
  uuid: '00000000-0000-4000-8000-000000000001',
  text: 'sample',
  'text[]': '{a}',
  bytea: '',
  float8: '0',
  timestamptz: '2026-01-01',
};

/** Every parameter is cast where it stands, so its type can be read there. */
function sampleParameters(text: string): string[] {
  const types = new Map(
    [...text.matchAll(/\$(\d+)::(\w+(?:\[\])?)/g)].map(([, number, type]) => [Number(number), type]),
  );
  return Array.from({ length: types.size }, (_, index) => samples[types.get(index + 1) ?? ''] ?? 'no sample');
}

async function assertByKey(database: Database, { name, text }: Statement): Promise<void> {
  const rows = await database.query({ name: '', text: `explain ${text}` }, sampleParameters(text));
  const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
  const scans = plan.split('\n').filter((line) => line.includes('Seq Scan on') && !small.test(line));
  assert.deepEqual(scans, [], `${name} reads a table whole:\n${plan}`);
}
