import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Database,
  type DatabaseOptions,
  type Queryable,
  ServerRuns,
  type Statement,
} from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { type Checkpoint, createCheckpoints } from './checkpoints.ts';

const options: DatabaseOptions = {
  url: 'postgres://nobody@127.0.0.1/none',
  name: 'pool',
  poolSize: 1,
  profile: 'general',
  telemetry: silentTelemetry(),
};
const read: Statement = { name: 'read', text: '-- update what is read\nselect 1 from rows for update' };
const write: Statement = { name: 'write', text: 'with a as (select 1) insert into rows select * from a' };

/** Keeps what was committed. */
function watched(at?: Checkpoint) {
  const committed: string[] = [];
  let kills = 0;
  const database: Database = {
    name: 'pool',
    incarnation: new ServerRuns(),
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    query: async ({ name }: Statement) => {
      committed.push(name);
      return [];
    },
    transaction: async (work) => {
      const names: string[] = [];
      const tx: Queryable = {
        query: async ({ name }: Statement) => {
          names.push(name);
          return [];
        },
      };
      const value = await work(tx);
      committed.push(...names);
      return value;
    },
  };
  const checkpoints = createCheckpoints(() => {
    kills += 1;
  });
  const { query, transaction } = checkpoints.watch(database, options);
  checkpoints.arm(at);
  return { checkpoints, query, transaction, committed, kills: () => kills };
}

test('writes are counted, reads and what is locked for reading are not', async () => {
  const { checkpoints, query, transaction } = watched();
  await query(read);
  await query(write);
  await transaction((tx) => tx.query(read));
  await transaction(async (tx) => {
    await tx.query(read);
    await tx.query(write);
    await tx.query(write);
  });
  assert.deepEqual([...checkpoints.counts], [['pool', 2]]);
});

test('the engine dies before the COMMIT of the write that is named, once', async () => {
  const { transaction, committed, kills } = watched({ pool: 'pool', ordinal: 2, moment: 'before' });
  await transaction((tx) => tx.query(write));
  await assert.rejects(transaction((tx) => tx.query({ ...write, name: 'second' })));
  assert.deepEqual([committed, kills()], [['write'], 1]);
  await transaction((tx) => tx.query(write));
  assert.equal(kills(), 1);
});

test('the engine dies after the COMMIT of the write that is named, and nobody hears of it', async () => {
  const { query, committed, kills } = watched({ pool: 'pool', ordinal: 1, moment: 'after' });
  await assert.rejects(query(write));
  assert.deepEqual([committed, kills()], [['write'], 1]);
});

test('writes of another pool do not count', async () => {
  const { query, kills } = watched({ pool: 'other', ordinal: 1, moment: 'before' });
  await query(write);
  assert.equal(kills(), 0);
});
