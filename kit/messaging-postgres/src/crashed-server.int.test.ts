import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { createInProcessBus, type InProcessBus, type Publisher } from '@taskflow/kit-messaging';
import { ConsumerProbe, MOVED, sampleEvent } from '@taskflow/kit-messaging/testing';
import { createDatabase, type Database, migrate } from '@taskflow/kit-postgres';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { eventually, temporaryDirectory } from '@taskflow/kit-testing';
import { systemClock } from '@taskflow/kit-time';
import { createOutbox, type Outbox } from './outbox.ts';
import { createPositions } from './positions.ts';
import { createPruner } from './pruning.ts';
import { appendOne } from './testing/append-one.ts';
import { createSampleConsumer, type SampleConsumer } from './testing/sample-consumer.ts';
import { type SampleDatabase, sampleDatabase, sampleLines } from './testing/sample-database.ts';

/** Nothing that commits asynchronously reaches the disk by itself within a test: a crash takes all of it. */
const settings = { fsync: 'off', wal_writer_delay: '10s', autovacuum: 'off' };

describe('a consumer whose server crashes', { timeout: 120_000 }, () => {
  const dataDir = temporaryDirectory();
  const { log } = silentTelemetry();
  const telemetry = silentTelemetry();
  let server: EmbeddedPostgres;
  let producer: SampleDatabase;
  let consumerDatabase: Database;
  let outbox: Outbox;
  let store: SampleConsumer;
  let probe: ConsumerProbe;
  let bus: InProcessBus;
  let publisher: Publisher;
  let name = 0;

  async function startServer(): Promise<void> {
    server = await startEmbeddedPostgres({ dataDir, settings, log });
  }

  /** What was written and not flushed is lost. */
  async function crash(): Promise<void> {
    await server.stop('immediate');
    await startServer();
  }

  before(startServer);
  after(() => server.stop('immediate'));

  beforeEach(async () => {
    name += 1;
    await server.ensureDatabase(`consumer_${name}`);
    const url = server.url(`consumer_${name}`);
    await migrate({ url, lines: sampleLines });
    consumerDatabase = createDatabase({ url, name: 'consumer', poolSize: 2, profile: 'data-path', telemetry });
    await consumerDatabase.start();
    store = createSampleConsumer(consumerDatabase, { durability: 'asynchronous' });
    producer = await sampleDatabase();
    outbox = createOutbox({ database: producer.database, source: 'sample' });
    probe = new ConsumerProbe({ consumer: 'sample-consumer', source: 'sample', types: [MOVED], store });
  });

  afterEach(async () => {
    await bus.stop();
    await consumerDatabase.stop();
    await producer.close();
  });

  async function startBus(roundMs: number): Promise<void> {
    bus = createInProcessBus({ clock: systemClock, telemetry: silentTelemetry(), roundMs });
    publisher = bus.attach(outbox.log);
    bus.subscribe(probe);
    await bus.start();
  }

  async function emit(number: number): Promise<void> {
    publisher.committed(await appendOne(producer.database, outbox, [sampleEvent(number)]));
  }

  const applied = async () => (await probe.applied()).map(({ seq }) => seq);

  it('gets again what the crash took, with no traffic and no round', async () => {
    await startBus(3_600_000);
    for (let number = 1; number <= 3; number += 1) await emit(number);
    await probe.reached(3);
    const calls = probe.calls.length;
    await crash();
    await eventually(async () => (await applied()).length === 3);
    assert.ok(probe.calls.length > calls, 'the crash had taken something');
    assert.deepEqual(await applied(), [1, 2, 3]);
  });

  it('is told to its producer as far as no crash takes it back', async () => {
    await startBus(3_600_000);
    const positions = createPositions({ database: consumerDatabase });
    for (let number = 1; number <= 3; number += 1) {
      await emit(number);
      await probe.reached(number);
      const identity = await outbox.log.identity();
      const durable = await positions.durable('sample', 0, identity);
      assert.equal(durable, number);
      probe.befall(() => Promise.reject(new Error('not now')));
      await crash();
      const { seq } = await eventually(() => positions.read('sample', 0, identity));
      assert.ok(seq >= durable, `${seq} is before ${durable}`);
      probe.befall(undefined);
    }
  });

  it('never misses an entry that was dropped, however soon entries are dropped', async () => {
    await startBus(1);
    const prune = createPruner({ database: producer.database, keepMs: 0 });
    for (let number = 1; number <= 6; number += 1) {
      await emit(number);
      await probe.reached(number);
      if (number % 2 === 0) await eventually(() => bus.consumers()[0]?.durable === number);
      await prune(new AbortController().signal);
      await crash();
      await prune(new AbortController().signal);
      await eventually(async () => (await applied()).length === number);
      assert.equal(bus.consumers()[0]?.haltedBecause, undefined);
    }
  });
});
