import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { createInProcessBus, type StreamEntry } from '@taskflow/kit-messaging';
import { ConsumerProbe, createMemoryLog, type MemoryLog, MOVED, sampleEvent } from '@taskflow/kit-messaging/testing';
import { DatabaseError } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { systemClock } from '@taskflow/kit-time';
import { killBackend, someoneIsBlocked } from './testing/backend.ts';
import { createSampleConsumer, type SampleConsumer } from './testing/sample-consumer.ts';
import { type SampleDatabase, sampleDatabase } from './testing/sample-database.ts';
import { createPositions, isPositionMoved, PositionMovedError, type Positions } from './positions.ts';

const wipeEffects = { name: 'wipe-effects', text: 'delete from effects' };
const forgetNewest = {
  name: 'forget-newest',
  text: 'delete from positions where source = $1::text and seq = (select max(seq) from positions where source = $1::text)',
};
const dropLinks = {
  name: 'drop-links',
  text: 'delete from positions where source = $1::text and after_seq < $2::bigint',
};

describe('a position', () => {
  let sample: SampleDatabase;
  let consumer: SampleConsumer;
  let positions: Positions;
  let log: MemoryLog;
  let identity: string;
  let cases = 0;

  before(async () => {
    sample = await sampleDatabase();
    positions = createPositions({ database: sample.database });
  });
  beforeEach(async () => {
    await sample.database.query(wipeEffects);
    cases += 1;
    log = createMemoryLog(`sample-${cases}`);
    identity = await log.identity();
    consumer = createSampleConsumer(sample.database);
    await consumer.position(log.source, 0, identity);
  });
  after(() => sample.close());

  const emit = (number: number): StreamEntry => log.append(0, [sampleEvent(number)]);
  const seqs = async () => (await consumer.applied()).map(({ seq }) => seq);
  const stands = async () => (await positions.read(log.source, 0, identity)).seq;
  const advance = (from: number, to: number) =>
    sample.database.transaction((tx) =>
      positions.advance(tx, { source: log.source, stream: 0, from, to, logIdentity: identity }),
    );

  it('stands at 0 before the first entry, and where it was moved to afterwards', async () => {
    assert.equal(await stands(), 0);
    await advance(0, 3);
    await advance(3, 4);
    assert.equal(await stands(), 4);
  });

  it('belongs to one log: the same numbers of another are refused', async () => {
    await advance(0, 1);
    const other = '00000000-0000-4000-8000-00000000ffff';
    await assert.rejects(positions.read(log.source, 0, other), { code: 'position_identity' });
  });

  it('moves with the effect or not at all: a consumer killed between them repeats nothing and loses nothing', async () => {
    const entry = emit(1);
    const killed = sample.database.transaction(async (tx) => {
      await consumer.writeEffects(tx, [entry]);
      await killBackend(tx, sample.database);
      await consumer.movePosition(tx, [entry]);
    });
    await assert.rejects(killed, DatabaseError);
    assert.equal(await stands(), 0);
    assert.deepEqual(await seqs(), []);
    await consumer.apply([entry]);
    assert.deepEqual(await seqs(), [1]);
  });

  it('in a transaction of its own would let the same death repeat the effect', async () => {
    const entry = emit(1);
    await sample.database.transaction((tx) => consumer.writeEffects(tx, [entry]));
    const killed = sample.database.transaction(async (tx) => {
      await killBackend(tx, sample.database);
      await consumer.movePosition(tx, [entry]);
    });
    await assert.rejects(killed, DatabaseError);
    assert.equal(await stands(), 0);
    await consumer.apply([entry]);
    assert.deepEqual(await seqs(), [1, 1], 'the position did not know of the effect');
  });

  it('refuses a second applier of the same step while the first has not committed, and after', async () => {
    const entry = emit(1);
    const first = Promise.withResolvers<void>();
    const applied = Promise.withResolvers<void>();
    const winner = sample.database.transaction(async (tx) => {
      await consumer.movePosition(tx, [entry]);
      await consumer.writeEffects(tx, [entry]);
      applied.resolve();
      await first.promise;
    });
    await applied.promise;
    const loser = assert.rejects(consumer.apply([entry]), isPositionMoved);
    await someoneIsBlocked(sample.database);
    first.resolve();
    await winner;
    await loser;
    await assert.rejects(consumer.apply([entry]), PositionMovedError);
    assert.deepEqual(await seqs(), [1]);
  });

  it('lets the second applier win when the first one dies', async () => {
    const entry = emit(1);
    const applied = Promise.withResolvers<void>();
    const die = Promise.withResolvers<void>();
    const first = sample.database.transaction(async (tx) => {
      await consumer.movePosition(tx, [entry]);
      await consumer.writeEffects(tx, [entry]);
      applied.resolve();
      await die.promise;
      await killBackend(tx, sample.database);
      await consumer.writeEffects(tx, []);
    });
    await applied.promise;
    const second = consumer.apply([entry]);
    await someoneIsBlocked(sample.database);
    die.resolve();
    await assert.rejects(first, DatabaseError);
    await second;
    assert.deepEqual(await seqs(), [1]);
  });

  it('refuses an applier that starts from an older number, also when the links in between were pruned', async () => {
    const entries = [emit(1), emit(2), emit(3), emit(4)];
    await consumer.apply(entries.slice(0, 2));
    await consumer.apply(entries.slice(2, 3));
    await assert.rejects(consumer.apply(entries.slice(1, 4)), PositionMovedError);
    await sample.database.query(dropLinks, [log.source, 2]);
    // Without a look at where the chain ends, the key alone would let this one in now.
    await assert.rejects(consumer.apply(entries.slice(0, 4)), PositionMovedError);
    assert.deepEqual(await seqs(), [1, 2, 3]);
  });

  it('refuses to jump over entries', async () => {
    await assert.rejects(advance(4, 5), PositionMovedError);
    await advance(0, 1);
    await assert.rejects(advance(2, 3), PositionMovedError);
    await assert.rejects(advance(1, 1), DatabaseError);
  });

  it('that a crash set back is read again by the bus, and the lost entries are applied again', async () => {
    const probe = new ConsumerProbe({ consumer: 'sample', source: log.source, types: [MOVED], store: consumer });
    const bus = createInProcessBus({ clock: systemClock, telemetry: silentTelemetry() });
    const publisher = bus.attach(log);
    bus.subscribe(probe);
    await bus.start();
    try {
      publisher.committed(emit(1));
      await probe.reached(1);
      publisher.committed(emit(2));
      await probe.reached(2);
      // What a crash of the server does to an asynchronous commit that the disk did not have yet.
      await sample.database.query(forgetNewest, [log.source]);
      publisher.committed(emit(3));
      await probe.reached(3);
      assert.deepEqual(await seqs(), [1, 2, 2, 3]);
      assert.equal(await stands(), 3);
    } finally {
      await bus.stop();
    }
  });

  it('brings every entry to effect once while the bus delivers and every other delivery is killed half way', async () => {
    let deliveries = 0;
    const store: SampleConsumer = {
      ...consumer,
      apply: (entries) =>
        sample.database.transaction(async (tx) => {
          deliveries += 1;
          await consumer.writeEffects(tx, entries);
          if (deliveries % 2 === 1) await killBackend(tx, sample.database);
          await consumer.movePosition(tx, entries);
        }),
    };
    const probe = new ConsumerProbe({ consumer: 'sample', source: log.source, types: [MOVED], store, maxEvents: 2 });
    const bus = createInProcessBus({ clock: systemClock, telemetry: silentTelemetry() });
    const publisher = bus.attach(log);
    bus.subscribe(probe);
    await bus.start();
    try {
      for (let number = 1; number <= 12; number += 1) publisher.committed(emit(number));
      await probe.reached(12);
      assert.deepEqual(
        await seqs(),
        Array.from({ length: 12 }, (_, index) => index + 1),
      );
      assert.ok(deliveries >= 12, `${deliveries} deliveries`);
    } finally {
      await bus.stop();
    }
  });
});
