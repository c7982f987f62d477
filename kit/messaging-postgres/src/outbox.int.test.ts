import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { encodeEntry, type EventRecord, maxEntryBytes, type StreamEntry } from '@taskflow/kit-messaging';
import { DatabaseError } from '@taskflow/kit-postgres';
import { SAMPLE_PAYLOAD, sampleEvent, sampleEvents } from '@taskflow/kit-messaging/testing';
import { appendOne } from './testing/append-one.ts';
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
    appendOne(
      sample.database,
      outbox,
      numbers.map((n) => sampleEvent(n)),
      { stream },
    );

  it('numbers each stream densely from 1, and reads back what was appended, character by character', async () => {
    const reported = [await append(10, 1, 2), await append(10, 3)];
    const other = await append(11, 4);
    assert.deepEqual(
      [...reported, other].map(({ seq }) => seq),
      [1, 2, 1],
    );
    assert.deepEqual(await outbox.log.read(10, 0, 10), reported);
    assert.equal(reported[0]?.events[0]?.raw?.payload, SAMPLE_PAYLOAD);
    assert.deepEqual(await outbox.log.read(10, 1, 10), reported.slice(1));
    assert.deepEqual(await outbox.log.read(10, 0, 1), reported.slice(0, 1));
    assert.deepEqual(await outbox.log.read(10, 2, 10), []);
  });

  it('leaves no number and no row behind when the transaction rolls back', async () => {
    await append(12, 1);
    const rolledBack = sample.database.transaction(async (tx) => {
      await outbox.append(tx, 12, randomUUID(), [sampleEvent(2)]);
      throw new RangeError('the work changed its mind');
    });
    await assert.rejects(rolledBack, RangeError);
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
    const [entry] = await sample.database.transaction(
      async (tx) => {
        await tx.query(commitSynchronously);
        return outbox.append(tx, 16, randomUUID(), [sampleEvent(1)]);
      },
      { durability: 'asynchronous' },
    );
    assert.equal(entry?.seq, 1);
  });

  /** Incompressible, so that it is as large stored as expanded. */
  const noise = (megabytes: number) => JSON.stringify(randomBytes(megabytes * 786_432).toString('base64'));
  const large = (number: number, megabytes: number): EventRecord => ({
    ...sampleEvent(number),
    raw: { payload: noise(megabytes) },
  });
  const sizes = {
    name: 'sizes',
    text: 'select seq, octet_length(body) as stored, bytes from outbox where stream = $1::int',
  };

  it('divides what is more than an entry holds, under consecutive numbers and in one transaction', async () => {
    await append(20, 0);
    const events = [1, 2, 3, 4, 5].map((number) => large(number, 3));
    const batchId = randomUUID();
    const reported = await sample.database.transaction((tx) => outbox.append(tx, 20, batchId, events));
    assert.deepEqual(
      reported.map(({ seq, events: own }) => [seq, own.length]),
      [
        [2, 2],
        [3, 2],
        [4, 1],
      ],
    );
    for (const row of await sample.database.query<{ stored: number; bytes: number }>(sizes, [20])) {
      assert.ok(row.stored <= maxEntryBytes && row.bytes <= maxEntryBytes);
    }
    assert.equal((await append(20, 6)).seq, 5);
    const read: StreamEntry[] = [];
    for (let at = 1; at < 4; at = read.at(-1)?.seq ?? 4) {
      const page = await outbox.log.read(20, at, 100);
      assert.ok(page.length < 3, 'a read is bounded by what it expands to');
      read.push(...page);
    }
    assert.deepEqual(read.slice(0, 3), reported);
    assert.deepEqual(await outbox.recall(20, batchId), reported, 'all of them are found again by their batch');
  });

  it('divides by bounds that are told, and gives every entry of them to a reader', async () => {
    const small = createOutbox({
      database: sample.database,
      source: 'sample',
      bounds: { entryBytes: 1_000, readBytes: 1_500 },
    });
    const events = sampleEvents(1, 20);
    const reported = await sample.database.transaction((tx) => small.append(tx, 25, randomUUID(), events));
    assert.ok(reported.length >= 5, `${reported.length} entries`);
    const read: StreamEntry[] = [];
    while (read.length < reported.length) {
      const page = await small.log.read(25, read.length, 100);
      assert.ok(page.length > 0 && page.length <= 3, `${page.length} entries`);
      read.push(...page);
    }
    assert.deepEqual(read, reported);
  });

  it('decides about all entries of a batch at once', async () => {
    const batchId = randomUUID();
    assert.equal(await outbox.recall(21, batchId), undefined);
    const late = sample.database.transaction((tx) => outbox.append(tx, 21, batchId, [large(1, 5), large(2, 5)]));
    await assert.rejects(late, (error) => error instanceof DatabaseError && error.constraint === 'outbox_batch_key');
    assert.deepEqual(
      (await outbox.log.read(21, 0, 10)).map(({ seq, events }) => [seq, events.length]),
      [[1, 0]],
    );
  });

  it('refuses an event that alone is more than an entry holds, before anything of the transaction stays', async () => {
    await append(22, 1);
    const refused = sample.database.transaction(async (tx) => {
      await outbox.append(tx, 22, randomUUID(), [sampleEvent(2), large(3, 9)]);
    });
    await assert.rejects(refused, { code: 'event_too_large', subject: sampleEvent(3).subject });
    assert.equal((await append(22, 4)).seq, 2);
  });

  it('refuses to expand a stored entry to more than an entry holds', async () => {
    const bomb = Buffer.concat([Buffer.from([1]), zstdCompressSync(Buffer.alloc(64 * 1024 * 1024, 0x20))]);
    await append(23, 1);
    const damage = { name: 'damage', text: 'update outbox set body = $2::bytea where stream = $1::int' };
    await sample.database.query(damage, [23, bomb]);
    await assert.rejects(outbox.log.read(23, 0, 10), { code: 'entry_format', message: /does not expand/ });
  });

  it('still reads an entry that was written before entries were bounded', async () => {
    const old = encodeEntry([large(1, 9)]);
    await append(24, 1);
    const age = { name: 'age', text: 'update outbox set body = $2::bytea, bytes = null where stream = $1::int' };
    await sample.database.query(age, [24, old]);
    assert.equal((await outbox.log.read(24, 0, 10))[0]?.events.length, 1);
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
