import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import type { StreamEntry } from '@taskflow/kit-messaging';
import { SAMPLE_PAYLOAD, sampleEvent, sampleEvents } from '@taskflow/kit-messaging/testing';
import { type SampleDatabase, sampleDatabase } from './testing/sample-database.ts';
import { AsynchronousAppendError, createOutbox, type Outbox } from './outbox.ts';

const commitSynchronously = { name: 'sync', text: 'set local synchronous_commit = on' };
const storedTypes = { name: 'types', text: 'select types from outbox where stream = $1::int order by seq' };

describe('the outbox', () => {
  let sample: SampleDatabase;
  let outbox: Outbox;

  before(async () => {
    sample = await sampleDatabase();
    outbox = createOutbox({ database: sample.database, source: 'sample' });
  });
  after(() => sample.close());

  const append = (stream: number, ...numbers: number[]): Promise<StreamEntry> =>
    sample.database.transaction((tx) =>
      outbox.append(
        tx,
        stream,
        randomUUID(),
        numbers.map((n) => sampleEvent(n)),
      ),
    );

  it('numbers each stream densely from 1, and reads back what was appended, character by character', async () => {
    const told = [await append(10, 1, 2), await append(10, 3)];
    const other = await append(11, 4);
    assert.deepEqual(
      [...told, other].map(({ seq }) => seq),
      [1, 2, 1],
    );
    assert.deepEqual(await outbox.log.read(10, 0, 10), told);
    assert.equal(told[0]?.events[0]?.raw?.payload, SAMPLE_PAYLOAD);
    assert.deepEqual(await outbox.log.read(10, 1, 10), told.slice(1));
    assert.deepEqual(await outbox.log.read(10, 0, 1), told.slice(0, 1));
    assert.deepEqual(await outbox.log.read(10, 2, 10), []);
  });

  it('leaves no number and no row behind when the transaction rolls back', async () => {
    await append(12, 1);
    const undone = sample.database.transaction(async (tx) => {
      await outbox.append(tx, 12, randomUUID(), [sampleEvent(2)]);
      throw new RangeError('the work changed its mind');
    });
    await assert.rejects(undone, RangeError);
    assert.equal((await append(12, 3)).seq, 2);
  });

  it('writes the distinct types beside the body, for readers that pass over entries', async () => {
    await sample.database.transaction((tx) =>
      outbox.append(tx, 13, randomUUID(), [...sampleEvents(1, 3, 'taskflow.a.v1'), sampleEvent(4, 'taskflow.b.v1')]),
    );
    assert.deepEqual(await sample.database.query(storedTypes, [13]), [{ types: ['taskflow.a.v1', 'taskflow.b.v1'] }]);
  });

  it('ends a read before it fetches too many bytes, and always gives one entry', async () => {
    const noise = Array.from({ length: 40_000 }, () => randomUUID()).join('');
    const event = { ...sampleEvent(1), raw: { payload: JSON.stringify(noise + noise) } };
    for (let i = 0; i < 6; i += 1) {
      await sample.database.transaction((tx) => outbox.append(tx, 14, randomUUID(), [event, event]));
    }
    const read = await outbox.log.read(14, 0, 100);
    assert.ok(read.length >= 1 && read.length < 6, `${read.length} of 6 entries`);
    const seqs: number[] = [];
    for (let at = 0; at < 6; at = seqs.at(-1) ?? 6)
      seqs.push(...(await outbox.log.read(14, at, 100)).map((e) => e.seq));
    assert.deepEqual(seqs, [1, 2, 3, 4, 5, 6]);
  });

  it('refuses to append in a transaction that commits asynchronously, even if the refusal is ignored', async () => {
    const batchId = randomUUID();
    const refused = sample.database.transaction((tx) => outbox.append(tx, 15, batchId, [sampleEvent(1)]), {
      durability: 'asynchronous',
    });
    await assert.rejects(refused, AsynchronousAppendError);

    await sample.database.transaction(
      async (tx) => {
        await outbox.append(tx, 15, batchId, [sampleEvent(1)]).catch(() => undefined);
      },
      { durability: 'asynchronous' },
    );
    assert.deepEqual(await outbox.log.read(15, 0, 10), []);
    assert.equal((await append(15, 2)).seq, 1);
  });

  it('appends in a transaction that turned synchronous before', async () => {
    const entry = await sample.database.transaction(
      async (tx) => {
        await tx.query(commitSynchronously);
        return outbox.append(tx, 16, randomUUID(), [sampleEvent(1)]);
      },
      { durability: 'asynchronous' },
    );
    assert.equal(entry.seq, 1);
  });

  it('refuses to append nothing', async () => {
    await assert.rejects(append(17), RangeError);
    assert.deepEqual(await outbox.log.read(17, 0, 10), []);
  });

  it('refuses a reader that stands beyond the last number: the log was set back', async () => {
    await append(18, 1);
    await assert.rejects(outbox.log.read(18, 5, 10), { code: 'log_gap' });
  });

  it('names the same identity to everybody, and lists its streams', async () => {
    const other = createOutbox({ database: await sample.connect(), source: 'sample' });
    assert.equal(await other.log.identity(), await outbox.log.identity());
    await append(19, 1);
    const streams = await outbox.log.streams();
    assert.ok(streams.includes(0) && streams.includes(19));
  });
});
