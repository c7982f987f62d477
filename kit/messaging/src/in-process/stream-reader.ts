import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import { isFinal } from '../delivery-errors.ts';
import type { StreamEntry } from '../event.ts';
import type { Subscription } from '../event-bus.ts';
import type { FeedReader, StreamFeed } from './stream-feed.ts';
import { typeFilter } from './type-filter.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5000;

/** Events of one `apply` unless the subscription says otherwise. */
const DEFAULT_MAX_EVENTS = 2000;

export interface ReaderOptions {
  readonly feed: StreamFeed;
  readonly subscription: Subscription;
  readonly identity: string;
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
  #seq = 0;
  #state: 'reading' | 'halted' = 'reading';
  #running: Promise<void> = Promise.resolve();
  #failures = 0;
  #isAwake = false;
  #wake: (() => void) | undefined;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#filter = typeFilter(options.subscription.types);
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

  /** `halted` after an error that no repetition can help: somebody has to look. */
  get state(): 'reading' | 'halted' {
    return this.#state;
  }

  /** Reads the position; rejects when that cannot be done. */
  async open(): Promise<void> {
    await this.#readPosition();
    this.feed.join(this);
  }

  run(): void {
    this.#running = this.#deliver();
  }

  wake(): void {
    this.#isAwake = true;
    this.#wake?.();
  }

  /** Resolves when the `apply` in flight has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
    this.feed.leave(this);
  }

  async #deliver(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#step();
        this.#failures = 0;
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  async #step(): Promise<void> {
    this.#isAwake = false;
    const entries = await this.#next();
    if (entries.length > 0) return this.#apply(entries);
    if (this.feed.mayHaveMore) return this.feed.pull();
    await this.#awaken();
  }

  async #next(): Promise<readonly StreamEntry[]> {
    // After a failure one entry at a time: the entry that cannot be applied must not hold back those before it.
    const maxEvents = this.#failures > 0 ? 1 : (this.#options.subscription.maxEvents ?? DEFAULT_MAX_EVENTS);
    const entries = this.feed.after(this.#seq, maxEvents);
    return entries === 'in-log' ? cut(await this.feed.readLog(this.#seq), maxEvents) : entries;
  }

  async #apply(entries: readonly StreamEntry[]): Promise<void> {
    await this.#options.subscription.apply(entries.map(this.#filter));
    this.#seq = (entries.at(-1) as StreamEntry).seq;
    this.feed.passed(this);
  }

  /**
   * The position is read again, because only the consumer's database knows what became of a failed `apply`: its
   * commit may have arrived after all, and an earlier asynchronous one may have been lost in a crash.
   */
  async #recover(error: unknown): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#options.failed();
    if (isFinal(error)) return this.#halt(error);
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    this.#options.log.warn(
      { err: error, after: this.#seq, failures: this.#failures, pauseMs },
      'Delivery failed and is tried again',
    );
    try {
      await this.#options.clock.sleep(pauseMs, this.#stopping.signal);
      await this.#readPosition();
    } catch (next) {
      await this.#recover(next);
    }
  }

  #halt(error: unknown): Promise<void> {
    this.#state = 'halted';
    this.feed.leave(this);
    this.#options.log.fatal({ err: error, after: this.#seq }, 'Delivery stopped: trying again cannot help');
    return aborted(this.#stopping.signal);
  }

  async #readPosition(): Promise<void> {
    const { subscription, identity } = this.#options;
    const position = await subscription.position(this.feed.stream, identity);
    this.#seq = position.seq;
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
