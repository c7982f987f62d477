import { createLifecycle, type Service } from '@taskflow/kit-lifecycle';
import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { EventBus, EventLog, Publisher, Subscription } from '../event-bus.ts';
import type { MemoryBounds } from './entry-weight.ts';
import type { FailingState } from './failing.ts';
import { Progress } from './progress.ts';
import { StreamFeed } from './stream-feed.ts';
import { StreamReader } from './stream-reader.ts';

/** Per stream. One read of the log may come on top of it. */
const DEFAULT_BOUNDS: MemoryBounds = { maxEvents: 20_000, maxBytes: 32 * 1024 * 1024 };

/** How often the logs are asked for what nobody told of, and how far consumers are is reported to producers. */
const DEFAULT_ROUND_MS = 5000;

/** How long `stop` waits for deliveries in flight; what is not finished is delivered again after the next start. */
const STOP_WITHIN_MS = 10_000;

export interface InProcessBusOptions {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly bounds?: Partial<MemoryBounds>;
  readonly roundMs?: number;
}

/** Says how far one consumer is with one stream, and what keeps it from going on. */
export interface ConsumerState extends FailingState {
  readonly consumer: string;
  readonly source: string;
  readonly stream: number;
  /** The last number whose effect is known to be committed; compared with the consumer's database in each round. */
  readonly seq: number;
  /** The last number that no crash takes back, as of the last round; the producer may drop entries up to it. */
  readonly durable: number;
  /** Entries that are committed and not yet applied; the producer's database is asked for its last one in each round. */
  readonly lag: number;
  /** `halted` after an error that no repetition can help. */
  readonly state: 'reading' | 'halted';
}

export interface InProcessBus extends EventBus {
  consumers(): readonly ConsumerState[];
}

/**
 * Delivers within one process, over the producers' logs: entries are handed over by reference after COMMIT
 * returned, in order per stream. The log is read at start, at a gap, and by a consumer that fell behind what is
 * kept in memory.
 */
export function createInProcessBus(options: InProcessBusOptions): InProcessBus {
  return new Bus(options);
}

class Bus implements InProcessBus {
  readonly name = 'in-process-bus';
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #bounds: MemoryBounds;
  readonly #logs = new Map<string, EventLog>();
  readonly #feeds = new Map<string, StreamFeed>();
  readonly #subscriptions: Subscription[] = [];
  readonly #readers: StreamReader[] = [];
  readonly #progress = new Progress();
  readonly #endings: (() => void)[] = [];
  readonly #rounds: Loop;
  readonly #lifecycle: Service;
  #isStarted = false;

  constructor(options: InProcessBusOptions) {
    this.#clock = options.clock;
    this.#telemetry = options.telemetry.child({ component: 'event-bus' });
    this.#bounds = { ...DEFAULT_BOUNDS, ...options.bounds };
    const { roundMs: intervalMs = DEFAULT_ROUND_MS } = options;
    const run = () => this.#makeRound();
    const dependencies = { clock: this.#clock, telemetry: this.#telemetry };
    this.#rounds = createLoop({ name: 'event-bus-rounds', intervalMs, run }, dependencies);
    this.#lifecycle = createLifecycle({ name: this.name, start: () => this.#start(), stop: () => this.#stop() });
    this.#measure();
  }

  attach(log: EventLog): Publisher {
    if (this.#logs.has(log.source)) throw new TypeError(`The log of ${log.source} is attached already.`);
    this.#logs.set(log.source, log);
    return {
      committed: (entry) => this.#feedOf(log, entry.stream).committed(entry),
      recheckLog: (stream) => this.#feedOf(log, stream).markStale(),
    };
  }

  subscribe(subscription: Subscription): void {
    const { consumer, source } = subscription;
    if (this.#subscriptions.some((other) => other.consumer === consumer && other.source === source)) {
      throw new TypeError(`${consumer} is subscribed to ${source} already.`);
    }
    this.#subscriptions.push(subscription);
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(): Promise<void> {
    return this.#lifecycle.stop();
  }

  consumers(): readonly ConsumerState[] {
    return this.#readers.map((reader) => ({
      consumer: reader.consumer,
      source: reader.feed.log.source,
      stream: reader.feed.stream,
      seq: reader.seq,
      durable: this.#progress.durableOf(reader),
      lag: Math.max(0, reader.feed.head - reader.seq),
      state: isReading(reader) ? 'reading' : 'halted',
      ...reader.failing,
    }));
  }

  async #start(): Promise<void> {
    for (const { consumer, source } of this.#subscriptions) {
      if (!this.#logs.has(source)) throw new TypeError(`${consumer} reads ${source}, whose log nobody attached.`);
    }
    this.#watchDatabases();
    await this.#openStreams();
    this.#isStarted = true;
    await this.#rounds.start();
  }

  /** Feeds and readers drop by themselves what another run of a database makes doubtful; then everything is compared. */
  #watchDatabases(): void {
    for (const { incarnation } of [...this.#logs.values(), ...this.#subscriptions]) {
      this.#endings.push(incarnation.onChange(() => this.#rounds.wake()));
    }
  }

  /** Begins to read every stream that is not read yet; at start all of them, later those that came into being. */
  async #openStreams(): Promise<void> {
    const opened: StreamReader[] = [];
    try {
      for (const log of this.#logs.values()) opened.push(...(await this.#newReaders(log)));
      for (const reader of opened) await reader.open();
      // Known to the producer before anything is delivered, so that nothing is dropped which they still need.
      await this.#progress.register(opened);
    } catch (error) {
      await Promise.all(opened.map((reader) => reader.stop()));
      throw error;
    }
    this.#readers.push(...opened);
    for (const reader of opened) reader.run();
  }

  async #newReaders(log: EventLog): Promise<StreamReader[]> {
    const streams = (await log.streams()).filter((stream) => !this.#isRead(log, stream));
    const subscriptions = this.#subscriptions.filter(({ source }) => source === log.source);
    if (subscriptions.length === 0) for (const stream of streams) this.#feedOf(log, stream).close();
    if (subscriptions.length === 0 || streams.length === 0) return [];
    return streams.flatMap((stream) => {
      const feed = this.#feedOf(log, stream);
      return subscriptions.map((subscription) => this.#readerOf(feed, subscription));
    });
  }

  #isRead(log: EventLog, stream: number): boolean {
    return this.#readers.some(({ feed }) => feed.log === log && feed.stream === stream);
  }

  #readerOf(feed: StreamFeed, subscription: Subscription): StreamReader {
    const { consumer, source } = subscription;
    const failures = this.#telemetry.counter({
      name: 'event_bus_delivery_failures_total',
      help: 'Deliveries that failed and were tried again, or stopped the consumer',
      labelNames: ['consumer', 'source'],
    });
    const log = this.#telemetry.log.child({ consumer, source, stream: feed.stream });
    const failed = () => failures.inc({ consumer, source });
    return new StreamReader({ feed, subscription, clock: this.#clock, log, failed });
  }

  #feedOf(log: EventLog, stream: number): StreamFeed {
    const key = `${log.source}/${stream}`;
    let feed = this.#feeds.get(key);
    if (feed === undefined) {
      feed = new StreamFeed(log, stream, this.#clock, this.#bounds);
      this.#feeds.set(key, feed);
      // A stream that came into being after the start has no readers yet.
      if (this.#isStarted) this.#rounds.wake();
    }
    return feed;
  }

  /** What nobody told of is found all the same, only later. Gives how many streams and consumers were looked at. */
  async #makeRound(): Promise<number> {
    const looks = [...this.#feeds.values()].map((feed) => this.#lookForNews(feed));
    const reports = this.#readers.map((reader) => this.#progress.report(reader));
    // One database that does not answer keeps nobody from being asked.
    const results = await Promise.allSettled([this.#openStreams(), ...looks, ...reports]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    return looks.length + reports.length;
  }

  async #lookForNews(feed: StreamFeed): Promise<void> {
    if ((await feed.lookForNews()) === 'known') return;
    const readers = this.#readers.filter((reader) => reader.feed === feed);
    // Who stopped for it already would only stop again.
    if (!readers.some(isReading)) return;
    feed.restart();
    for (const reader of readers) reader.renew();
  }

  async #stop(): Promise<void> {
    for (const end of this.#endings.splice(0)) end();
    const stopReaders = () => Promise.all(this.#readers.map((reader) => reader.stop()));
    // Twice: at once, and those that a round had just begun to open.
    const finished = Promise.all([this.#rounds.stop(), stopReaders()]).then(stopReaders);
    const late = new AbortController();
    await Promise.race([finished, this.#clock.sleep(STOP_WITHIN_MS, late.signal).catch(() => undefined)]);
    late.abort();
    for (const feed of this.#feeds.values()) feed.close();
  }

  #measure(): void {
    this.#telemetry.gauge({
      name: 'event_bus_lag_entries',
      help: 'Entries that are committed and not yet applied',
      labelNames: ['consumer', 'source', 'stream'],
      collect: (gauge) => {
        for (const { consumer, source, stream, lag } of this.consumers()) gauge.set({ consumer, source, stream }, lag);
      },
    });
    this.#telemetry.gauge({
      name: 'event_bus_halted',
      help: '1 when a consumer stopped for an error that no repetition can help',
      labelNames: ['consumer', 'source', 'stream'],
      collect: (gauge) => {
        for (const { consumer, source, stream, state } of this.consumers()) {
          gauge.set({ consumer, source, stream }, state === 'halted' ? 1 : 0);
        }
      },
    });
  }
}

const isReading = (reader: StreamReader): boolean => reader.failing.haltedBecause === undefined;
