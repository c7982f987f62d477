import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { eventually, manualClock, signal, tryStartsAndStops } from '@taskflow/kit-testing';
import { systemClock } from '@taskflow/kit-time';
import { LogGapError } from '../delivery-errors.ts';
import { EntryFormatError } from '../entry-encoding.ts';
import type { StreamEntry } from '../event.ts';
import {
  ConsumerProbe,
  createMemoryLog,
  createMemoryStore,
  eventBusConformance,
  MOVED,
  memoryHarness,
  RENAMED,
  sampleEvent,
} from '../testing/index.ts';
import { setScene } from '../testing/bus-scene.ts';
import { createInProcessBus } from './in-process-bus.ts';

/** Small bounds and no rounds, as the suite asks. */
const narrow = { bounds: { maxEvents: 50, maxBytes: 1024 * 1024 }, roundMs: 3_600_000 };

eventBusConformance('the in-process bus over logs in memory', () =>
  Promise.resolve(
    memoryHarness(() => createInProcessBus({ clock: systemClock, telemetry: silentTelemetry(), ...narrow })),
  ),
);

describe('the in-process bus', () => {
  it('hands over the very objects that it was told of', async () => {
    const { bus, publisher, consumer, emit } = setScene();
    await bus.start();
    const entry = emit(3);
    publisher.committed(entry);
    await consumer.reached(1);
    assert.equal(consumer.calls[0]?.[0], entry);
    await bus.stop();
  });

  it('does not read the log for what it is told of in time', async () => {
    const { bus, clock, publisher, consumer, emit, log } = setScene();
    await bus.start();
    await eventually(() => clock.pending === 1);
    for (let seq = 1; seq <= 20; seq += 1) {
      publisher.committed(emit());
      await consumer.reached(seq);
    }
    assert.equal(log.reads, 1, 'at start');
    await bus.stop();
  });

  it('gives one call as many entries as came meanwhile, up to the events that the subscription takes', async () => {
    const { bus, publisher, consumer, emit } = setScene({ maxEvents: 4 });
    await bus.start();
    const entered = signal();
    const gate = Promise.withResolvers<void>();
    consumer.befall((_entries, apply) => {
      consumer.befall(undefined);
      entered.send();
      return gate.promise.then(apply);
    });
    publisher.committed(emit());
    await entered.next();
    for (let i = 0; i < 3; i += 1) publisher.committed(emit(2));
    publisher.committed(emit(9));
    gate.resolve();
    await consumer.reached(5);
    assert.deepEqual(
      consumer.calls.map((entries) => entries.map(({ seq }) => seq)),
      [[1], [2, 3], [4], [5]],
    );
    await bus.stop();
  });

  it('finds in a round what nobody told of', async () => {
    const { bus, clock, consumer, emit } = setScene();
    await bus.start();
    await eventually(() => clock.pending === 1);
    emit();
    await clock.advance(5000);
    await consumer.reached(1);
    await bus.stop();
  });

  it('looks into the log at once when a commit is in doubt', async () => {
    const { bus, clock, publisher, consumer, emit } = setScene();
    await bus.start();
    await eventually(() => clock.pending === 1);
    emit();
    publisher.recheckLog(0);
    await consumer.reached(1);
    await bus.stop();
  });

  it('reads a stream that came into being after the start', async () => {
    const { bus, publisher, consumer, log } = setScene();
    await bus.start();
    publisher.committed(log.append(7, [sampleEvent(1)]));
    await consumer.reached(1, 7);
    await bus.stop();
  });

  it('makes a consumer known to its producer before it delivers, and tells it what stays applied, and no more', async () => {
    const { bus, clock, publisher, consumer, store, emit, log } = setScene();
    const known: unknown[] = [];
    consumer.befall((_entries, apply) => {
      known.push(log.acknowledged.get('sample-consumer/0'));
      return apply();
    });
    let staysApplied = 0;
    store.durable = () => Promise.resolve(staysApplied);
    emit();
    await bus.start();
    await consumer.reached(1);
    assert.deepEqual(known, [0]);
    publisher.committed(emit());
    await consumer.reached(2);
    await eventually(() => clock.pending === 1);
    staysApplied = 1;
    await clock.advance(5000);
    await eventually(() => log.acknowledged.get('sample-consumer/0') === 1);
    assert.deepEqual(
      bus.consumers().map((one) => [one.seq, one.durable]),
      [[2, 1]],
    );
    staysApplied = 2;
    await eventually(() => clock.pending === 1);
    await clock.advance(5000);
    await eventually(() => log.acknowledged.get('sample-consumer/0') === 2);
    await bus.stop();
  });

  it('pauses longer from failure to failure, and reads the position again before each attempt', async () => {
    const { bus, clock, publisher, consumer, emit } = setScene();
    await bus.start();
    const failed = signal();
    consumer.befall(() => {
      failed.send();
      return Promise.reject(new Error('not now'));
    });
    publisher.committed(emit());
    for (const pauseMs of [50, 100, 200, 400]) {
      await failed.next();
      await eventually(() => clock.pending === 2);
      await clock.advance(pauseMs - 1);
      assert.equal(failed.waiting, 0);
      await clock.advance(1);
    }
    await failed.next();
    consumer.befall(undefined);
    await eventually(() => clock.pending === 2);
    await clock.advance(800);
    await consumer.reached(1);
    assert.equal(consumer.calls.length, 6);
    await bus.stop();
  });

  it('halts a consumer whose next entry is gone, shows it, keeps nothing for it, and lets the others go on', async () => {
    const { bus, publisher, consumer, emit, telemetry } = setScene();
    const other = new ConsumerProbe({
      consumer: 'other',
      source: 'sample',
      types: [MOVED],
      store: createMemoryStore(),
    });
    bus.subscribe(other);
    await bus.start();
    consumer.befall(() => Promise.reject(new LogGapError('sample', 0, 0, 'its entries up to 9 were dropped')));
    publisher.committed(emit());
    await eventually(() => bus.consumers().some(({ state }) => state === 'halted'));
    publisher.committed(emit());
    await eventually(() => bus.consumers()[1]?.seq === 2);
    assert.equal(consumer.calls.length, 1);
    assert.deepEqual(
      bus.consumers().map((one) => [one.consumer, one.state, one.lag]),
      [
        ['sample-consumer', 'halted', 2],
        ['other', 'reading', 0],
      ],
    );
    const metrics = await telemetry.metrics.metrics();
    assert.match(metrics, /event_bus_halted\{consumer="sample-consumer",source="sample",stream="0"\} 1/);
    assert.match(metrics, /event_bus_lag_entries\{consumer="sample-consumer",source="sample",stream="0"\} 2/);
    await bus.stop();
  });

  it('tells what keeps a consumer from going on, since when, and no longer when it goes on', async () => {
    const { bus, clock, publisher, consumer, emit } = setScene();
    await bus.start();
    publisher.committed(emit());
    await consumer.reached(1);
    consumer.befall(() => Promise.reject(new Error('not now')));
    const since = clock.now();
    publisher.committed(emit());
    await eventually(() => clock.pending === 2);
    await clock.advance(50);
    await eventually(() => bus.consumers()[0]?.repeats === 2);
    const { failingSince, lastError, repeats, haltedBecause, lag, state } = bus.consumers()[0] ?? assert.fail();
    assert.deepEqual(
      { failingSince, lastError, repeats, haltedBecause, lag, state },
      {
        failingSince: since,
        lastError: { message: 'not now', seq: 2 },
        repeats: 2,
        haltedBecause: undefined,
        lag: 1,
        state: 'reading',
      },
    );
    consumer.befall(undefined);
    await eventually(() => clock.pending === 2);
    await clock.advance(100);
    await consumer.reached(2);
    await eventually(() => bus.consumers()[0]?.failingSince === undefined);
    await bus.stop();
  });

  it('tells of a consumer that neither applies nor fails, and hands nothing over meanwhile', async () => {
    const { bus, clock, publisher, consumer, emit } = setScene();
    await bus.start();
    const gate = Promise.withResolvers<void>();
    consumer.befall((_entries, apply) => gate.promise.then(apply));
    publisher.committed(emit());
    await eventually(() => consumer.calls.length === 1);
    const since = clock.now() + 60_000;
    await clock.advance(59_999);
    assert.equal(bus.consumers()[0]?.failingSince, undefined);
    await clock.advance(1);
    const { failingSince, lastError, repeats } = bus.consumers()[0] ?? assert.fail();
    assert.deepEqual(
      [failingSince, lastError, repeats],
      [since, { message: 'apply has not ended within 60000 ms', seq: 1 }, 0],
    );
    assert.equal(consumer.calls.length, 1);
    gate.resolve();
    await consumer.reached(1);
    await eventually(() => bus.consumers()[0]?.failingSince === undefined);
    await bus.stop();
  });

  it('asks the log how far a consumer is behind', async () => {
    const { bus, clock, publisher, consumer, emit } = setScene();
    await bus.start();
    await eventually(() => clock.pending === 1);
    const gate = Promise.withResolvers<void>();
    consumer.befall((_entries, apply) => gate.promise.then(apply));
    publisher.committed(emit());
    await eventually(() => consumer.calls.length === 1);
    for (let i = 0; i < 3; i += 1) emit();
    await clock.advance(5000);
    await eventually(() => bus.consumers()[0]?.lag === 4);
    gate.resolve();
    await eventually(() => bus.consumers()[0]?.lag === 0);
    await bus.stop();
  });

  it('tells at a start nothing of a position that a crash may take back', async () => {
    const { bus, publisher, consumer, emit, log, store } = setScene();
    await bus.start();
    publisher.committed(emit());
    await consumer.reached(1);
    await bus.stop();
    log.acknowledged.clear();
    store.durable = () => Promise.resolve(0);
    const next = createInProcessBus({ clock: manualClock(), telemetry: silentTelemetry() });
    next.attach(log);
    next.subscribe(consumer);
    await next.start();
    assert.equal(log.acknowledged.get('sample-consumer/0'), 0);
    await next.stop();
  });

  it('halts a consumer whose next entry cannot be decoded', async () => {
    const { bus, log } = setScene();
    log.append(0, [sampleEvent(1)]);
    log.read = () => Promise.reject(new EntryFormatError('its rows are not JSON'));
    await bus.start();
    await eventually(() => bus.consumers()[0]?.state === 'halted');
    await bus.stop();
  });

  it('moves the position over entries without a wanted event', async () => {
    const { bus, publisher, consumer, emit } = setScene({ types: [RENAMED] });
    await bus.start();
    publisher.committed(emit(3, MOVED));
    await consumer.reached(1);
    assert.deepEqual(
      consumer.calls.flat().map(({ seq, events }: StreamEntry) => [seq, events.length]),
      [[1, 0]],
    );
    await bus.stop();
  });

  it('keeps nothing of a producer that nobody reads', async () => {
    const { bus } = setScene();
    const lonely = createMemoryLog('lonely');
    const publisher = bus.attach(lonely);
    await bus.start();
    publisher.committed(lonely.append(0, [sampleEvent(1)]));
    await bus.stop();
    assert.equal(lonely.reads, 0);
  });

  it('refuses what can only be a mistake', async () => {
    const { bus, log, consumer } = setScene();
    assert.throws(() => bus.attach(log), TypeError);
    assert.throws(() => bus.subscribe(consumer), TypeError);
    const orphan = createInProcessBus({ clock: manualClock(), telemetry: silentTelemetry() });
    orphan.subscribe(consumer);
    await assert.rejects(orphan.start(), TypeError);
  });

  it('starts and stops once, however often it is asked', async () => {
    const { bus } = setScene();
    assert.equal(bus.start(), bus.start());
    assert.equal(bus.stop(), bus.stop());
    await bus.stop();
  });

  it('holds under starts and stops in any order, with and without deliveries under way', () =>
    tryStartsAndStops(() => {
      const { bus, clock, publisher, consumer, emit } = setScene();
      let applying = 0;
      consumer.befall(async (_entries, apply) => {
        applying += 1;
        await new Promise<void>((resolve) => clock.after(300, resolve));
        await apply();
        applying -= 1;
      });
      return {
        service: bus,
        pass: () => clock.advance(200),
        engage: () => publisher.committed(emit(3)),
        left: () => (applying + clock.pending > 0 ? [`${applying} deliveries, ${clock.pending} timers`] : []),
      };
    }));
});
