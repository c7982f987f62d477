import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { StreamEntry } from '../event.ts';
import type { EventBus, Publisher } from '../event-bus.ts';
import type { BusHarness, Producer } from './bus-harness.ts';
import { ConsumerProbe } from './consumer-probe.ts';
import { MOVED, RENAMED, SAMPLE_PAYLOAD, sampleEvent, sampleEvents } from './sample-events.ts';

const SOURCE = 'sample-producer';
const deadline = { timeout: 60_000 };

/** What every bus promises. Each case gets a harness of its own. */
export function eventBusConformance(name: string, makeHarness: () => Promise<BusHarness>): void {
  describe(`${name} keeps the promises of an event bus`, deadline, () => {
    let scene: Scene;

    beforeEach(async () => {
      scene = await Scene.set(await makeHarness());
    });
    afterEach(() => scene.close());

    it('delivers what is told in any order in the order of the stream, each entry once', async () => {
      const consumer = await scene.consumer();
      await scene.start();
      const entries = await scene.commit(40);
      for (const entry of shuffled(entries)) scene.publisher.committed(entry);
      await consumer.reached(40);
      await assertAppliedInOrder(consumer, 40);
      assert.equal(consumer.overlapped, false);
    });

    it('delivers what was committed before it started', async () => {
      const consumer = await scene.consumer();
      const [first, second] = await scene.commit(2);
      scene.publisher.committed(second as StreamEntry);
      scene.publisher.committed(first as StreamEntry);
      await scene.commit(1);
      await scene.start();
      await consumer.reached(3);
      await assertAppliedInOrder(consumer, 3);
    });

    it('drops what it was told of before', async () => {
      const consumer = await scene.consumer();
      await scene.start();
      const entries = await scene.commit(3);
      for (const entry of [...entries, ...entries]) scene.publisher.committed(entry);
      await consumer.reached(3);
      for (const entry of [...entries, ...(await scene.commit(1))]) scene.publisher.committed(entry);
      await consumer.reached(4);
      await assertAppliedInOrder(consumer, 4);
    });

    it('finds in the log what nobody told of', async () => {
      const consumer = await scene.consumer();
      await scene.start();
      for (const entry of await scene.commit(2)) scene.publisher.committed(entry);
      await consumer.reached(2);
      const [third, , fifth] = await scene.commit(3);
      scene.publisher.committed(third as StreamEntry);
      scene.publisher.committed(fifth as StreamEntry);
      await consumer.reached(5);
      await assertAppliedInOrder(consumer, 5);
    });

    it('delivers after a recheck what a commit with an unknown outcome left, and nothing when it left nothing', async () => {
      const consumer = await scene.consumer();
      await scene.start();
      for (const entry of await scene.commit(1)) scene.publisher.committed(entry);
      await consumer.reached(1);
      scene.publisher.recheckLog(0);
      await scene.commit(1);
      scene.publisher.recheckLog(0);
      await consumer.reached(2);
      await assertAppliedInOrder(consumer, 2);
    });

    it('goes on from the position after a restart', async () => {
      const before = await scene.consumer();
      await scene.start();
      for (const entry of await scene.commit(5)) scene.publisher.committed(entry);
      await before.reached(5);
      await scene.stop();
      await scene.commit(5);

      scene.renewBus();
      const after = await scene.consumer({ probe: before });
      await scene.start();
      await after.reached(10);
      await assertAppliedInOrder(after, 10);
      assert.equal(after.calls[0]?.[0]?.seq, 6);
    });

    it('lets a consumer that stands still hold back nobody, and hands it everything later', async () => {
      const slow = await scene.consumer({ consumer: 'slow' });
      const quick = await scene.consumer({ consumer: 'quick' });
      const gate = Promise.withResolvers<void>();
      slow.befall((_entries, apply) => gate.promise.then(apply));
      await scene.start();
      for (let round = 0; round < 30; round += 1) {
        for (const entry of await scene.commit(10)) scene.publisher.committed(entry);
      }
      await quick.reached(300);
      assert.deepEqual(await slow.applied(), []);
      slow.befall(undefined);
      gate.resolve();
      await slow.reached(300);
      await assertAppliedInOrder(slow, 300);
      await assertAppliedInOrder(quick, 300);
    });

    it('hands an entry that cannot be applied over again, after those before it and before those behind it', async () => {
      const consumer = await scene.consumer();
      let failures = 0;
      let effectsBefore: number[] = [];
      consumer.befall(async (entries, apply) => {
        if (entries.some(({ seq }) => seq === 3) && failures < 4) {
          failures += 1;
          effectsBefore = await numbers(consumer);
          throw new Error('cannot be applied');
        }
        return apply();
      });
      const entries = await scene.commit(6);
      await scene.start();
      for (const entry of entries) scene.publisher.committed(entry);
      await consumer.reached(6);
      assert.deepEqual(effectsBefore, [1, 2]);
      assert.equal(failures, 4);
      await assertAppliedInOrder(consumer, 6);
    });

    it('does not repeat an effect whose commit arrived although `apply` failed', async () => {
      const consumer = await scene.consumer();
      consumer.befall(async (_entries, apply) => {
        consumer.befall(undefined);
        await apply();
        throw new Error('the answer to COMMIT was lost');
      });
      await scene.start();
      for (const entry of await scene.commit(4)) scene.publisher.committed(entry);
      await consumer.reached(4);
      await assertAppliedInOrder(consumer, 4);
    });

    it('gives each consumer its types alone, and moves both positions over the rest', async () => {
      const moves = await scene.consumer({ consumer: 'moves', types: [MOVED] });
      const names = await scene.consumer({ consumer: 'names', types: [RENAMED] });
      await scene.start();
      const mixed = [sampleEvent(1, MOVED), sampleEvent(2, RENAMED), sampleEvent(3, MOVED)];
      scene.publisher.committed(await scene.producer.commit(0, mixed));
      scene.publisher.committed(await scene.producer.commit(0, sampleEvents(4, 2, MOVED)));
      await Promise.all([moves.reached(2), names.reached(2)]);
      assert.deepEqual(await numbers(moves), [1, 3, 4, 5]);
      assert.deepEqual(await numbers(names), [2]);
    });

    it('keeps streams apart: one that stands still does not stop another', async () => {
      const consumer = await scene.consumer();
      const gate = Promise.withResolvers<void>();
      consumer.befall((entries, apply) => (entries[0]?.stream === 0 ? gate.promise.then(apply) : apply()));
      await scene.start();
      scene.publisher.committed(await scene.producer.commit(0, [sampleEvent(1)]));
      for (let number = 2; number <= 4; number += 1) {
        scene.publisher.committed(await scene.producer.commit(1, [sampleEvent(number)]));
      }
      await consumer.reached(3, 1);
      assert.deepEqual(await numbers(consumer), [2, 3, 4]);
      gate.resolve();
      await consumer.reached(1, 0);
    });

    it('hands raw members over character by character, told or read again', async () => {
      const consumer = await scene.consumer();
      await scene.commit(1);
      await scene.start();
      await consumer.reached(1);
      for (const entry of await scene.commit(1)) scene.publisher.committed(entry);
      await consumer.reached(2);
      const payloads = (await consumer.applied()).map(({ payload }) => payload);
      assert.deepEqual(payloads, [SAMPLE_PAYLOAD, SAMPLE_PAYLOAD]);
    });

    it('refuses to start a consumer whose position belongs to another log', async () => {
      const before = await scene.consumer();
      await scene.commit(1);
      await scene.start();
      await before.reached(1);
      await scene.stop();

      scene.renewBus();
      const after = await scene.consumer({ probe: before, identity: '00000000-0000-4000-8000-00000000ffff' });
      await assert.rejects(scene.start(), { code: 'position_identity' });
      assert.deepEqual(after.calls, []);
    });

    it('lets a delivery in flight end before it has stopped, and starts no other', async () => {
      const consumer = await scene.consumer();
      const entered = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      consumer.befall(async (_entries, apply) => {
        entered.resolve();
        await gate.promise;
        await apply();
      });
      await scene.start();
      for (const entry of await scene.commit(1)) scene.publisher.committed(entry);
      await entered.promise;
      const stopping = scene.stop();
      for (const entry of await scene.commit(1)) scene.publisher.committed(entry);
      gate.resolve();
      await stopping;
      await assertAppliedInOrder(consumer, 1);
      assert.equal(consumer.calls.length, 1);
    });
  });
}

/** One producer, its consumers, and the bus between them. */
class Scene {
  readonly #harness: BusHarness;
  readonly producer: Producer;
  readonly #stores = new Map<ConsumerProbe, Awaited<ReturnType<BusHarness['consumerStore']>>>();
  #bus: EventBus;
  #number = 0;
  publisher: Publisher;

  private constructor(harness: BusHarness, producer: Producer) {
    this.#harness = harness;
    this.producer = producer;
    this.#bus = harness.createBus();
    this.publisher = this.#bus.attach(producer.log);
  }

  static async set(harness: BusHarness): Promise<Scene> {
    return new Scene(harness, await harness.producer(SOURCE));
  }

  /** A new consumer, or the one behind `probe` again after a restart. */
  async consumer(
    options: { consumer?: string; types?: readonly string[]; probe?: ConsumerProbe; identity?: string } = {},
  ): Promise<ConsumerProbe> {
    const { consumer = 'sample-consumer', types = [MOVED, RENAMED], identity } = options;
    const known = options.probe && this.#stores.get(options.probe);
    const store = known ?? (await this.#harness.consumerStore());
    const probe = new ConsumerProbe({ consumer, source: SOURCE, types, store, identity });
    this.#stores.set(probe, store);
    this.#bus.subscribe(probe);
    return probe;
  }

  /** Commits entries of one event each to stream 0, and tells nobody. */
  async commit(count: number): Promise<StreamEntry[]> {
    const entries: StreamEntry[] = [];
    for (let i = 0; i < count; i += 1) {
      this.#number += 1;
      entries.push(await this.producer.commit(0, [sampleEvent(this.#number)]));
    }
    return entries;
  }

  renewBus(): void {
    this.#bus = this.#harness.createBus();
    this.publisher = this.#bus.attach(this.producer.log);
  }

  start(): Promise<void> {
    return this.#bus.start();
  }

  stop(): Promise<void> {
    return this.#bus.stop();
  }

  async close(): Promise<void> {
    await this.#bus.stop();
    await this.#harness.close();
  }
}

/** The same disorder every time: odd places backwards, then even ones forwards. */
function shuffled<T>(items: readonly T[]): T[] {
  return [...items.filter((_, index) => index % 2 === 1).reverse(), ...items.filter((_, index) => index % 2 === 0)];
}

/** The events of a probe, by the number that `sampleEvent` put into their ids. */
async function numbers(consumer: ConsumerProbe): Promise<number[]> {
  return (await consumer.applied()).map(({ id }) => Number(id.slice(-12)));
}

/** Entries 1 to `count` took effect in this order, each once. Holds where every entry has one event. */
async function assertAppliedInOrder(consumer: ConsumerProbe, count: number): Promise<void> {
  const expected = Array.from({ length: count }, (_, index) => index + 1);
  assert.deepEqual(
    (await consumer.applied()).map(({ seq }) => seq),
    expected,
  );
  assert.deepEqual(await numbers(consumer), expected);
}
