import type { EventLog, StreamEntry, Subscription } from '@taskflow/kit-messaging';
import type { Topic } from './broker.ts';
import type { BrokerBusOptions } from './broker-options.ts';

export interface BrokerReaderOptions extends BrokerBusOptions {
  readonly subscription: Subscription;
  readonly log: EventLog;
  readonly topic: Topic;
}

const redeliverMs = 1_000;
const retryMs = 50;

/** Brings a topic to a consumer: holds what came before its turn, and starts from the consumer's own position. */
export class BrokerReader {
  readonly #options: BrokerReaderOptions;
  readonly #received = new Map<number, StreamEntry>();
  #applied: number | undefined;
  #identity = '';
  /** Runs of either database that were found. What was begun under an earlier one says nothing about the position. */
  #renewals = 0;
  #isApplying = false;

  constructor(options: BrokerReaderOptions) {
    this.#options = options;
  }

  get topic(): Topic {
    return this.#options.topic;
  }

  start(): void {
    const { log, subscription } = this.#options;
    for (const incarnation of [log.incarnation, subscription.incarnation]) incarnation.onChange(() => this.#renew());
    void this.#open().then(() => this.#makeRound());
  }

  /** A message is on its way to this consumer. */
  published(entry: StreamEntry): void {
    const { chance, counters, faults } = this.#options;
    const { duplicate, lost } = faults();
    if (chance.happens(lost)) return counters.hit('message lost by the broker');
    this.#send(entry);
    if (!chance.happens(duplicate)) return;
    counters.hit('message sent twice');
    this.#send(entry);
  }

  #send(entry: StreamEntry): void {
    const { kernel, chance, owner, subscription, counters } = this.#options;
    const ms = chance.happens(0.1) ? chance.between(10, 400) : chance.span(3);
    kernel.after(ms, owner, `message ${entry.source} ${entry.seq} to ${subscription.consumer}`, () => {
      if (this.#applied !== undefined && entry.seq > this.#applied + 1) counters.hit('message ahead of its turn');
      this.#received.set(entry.seq, entry);
      void this.#apply();
    });
  }

  #renew(): void {
    this.#renewals += 1;
    this.#applied = undefined;
    void this.#open().then(() => this.#apply());
  }

  async #makeRound(): Promise<void> {
    const { bugs, clock } = this.#options;
    if (!bugs.acknowledgesFirst) await this.#acknowledgeDurable();
    this.#redeliver();
    clock.after(redeliverMs, () => void this.#makeRound());
  }

  /** What a crash of the consumer's database may take back is not acknowledged: nobody would send it again. */
  async #acknowledgeDurable(): Promise<void> {
    const { subscription, topic } = this.#options;
    const seq = await subscription.durable(topic.stream, this.#identity).catch(() => 0);
    if (seq > 0) this.#acknowledge(seq);
  }

  /** What was not acknowledged comes again. */
  #redeliver(): void {
    const { topic, subscription, counters } = this.#options;
    const from = topic.acknowledged.get(subscription.consumer) ?? 0;
    for (const entry of topic.entries.values()) {
      if (entry.seq <= from) continue;
      counters.hit('message redelivered');
      this.#send(entry);
    }
  }

  async #open(): Promise<void> {
    const { log, subscription, topic, clock, bugs } = this.#options;
    for (;;) {
      const renewals = this.#renewals;
      try {
        this.#identity = await log.identity();
        const position = await subscription.position(topic.stream, this.#identity);
        if (renewals !== this.#renewals) return;
        this.#applied = position.seq;
        if (bugs.acknowledgesFirst) this.#applied = topic.acknowledged.get(subscription.consumer) ?? 0;
        return;
      } catch {
        await clock.sleep(retryMs);
      }
    }
  }

  async #apply(): Promise<void> {
    if (this.#isApplying || this.#applied === undefined) return;
    this.#isApplying = true;
    for (let entries = this.#next(); entries.length > 0; entries = this.#next()) await this.#deliver(entries);
    this.#isApplying = false;
  }

  async #deliver(entries: StreamEntry[]): Promise<void> {
    const { subscription, clock, bugs } = this.#options;
    const last = (entries.at(-1) as StreamEntry).seq;
    const renewals = this.#renewals;
    const wanted = new Set(subscription.types);
    const filtered = entries.map((entry) => ({
      ...entry,
      events: entry.events.filter(({ type }) => wanted.has(type)),
    }));
    try {
      if (bugs.acknowledgesFirst) this.#acknowledge(last);
      await subscription.apply(filtered);
      // In another run only the database knows what became of it, and it may have been asked too early.
      if (renewals === this.#renewals) this.#applied = Math.max(this.#applied ?? 0, last);
      else await this.#open();
    } catch {
      await clock.sleep(retryMs);
      await this.#open();
    }
  }

  /** Those whose turn it is; now and then some that had their turn before. */
  #next(): StreamEntry[] {
    const { chance, faults, counters, topic } = this.#options;
    if (this.#applied === undefined) return [];
    const applied = this.#applied;
    if (applied > 0 && chance.happens(faults().stale)) {
      const old = topic.entries.get(chance.between(Math.max(1, applied - 3), applied));
      if (old) {
        counters.hit('stale entry handed over');
        return [old];
      }
    }
    const limit = chance.between(1, 8);
    const entries: StreamEntry[] = [];
    for (let seq = applied + 1; entries.length < limit; seq += 1) {
      const entry = this.#received.get(seq);
      if (entry === undefined) break;
      entries.push(entry);
      this.#received.delete(seq);
    }
    return entries;
  }

  #acknowledge(seq: number): void {
    const { chance, faults, counters, topic, subscription } = this.#options;
    if (chance.happens(faults().lostAcknowledgement)) return counters.hit('acknowledgement lost');
    const before = topic.acknowledged.get(subscription.consumer) ?? 0;
    topic.acknowledged.set(subscription.consumer, Math.max(before, seq));
  }
}
