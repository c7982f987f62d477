import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, signal } from '@taskflow/kit-testing';
import { LogGapError } from '../delivery-errors.ts';
import { setScene } from '../testing/bus-scene.ts';
import type { ConsumerProbe } from '../testing/index.ts';

describe('the in-process bus when a database began a new run', () => {
  const applied = async (consumer: ConsumerProbe) => (await consumer.applied()).map(({ seq }) => seq);
  /** So that no round comes to help. */
  const unsuspicious = () => Promise.resolve(1_000);

  it('hands over again what the consumer lost, with no traffic', async () => {
    const { bus, publisher, store, consumer, emit } = setScene();
    await bus.start();
    for (let seq = 1; seq <= 3; seq += 1) publisher.committed(emit());
    await consumer.reached(3);
    store.crash('sample', 0, 1);
    assert.deepEqual(await applied(consumer), [1]);
    await eventually(async () => (await applied(consumer)).length === 3);
    assert.equal(bus.consumers()[0]?.lag, 0);
    await bus.stop();
  });

  it('does not believe an answer of the run before', async () => {
    const { bus, publisher, store, consumer, emit } = setScene();
    store.durable = unsuspicious;
    await bus.start();
    const gate = Promise.withResolvers<void>();
    const entered = signal();
    consumer.befall(async (_entries, apply) => {
      consumer.befall(undefined);
      await apply();
      entered.send();
      await gate.promise;
    });
    publisher.committed(emit());
    await entered.next();
    store.crash('sample', 0, 0);
    gate.resolve();
    await eventually(async () => (await applied(consumer)).length === 1);
    assert.equal(consumer.calls.length, 2);
    await bus.stop();
  });

  it('does not believe a position or an entry that was read in the run before', async () => {
    const { bus, publisher, store, consumer, emit, log } = setScene();
    store.durable = unsuspicious;
    await bus.start();
    publisher.committed(emit());
    await consumer.reached(1);
    const { position } = store;
    const gate = Promise.withResolvers<void>();
    const asked = signal();
    store.position = async (...of) => {
      store.position = position;
      const old = await position(...of);
      asked.send();
      await gate.promise;
      return old;
    };
    store.incarnation.change();
    await asked.next();
    store.crash('sample', 0, 0);
    gate.resolve();
    await eventually(async () => (await applied(consumer)).length === 1);

    const { read } = log;
    const hold = Promise.withResolvers<void>();
    log.read = async (...of) => {
      log.read = read;
      const old = await read(...of);
      asked.send();
      await hold.promise;
      return old;
    };
    emit();
    publisher.recheckLog(0);
    await asked.next();
    log.incarnation.change();
    hold.resolve();
    await consumer.reached(2);
    assert.equal(log.reads >= 3, true, 'the log was read again');
    await bus.stop();
  });

  it('reads the log of a producer again, with no traffic', async () => {
    const { bus, clock, publisher, consumer, emit, log } = setScene();
    await bus.start();
    publisher.committed(emit());
    await consumer.reached(1);
    await eventually(() => clock.pending === 1);
    emit();
    log.incarnation.change();
    await consumer.reached(2);
    await bus.stop();
  });

  it('gives a consumer that had stopped another try', async () => {
    const { bus, publisher, store, consumer, emit } = setScene();
    await bus.start();
    consumer.befall(() => Promise.reject(new LogGapError('sample', 0, 0, 'its entries up to 9 were dropped')));
    publisher.committed(emit());
    await eventually(() => bus.consumers()[0]?.haltedBecause !== undefined);
    consumer.befall(undefined);
    store.incarnation.change();
    await consumer.reached(1);
    await eventually(() => bus.consumers()[0]?.state === 'reading' && bus.consumers()[0]?.repeats === 0);
    await bus.stop();
  });

  it('waits no pause of the run before out', async () => {
    const { bus, clock, publisher, store, consumer, emit } = setScene();
    await bus.start();
    consumer.befall(() => Promise.reject(new Error('not now')));
    publisher.committed(emit());
    await eventually(() => clock.pending === 2);
    consumer.befall(undefined);
    store.incarnation.change();
    await consumer.reached(1);
    await bus.stop();
  });

  it('tells the producer again how far everyone is', async () => {
    const { bus, clock, publisher, consumer, emit, log } = setScene();
    await bus.start();
    publisher.committed(emit());
    await consumer.reached(1);
    await eventually(() => clock.pending === 1);
    await clock.advance(5000);
    await eventually(() => log.acknowledged.get('sample-consumer/0') === 1);
    log.acknowledged.clear();
    log.incarnation.change();
    await eventually(() => log.acknowledged.get('sample-consumer/0') === 1);
    await bus.stop();
  });

  it('and nobody told of it: a round finds what either database lacks', async () => {
    const { bus, clock, publisher, store, consumer, emit } = setScene();
    await bus.start();
    publisher.committed(emit());
    await consumer.reached(1);
    await eventually(() => clock.pending === 1);
    store.rewind('sample', 0, 0);
    await clock.advance(5000);
    await eventually(async () => (await applied(consumer)).length === 1);
    await bus.stop();
  });

  it('and its log is shorter than the position: the consumer stops, at once', async () => {
    const { bus, clock, publisher, consumer, emit, log } = setScene();
    await bus.start();
    for (let seq = 1; seq <= 2; seq += 1) publisher.committed(emit());
    await consumer.reached(2);
    await eventually(() => clock.pending === 1);
    log.truncate(0, 1);
    log.incarnation.change();
    await eventually(() => bus.consumers()[0]?.state === 'halted');
    await bus.stop();
  });

  it('and its log is shorter, and nobody told of it: the consumer stops in the next round', async () => {
    const { bus, clock, publisher, consumer, emit, log } = setScene();
    await bus.start();
    for (let seq = 1; seq <= 2; seq += 1) publisher.committed(emit());
    await consumer.reached(2);
    await eventually(() => clock.pending === 1);
    log.truncate(0, 1);
    await clock.advance(5000);
    await eventually(() => bus.consumers()[0]?.state === 'halted');
    assert.match(bus.consumers()[0]?.haltedBecause ?? '', /the last number that it drew is 1/);
    await bus.stop();
  });
});
