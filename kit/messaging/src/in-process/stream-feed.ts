import type { Clock } from '@taskflow/kit-time';
import type { StreamEntry } from '../event.ts';
import type { EventLog } from '../event-bus.ts';
import { EntryPool } from './entry-pool.ts';
import { EntryRun } from './entry-run.ts';
import type { MemoryBounds } from './entry-weight.ts';

/**
 * How long a missing number may be on its way before the log is asked for it. Its transaction ended before that of
 * the number behind it began to commit, so only this process's own callbacks can be late.
 */
const GAP_PATIENCE_MS = 100;

/** Most entries of one read of the log. */
const ENTRIES_PER_READ = 100;

/** A reader as the feed knows it: where it stands, and how to tell it that there is more. */
export interface FeedReader {
  readonly seq: number;
  wake(): void;
}

/**
 * A stream of one producer as this process sees it. Committed entries come in any order and leave in order: what is
 * ahead is held until the gap before it fills, from memory or from the log. Readers pull; entries that the slowest
 * reader still needs are kept within a bound, and one that fell behind it reads the log.
 */
export class StreamFeed {
  readonly log: EventLog;
  readonly stream: number;
  readonly #clock: Clock;
  readonly #run: EntryRun;
  readonly #ahead: EntryPool;
  readonly #readers = new Set<FeedReader>();
  #mayHaveMore = true;
  #head = 0;
  #restarts = 0;
  #pulling: Promise<void> | undefined;
  #cancelGapTimer: (() => void) | undefined;
  #isClosed = false;
  readonly #endWatch: () => void;

  constructor(log: EventLog, stream: number, clock: Clock, bounds: MemoryBounds) {
    this.log = log;
    this.stream = stream;
    this.#clock = clock;
    this.#run = new EntryRun(bounds);
    this.#ahead = new EntryPool(bounds);
    this.#endWatch = log.incarnation.onChange(() => this.restart());
  }

  /** The last number up to which every entry is known to be committed. */
  get tip(): number {
    return this.#run.tip;
  }

  /** The last number that is known to be committed, whether the entries up to it are at hand or not. */
  get head(): number {
    return Math.max(this.#head, this.tip);
  }

  /** Whether the log may hold entries after the tip; a reader that stands there should `pull`. */
  get mayHaveMore(): boolean {
    return this.#mayHaveMore;
  }

  /** What is kept in memory, for readers and ahead of a gap. */
  get kept(): { events: number; bytes: number } {
    const run = this.#run.weight;
    const ahead = this.#ahead.weight;
    return { events: run.events + ahead.events, bytes: run.bytes + ahead.bytes };
  }

  join(reader: FeedReader): void {
    this.#readers.add(reader);
    this.passed(reader);
  }

  leave(reader: FeedReader): void {
    this.#readers.delete(reader);
    this.#release();
  }

  /** A reader stands further now: its position proves that everything up to there is committed. */
  passed(reader: FeedReader): void {
    if (reader.seq > this.tip) {
      this.#run.restartAt(reader.seq);
      this.#ahead.dropUpTo(reader.seq);
      this.#takeUpHeld();
    }
    this.#release();
  }

  /** Takes an entry that was committed by this process; one that is known already is dropped. */
  committed(entry: StreamEntry): void {
    if (this.#isClosed || entry.seq <= this.tip) return;
    if (entry.seq > this.tip + 1) {
      this.#ahead.put(entry);
      return this.#watchGap();
    }
    this.#append(entry);
    // The newest stays even when it alone is too much: it is in memory anyway.
    this.#run.shrink(this.tip - 1);
    this.#wakeReaders();
  }

  /** The log may hold more than this process was told of. */
  markStale(): void {
    this.#mayHaveMore = true;
    this.#wakeReaders();
  }

  /** What was read or told before need not be in the log any more: readers find it again, from their positions. */
  restart(): void {
    this.#restarts += 1;
    this.#head = 0;
    this.#run.restartAt(0);
    this.#ahead.clear();
    this.#cancelGapTimer?.();
    this.#cancelGapTimer = undefined;
    this.markStale();
  }

  /** Asks the log where it ends. `behind` when it lacks what was known to be in it. */
  async lookForNews(): Promise<'behind' | 'known'> {
    if (this.#isClosed) return 'known';
    const { tip } = this;
    const restarts = this.#restarts;
    const head = await this.log.head(this.stream);
    if (restarts !== this.#restarts) return 'known';
    this.#head = head;
    if (head > this.tip) this.markStale();
    return head < tip ? 'behind' : 'known';
  }

  /** Entries after `seq` that are at hand, none at the tip. `in-log` when the first of them is not kept (any more). */
  after(seq: number, maxEvents: number): readonly StreamEntry[] | 'in-log' {
    return seq < this.#run.floor ? 'in-log' : this.#run.after(seq, maxEvents);
  }

  /** Reads the log on from the tip. Readers that ask at the same time share one read. */
  pull(): Promise<void> {
    this.#pulling ??= this.#readOn().finally(() => {
      this.#pulling = undefined;
    });
    return this.#pulling;
  }

  /** Entries that only the log has, for one reader that fell behind. */
  readLog(after: number): Promise<readonly StreamEntry[]> {
    return this.log.read(this.stream, after, ENTRIES_PER_READ);
  }

  close(): void {
    this.#isClosed = true;
    this.#endWatch();
    this.#cancelGapTimer?.();
    this.#run.restartAt(this.tip);
    this.#ahead.clear();
  }

  async #readOn(): Promise<void> {
    // Before the read, so that a doubt which arises meanwhile is kept.
    this.#mayHaveMore = false;
    const restarts = this.#restarts;
    try {
      const entries = await this.readLog(this.tip);
      if (restarts !== this.#restarts) return;
      for (const entry of entries) {
        if (entry.seq === this.tip + 1 && this.#hasRoom()) this.#append(entry);
      }
      if (entries.length > 0) this.markStale();
    } catch (error) {
      this.#mayHaveMore = true;
      throw error;
    }
    this.#watchGap();
  }

  #append(entry: StreamEntry): void {
    this.#run.append(entry);
    this.#takeUpHeld();
  }

  /**
   * Before more is read, what only slower readers need is given up to the log. What no reader has had yet stays, or
   * it would be read twice.
   */
  #hasRoom(): boolean {
    let newest = 0;
    for (const reader of this.#readers) newest = Math.max(newest, reader.seq);
    this.#run.shrink(newest);
    return !this.#run.weight.isOver;
  }

  #takeUpHeld(): void {
    for (let next = this.#ahead.take(this.tip + 1); next; next = this.#ahead.take(this.tip + 1)) {
      this.#run.append(next);
    }
    if (!this.#ahead.isEmpty) return;
    this.#cancelGapTimer?.();
    this.#cancelGapTimer = undefined;
  }

  /** A held entry proves that the numbers before it are committed: soon they are here, or the log is asked. */
  #watchGap(): void {
    if (this.#isClosed || this.#ahead.isEmpty || this.#cancelGapTimer) return;
    this.#cancelGapTimer = this.#clock.after(GAP_PATIENCE_MS, () => {
      this.#cancelGapTimer = undefined;
      this.markStale();
      this.#watchGap();
    });
  }

  #release(): void {
    let lowest = this.tip;
    for (const reader of this.#readers) lowest = Math.min(lowest, reader.seq);
    if (lowest > this.#run.floor) this.#run.dropUpTo(lowest);
  }

  #wakeReaders(): void {
    for (const reader of this.#readers) reader.wake();
  }
}
