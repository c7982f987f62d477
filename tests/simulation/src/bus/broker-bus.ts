import type { EventBus, EventLog, Publisher, StreamEntry, Subscription } from '@taskflow/kit-messaging';
import type { Topic } from './broker.ts';
import type { BrokerBusOptions } from './broker-options.ts';
import { BrokerReader } from './broker-reader.ts';

const pollMs = 500;
const retryMs = 200;

/** A bus over a broker that loses, repeats and reorders; relay and readers live and die with their engine. */
export function createBrokerBus(options: BrokerBusOptions): EventBus {
  return new BrokerBus(options);
}

class BrokerBus implements EventBus {
  readonly name = 'broker-bus';
  readonly #options: BrokerBusOptions;
  readonly #logs = new Map<string, EventLog>();
  readonly #subscriptions: Subscription[] = [];
  readonly #readers: BrokerReader[] = [];
  readonly #relaying = new Map<string, { isAgain: boolean }>();

  constructor(options: BrokerBusOptions) {
    this.#options = options;
  }

  attach(log: EventLog): Publisher {
    this.#logs.set(log.source, log);
    const wake = (stream: number) => this.#wakeRelay(log, stream);
    return { committed: ({ stream }) => wake(stream), recheckLog: wake };
  }

  subscribe(subscription: Subscription): void {
    this.#subscriptions.push(subscription);
  }

  start(): Promise<void> {
    for (const subscription of this.#subscriptions) {
      const log = this.#logs.get(subscription.source) as EventLog;
      const topic = this.#topicOf(log, 0);
      this.#readers.push(new BrokerReader({ ...this.#options, subscription, log, topic }));
    }
    for (const reader of this.#readers) reader.start();
    for (const log of this.#logs.values()) this.#poll(log);
    return Promise.resolve();
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  #topicOf(log: EventLog, stream: number): Topic {
    return this.#options.broker.topic(log.source, stream);
  }

  #poll(log: EventLog): void {
    this.#wakeRelay(log, 0);
    this.#options.clock.after(pollMs, () => this.#poll(log));
  }

  #wakeRelay(log: EventLog, stream: number): void {
    const key = `${log.source}/${stream}`;
    const running = this.#relaying.get(key);
    if (running) {
      running.isAgain = true;
      return;
    }
    const relay = { isAgain: false };
    this.#relaying.set(key, relay);
    void this.#relay(log, stream).finally(() => {
      this.#relaying.delete(key);
      if (relay.isAgain) this.#wakeRelay(log, stream);
    });
  }

  async #relay(log: EventLog, stream: number): Promise<void> {
    const { owner, clock } = this.#options;
    const topic = this.#topicOf(log, stream);
    try {
      for (;;) {
        const entries = await this.#unpublished(log, topic);
        if (entries.length === 0 || owner.dead) return;
        this.#publish(topic, entries);
      }
    } catch {
      await clock.sleep(retryMs);
    }
  }

  async #unpublished(log: EventLog, topic: Topic): Promise<readonly StreamEntry[]> {
    const { readBehind } = this.#options.bugs;
    if (readBehind === undefined) return log.read(topic.stream, topic.mark, 20);
    const found = await readBehind(topic.source, topic.cursor);
    topic.cursor = found.at(-1)?.seq ?? topic.cursor;
    return found.map((entry, at) => ({ ...entry, seq: topic.mark + at + 1 }));
  }

  #publish(topic: Topic, entries: readonly StreamEntry[]): void {
    const { bugs, chance, counters, faults, crash, owner } = this.#options;
    const last = (entries.at(-1) as StreamEntry).seq;
    const publish = () => {
      for (const entry of entries) {
        topic.entries.set(entry.seq, entry);
        for (const reader of this.#readers) if (reader.topic === topic) reader.published(entry);
      }
    };
    const mark = () => {
      topic.mark = last;
    };
    const [first, second] = bugs.marksFirst ? [mark, publish] : [publish, mark];
    first();
    if (chance.happens(faults().crashAfterPublish)) {
      counters.hit('crash between publish and mark');
      crash('between publish and mark');
    }
    if (!owner.dead) second();
  }
}
