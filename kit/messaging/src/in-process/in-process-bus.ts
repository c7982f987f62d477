import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { EventBus, EventLog, Publisher, Subscription } from '../event-bus.ts';
import { Acknowledger } from './acknowledger.ts';
import type { MemoryBounds } from './entry-weight.ts';
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
  readonly bounds?: MemoryBounds;
  readonly roundMs?: number;
}

/** How far one consumer is with one stream. */
export interface ConsumerState {
  readonly consumer: string;
  readonly source: string;
  readonly stream: number;
  readonly seq: number;
  /** Entries that are known to be committed and not yet applied. */
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
  readonly #acknowledger: Acknowledger;
  readonly #rounds: Loop;
  #isStarted = false;
  #starting: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(options: InProcessBusOptions) {
    this.#clock = options.clock;
    this.#telemetry = options.telemetry.child({ component: 'event-bus' });
    this.#bounds = options.bounds ?? DEFAULT_BOUNDS;
    this.#acknowledger = new Acknowledger(this.#telemetry.log);
    this.#rounds = createLoop({
      name: 'event-bus-rounds',
      intervalMs: options.roundMs ?? DEFAULT_ROUND_MS,
      run: () => this.#makeRound(),
      clock: this.#clock,
      log: this.#telemetry.log,
    });
    this.#measure();
  }

  attach(log: EventLog): Publisher {
    if (this.#logs.has(log.source)) throw new TypeError(`The log of ${log.source} is attached already.`);
    this.#logs.set(log.source, log);
    return {
      committed: (entry) => this.#feedOf(log, entry.stream).committed(entry),
      recheck: (stream) => this.#feedOf(log, stream).doubt(),
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
    this.#starting ??= this.#start();
    return this.#starting;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  consumers(): readonly ConsumerState[] {
    return this.#readers.map((reader) => ({
      consumer: reader.consumer,
      source: reader.feed.log.source,
      stream: reader.feed.stream,
      seq: reader.seq,
      lag: Math.max(0, reader.feed.tip - reader.seq),
      state: reader.state,
    }));
  }

  async #start(): Promise<void> {
    for (const { consumer, source } of this.#subscriptions) {
      if (!this.#logs.has(source)) throw new TypeError(`${consumer} reads ${source}, whose log nobody attached.`);
    }
    try {
      await this.#openStreams();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#isStarted = true;
    await this.#rounds.start();
  }

  /** Begins to read every stream that is not read yet; at start all of them, later those that came into being. */
  async #openStreams(): Promise<void> {
    const opened: StreamReader[] = [];
    try {
      for (const log of this.#logs.values()) opened.push(...(await this.#newReaders(log)));
      for (const reader of opened) await reader.open();
      // Known to the producer before anything is delivered, so that nothing is dropped which they still need.
      await this.#acknowledger.register(opened);
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
    const identity = await log.identity();
    return streams.flatMap((stream) => {
      const feed = this.#feedOf(log, stream);
      return subscriptions.map((subscription) => this.#readerOf(feed, subscription, identity));
    });
  }

  #isRead(log: EventLog, stream: number): boolean {
    return this.#readers.some(({ feed }) => feed.log === log && feed.stream === stream);
  }

  #readerOf(feed: StreamFeed, subscription: Subscription, identity: string): StreamReader {
    const { consumer, source } = subscription;
    const failures = this.#telemetry.counter({
      name: 'event_bus_delivery_failures_total',
      help: 'Deliveries that failed and were tried again, or stopped the consumer',
      labelNames: ['consumer', 'source'],
    });
    const log = this.#telemetry.log.child({ consumer, source, stream: feed.stream });
    const failed = () => failures.inc({ consumer, source });
    return new StreamReader({ feed, subscription, identity, clock: this.#clock, log, failed });
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

  /** What nobody told of is found all the same, only later. */
  async #makeRound(): Promise<void> {
    await this.#openStreams();
    for (const feed of this.#feeds.values()) feed.doubt();
    await this.#acknowledger.report(this.#readers);
  }

  async #stop(): Promise<void> {
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
