import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import { isFinal } from '../delivery-errors.ts';
import type { StreamEntry } from '../event.ts';
import type { Subscription } from '../event-bus.ts';
import { Failing, type FailingState } from './failing.ts';
import type { FeedReader, StreamFeed } from './stream-feed.ts';
import { typeFilter } from './type-filter.ts';

const FIRST_PAUSE_MS = 50;
/** A database that answers again finds its consumers reading within a second. */
const MAX_PAUSE_MS = 1000;

/** Events of one `apply` unless the subscription says otherwise. */
const DEFAULT_MAX_EVENTS = 2000;

/** What writes has limits of its own and ends long before; one that does not is seen, and nothing overtakes it. */
const APPLY_WITHIN_MS = 60_000;

export interface ReaderOptions {
  readonly feed: StreamFeed;
  readonly subscription: Subscription;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each failure of `apply`, of the position or of the log. */
  readonly failed: () => void;
}

/** Brings one stream to one consumer: one `apply` at a time, in order, from the consumer's own position. */
export class StreamReader implements FeedReader {
  readonly #options: ReaderOptions;
  readonly #filter: (entry: StreamEntry) => StreamEntry;
  readonly #stopping = new AbortController();
  readonly #failing: Failing;
  #identity = '';
  #seq = 0;
  /** Runs of either database that were found. What was begun under an earlier one says nothing about the position. */
  #renewals = 0;
  #isPositionKnown = false;
  #running: Promise<void> = Promise.resolve();
  #isAwake = false;
  #wake: (() => void) | undefined;
  #rest = new AbortController();
  readonly #endWatches: readonly (() => void)[];

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#filter = typeFilter(options.subscription.types);
    this.#failing = new Failing(options.clock, options.log);
    const databases = [options.feed.log.incarnation, options.subscription.incarnation];
    this.#endWatches = databases.map((incarnation) => incarnation.onChange(() => this.renew()));
  }

  get feed(): StreamFeed {
    return this.#options.feed;
  }

  get consumer(): string {
    return this.#options.subscription.consumer;
  }

  /** The last number whose effect is known to be committed. */
  get seq(): number {
    return this.#seq;
  }

  get failing(): FailingState {
    return this.#failing.state;
  }

  /** The last number whose effect stays, whatever happens to the consumer's database. */
  durable(): Promise<number> {
    return this.#options.subscription.durable(this.feed.stream, this.#identity);
  }

  /** Reads the position; rejects when that cannot be done. */
  async open(): Promise<void> {
    await this.#readPosition();
  }

  run(): void {
    this.#running = this.#deliver();
  }

  wake(): void {
    this.#isAwake = true;
    this.#wake?.();
  }

  /** What is known of the position need not be true any more: it is read again, at once and by itself. */
  renew(): void {
    this.#renewals += 1;
    this.#isPositionKnown = false;
    this.#rest.abort();
    this.wake();
  }

  /** Resolves when the `apply` in flight has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const end of this.#endWatches) end();
    this.#rest.abort();
    this.wake();
    await this.#running;
    this.feed.leave(this);
  }

  async #deliver(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const renewals = this.#renewals;
      try {
        await this.#step(renewals);
      } catch (error) {
        // A failure of an earlier run says nothing about this one.
        if (renewals === this.#renewals && !this.#stopping.signal.aborted) await this.#recover(error);
      }
    }
  }

  async #step(renewals: number): Promise<void> {
    if (!this.#isPositionKnown) await this.#readPosition();
    this.#isAwake = false;
    const entries = await this.#next();
    if (renewals !== this.#renewals) return;
    if (entries.length > 0) return this.#apply(entries, renewals);
    if (this.feed.mayHaveMore) return this.feed.pull();
    this.#failing.end();
    await this.#awaken();
  }

  async #next(): Promise<readonly StreamEntry[]> {
    // After a failure one entry at a time: the entry that cannot be applied must not hold back those before it.
    const isCareful = this.#failing.repeats > 0;
    const maxEvents = isCareful ? 1 : (this.#options.subscription.maxEvents ?? DEFAULT_MAX_EVENTS);
    const entries = this.feed.after(this.#seq, maxEvents);
    return entries === 'in-log' ? cut(await this.feed.readLog(this.#seq), maxEvents) : entries;
  }

  async #apply(entries: readonly StreamEntry[], renewals: number): Promise<void> {
    const { seq } = entries[0] as StreamEntry;
    const isLate = () => this.#failing.stall(`apply has not ended within ${APPLY_WITHIN_MS} ms`, seq);
    const inTime = this.#options.clock.after(APPLY_WITHIN_MS, isLate);
    await this.#options.subscription.apply(entries.map(this.#filter)).finally(inTime);
    // An answer that outlived its run: the commit that it tells of may be gone.
    if (renewals !== this.#renewals) return;
    this.#failing.end();
    this.#seq = (entries.at(-1) as StreamEntry).seq;
    this.feed.passed(this);
  }

  /**
   * The position is read again, because only the consumer's database knows what became of a failed `apply`: its
   * commit may have arrived after all, and an earlier asynchronous one may have been lost in a crash.
   */
  async #recover(error: unknown): Promise<void> {
    this.#options.failed();
    this.#isPositionKnown = false;
    if (isFinal(error)) return this.#halt(error);
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failing.repeats, MAX_PAUSE_MS);
    this.#failing.repeat(error, this.#seq + 1, pauseMs);
    this.#rest = new AbortController();
    await this.#options.clock.sleep(pauseMs, this.#rest.signal).catch(() => undefined);
  }

  /** Until another run of a database is found, in which the reason may be gone. */
  async #halt(error: unknown): Promise<void> {
    this.#failing.halt(error, this.#seq + 1);
    this.feed.leave(this);
    this.#rest = new AbortController();
    await aborted(this.#rest.signal);
    this.#failing.resume();
  }

  async #readPosition(): Promise<void> {
    const renewals = this.#renewals;
    const identity = await this.feed.log.identity();
    const position = await this.#options.subscription.position(this.feed.stream, identity);
    if (renewals !== this.#renewals) return this.#readPosition();
    this.#identity = identity;
    this.#isPositionKnown = true;
    this.#seq = position.seq;
    this.feed.join(this);
  }

  #awaken(): Promise<void> {
    if (this.#isAwake || this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}

function cut(entries: readonly StreamEntry[], maxEvents: number): readonly StreamEntry[] {
  let events = entries[0]?.events.length ?? 0;
  let count = 1;
  while (count < entries.length) {
    events += (entries[count] as StreamEntry).events.length;
    if (events > maxEvents) break;
    count += 1;
  }
  return count >= entries.length ? entries : entries.slice(0, count);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
