import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createInProcessBus, type StreamEntry } from '@taskflow/kit-messaging';
import { ConsumerProbe, createMemoryStore, MOVED, sampleEvent } from '@taskflow/kit-messaging/testing';
import { CommitUnknownError, type Database, DatabaseError } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { systemClock } from '@taskflow/kit-time';
import { appendOne } from './testing/append-one.ts';
import { someoneIsBlocked } from './testing/backend.ts';
import { type CommitCuttingProxy, commitCuttingProxy } from './testing/commit-cutting-proxy.ts';
import { type SampleDatabase, sampleDatabase } from './testing/sample-database.ts';
import { createOutbox, type Outbox } from './outbox.ts';

describe('a commit whose outcome is unknown', () => {
  let sample: SampleDatabase;
  let proxy: CommitCuttingProxy;
  let doubtful: Database;
  let outbox: Outbox;

  beforeEach(async () => {
    sample = await sampleDatabase();
    proxy = await commitCuttingProxy(sample.url);
    doubtful = await sample.connect({ url: proxy.url, poolSize: 1 });
    outbox = createOutbox({ database: sample.database, source: 'sample' });
  });
  afterEach(async () => {
    await proxy.close();
    await sample.close();
  });

  const write = (database: Database, batchId: string, number: number): Promise<StreamEntry> =>
    appendOne(database, outbox, [sampleEvent(number)], { batchId });

  const logged = async () => (await outbox.log.read(0, 0, 100)).map(({ seq, events }) => [seq, events.length]);

  it('is found by its batch when it took effect', async () => {
    const batchId = randomUUID();
    proxy.doom('answer-lost');
    await assert.rejects(write(doubtful, batchId, 1), CommitUnknownError);
    const found = await outbox.recall(0, batchId);
    assert.deepEqual(found, [{ source: 'sample', stream: 0, seq: 1, events: [sampleEvent(1)] }]);
  });

  it('is delivered after a recheck when it took effect', async () => {
    const probe = new ConsumerProbe({
      consumer: 'sample-consumer',
      source: 'sample',
      types: [MOVED],
      store: createMemoryStore(),
    });
    const bus = createInProcessBus({ clock: systemClock, telemetry: silentTelemetry(), roundMs: 3_600_000 });
    const publisher = bus.attach(outbox.log);
    bus.subscribe(probe);
    await bus.start();
    try {
      publisher.committed(await write(sample.database, randomUUID(), 1));
      await probe.reached(1);
      proxy.doom('answer-lost');
      await assert.rejects(write(doubtful, randomUUID(), 2), CommitUnknownError);
      publisher.recheckLog(0);
      await probe.reached(2);
      assert.deepEqual(
        (await probe.applied()).map(({ id }) => id),
        [sampleEvent(1).id, sampleEvent(2).id],
      );
    } finally {
      await bus.stop();
    }
  });

  it('is decided to be absent when it did not, and a void entry fills its number', async () => {
    const batchId = randomUUID();
    proxy.doom('lost');
    await assert.rejects(write(doubtful, batchId, 1), CommitUnknownError);
    assert.equal(await outbox.recall(0, batchId), undefined);
    assert.equal(await outbox.recall(0, batchId), undefined);
    await write(sample.database, randomUUID(), 1);
    assert.deepEqual(await logged(), [
      [1, 0],
      [2, 1],
    ]);
  });

  it('is waited for while the server still holds it', async () => {
    const batchId = randomUUID();
    proxy.doom('late');
    await assert.rejects(write(doubtful, batchId, 1), CommitUnknownError);
    const recalled = outbox.recall(0, batchId);
    await someoneIsBlocked(sample.database);
    // Whoever only looks, as a plain read does, concludes here that nothing was written, and writes it again.
    assert.deepEqual(await outbox.log.read(0, 0, 10), []);
    await proxy.release();
    assert.equal((await recalled)?.[0]?.seq, 1);
    assert.deepEqual(await logged(), [[1, 1]]);
  });

  it('cannot take effect any more once it was decided to be absent', async () => {
    const batchId = randomUUID();
    const begun = Promise.withResolvers<void>();
    const decided = Promise.withResolvers<void>();
    const late = sample.database.transaction(async (tx) => {
      await tx.query({ name: 'begun', text: 'select 1' });
      begun.resolve();
      await decided.promise;
      return outbox.append(tx, 0, batchId, [sampleEvent(1)]);
    });
    await begun.promise;
    assert.equal(await outbox.recall(0, batchId), undefined);
    decided.resolve();
    await assert.rejects(late, (error) => error instanceof DatabaseError && error.constraint === 'outbox_batch_key');
    assert.deepEqual(await logged(), [[1, 0]]);
  });
});
