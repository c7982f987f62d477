import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { createMemoryLog, sampleEvents } from '../testing/index.ts';
import { type FeedReader, StreamFeed } from './stream-feed.ts';

const bounds = { maxEvents: 100, maxBytes: 1_000_000 };

function setScene(limits: typeof bounds = bounds) {
  const log = createMemoryLog('sample');
  const clock = manualClock();
  const feed = new StreamFeed(log, 0, clock, limits);
  const emit = (events = 10) => log.append(0, sampleEvents(1, events));
  return { log, clock, feed, emit };
}

class Reader implements FeedReader {
  seq: number;
  wakes = 0;

  constructor(seq = 0) {
    this.seq = seq;
  }

  wake(): void {
    this.wakes += 1;
  }
}

const seqsOf = (entries: readonly { seq: number }[] | 'in-log') =>
  entries === 'in-log' ? entries : entries.map(({ seq }) => seq);

describe('the feed of a stream', () => {
  it('hands over the very objects that it was told of', () => {
    const { feed, emit } = setScene();
    feed.join(new Reader());
    const entry = emit();
    feed.committed(entry);
    const handed = feed.after(0, 1000);
    assert.notEqual(handed, 'in-log');
    assert.equal(handed[0], entry);
  });

  it('holds what is ahead until the gap before it fills', () => {
    const { feed, emit } = setScene();
    feed.join(new Reader());
    const [first, second, third] = [emit(), emit(), emit()];
    feed.committed(third);
    feed.committed(first);
    assert.deepEqual(seqsOf(feed.after(0, 1000)), [1]);
    feed.committed(second);
    assert.deepEqual(seqsOf(feed.after(0, 1000)), [1, 2, 3]);
  });

  it('drops what it knows, and does not go back for it', () => {
    const { feed, emit } = setScene();
    feed.join(new Reader());
    const entries = [emit(), emit(), emit()];
    for (const entry of [...entries, ...entries.slice(0, 2)]) feed.committed(entry);
    assert.equal(feed.tip, 3);
    assert.equal(feed.kept.events, 30);
  });

  it('asks the log for a gap that stays, again and again, and not at once', async () => {
    const { feed, emit, clock } = setScene();
    const reader = new Reader();
    feed.join(reader);
    await feed.pull();
    emit();
    feed.committed(emit());
    await clock.advance(99);
    assert.equal(feed.mayHaveMore, false);
    await clock.advance(1);
    assert.equal(feed.mayHaveMore, true);
    assert.equal(reader.wakes, 1);
    await clock.advance(100);
    assert.equal(reader.wakes, 2);
    await feed.pull();
    assert.deepEqual(seqsOf(feed.after(0, 1000)), [1, 2]);
    assert.equal(clock.pending, 0);
  });

  it('asks nobody when the gap fills in time', async () => {
    const { feed, emit, clock } = setScene();
    const reader = new Reader();
    feed.join(reader);
    await feed.pull();
    const [first, second] = [emit(), emit()];
    feed.committed(second);
    feed.committed(first);
    assert.equal(clock.pending, 0);
    await clock.advance(5000);
    assert.equal(feed.mayHaveMore, false);
  });

  it('keeps what the slowest reader still needs, and no more', () => {
    const { feed, emit } = setScene();
    const [quick, slow] = [new Reader(), new Reader()];
    feed.join(quick);
    feed.join(slow);
    for (let i = 0; i < 4; i += 1) feed.committed(emit());
    quick.seq = 4;
    feed.passed(quick);
    assert.equal(feed.kept.events, 40);
    slow.seq = 3;
    feed.passed(slow);
    assert.equal(feed.kept.events, 10);
    feed.leave(slow);
    assert.equal(feed.kept.events, 0);
  });

  it('keeps no more events than its bound, and sends the reader that needs them to the log', async () => {
    const { feed, emit } = setScene();
    feed.join(new Reader());
    for (let i = 0; i < 50; i += 1) feed.committed(emit());
    assert.ok(feed.kept.events <= bounds.maxEvents, `${feed.kept.events} events`);
    assert.equal(feed.after(0, 1000), 'in-log');
    assert.deepEqual(seqsOf(await feed.readLog(0)).slice(0, 3), [1, 2, 3]);
    assert.deepEqual(seqsOf(feed.after(45, 1000)), [46, 47, 48, 49, 50]);
  });

  it('keeps no more bytes than its bound', () => {
    const { feed, emit } = setScene({ maxEvents: 1_000_000, maxBytes: 30_000 });
    feed.join(new Reader());
    for (let i = 0; i < 50; i += 1) feed.committed(emit());
    assert.ok(feed.kept.bytes <= 30_000, `${feed.kept.bytes} bytes`);
    assert.deepEqual(seqsOf(feed.after(49, 1000)), [50]);
  });

  it('keeps no more ahead of a gap than its bound: the log has the rest', async () => {
    const { feed, emit } = setScene();
    const reader = new Reader();
    feed.join(reader);
    emit();
    for (let i = 0; i < 60; i += 1) feed.committed(emit());
    assert.ok(feed.kept.events <= bounds.maxEvents + 10, `${feed.kept.events} events`);
    const seen: number[] = [];
    while (feed.mayHaveMore) {
      await feed.pull();
      seen.push(...(seqsOf(feed.after(reader.seq, 1000)) as number[]));
      reader.seq = seen.at(-1) ?? 0;
      feed.passed(reader);
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 61 }, (_, index) => index + 1),
    );
  });

  it('keeps no more than its bound while a quick reader reads the log on and a slow one stands still', async () => {
    const { feed, emit } = setScene();
    for (let i = 0; i < 1_000; i += 1) emit();
    const [quick, slow] = [new Reader(), new Reader()];
    feed.join(quick);
    feed.join(slow);
    let read = 0;
    while (quick.seq < 1_000) {
      const entries = feed.after(quick.seq, 20);
      assert.notEqual(entries, 'in-log', 'what it has not had yet is not given up');
      assert.ok(feed.kept.events <= bounds.maxEvents + 10, `${feed.kept.events} events`);
      quick.seq += entries.length;
      read += entries.length;
      if (entries.length === 0) await feed.pull();
      else feed.passed(quick);
    }
    assert.equal(read, 1_000);
    assert.equal(feed.after(slow.seq, 20), 'in-log');
    assert.deepEqual(seqsOf(await feed.readLog(slow.seq)).slice(0, 2), [1, 2]);
  });

  it('reads on past an entry that alone is more than the bound', async () => {
    const { feed, emit } = setScene();
    for (let i = 0; i < 3; i += 1) emit(bounds.maxEvents + 1);
    const [quick, slow] = [new Reader(), new Reader()];
    feed.join(quick);
    feed.join(slow);
    for (const seq of [1, 2, 3]) {
      await feed.pull();
      assert.deepEqual(seqsOf(feed.after(quick.seq, 20)), [seq]);
      quick.seq = seq;
      feed.passed(quick);
    }
  });

  it('forgets in a new run of the log what it was told or read, also what is being read', async () => {
    const { feed, emit, log, clock } = setScene();
    const reader = new Reader();
    feed.join(reader);
    emit();
    const old = feed.pull();
    feed.committed(emit(7));
    log.incarnation.change();
    await old;
    assert.deepEqual([feed.tip, feed.kept.events, clock.pending], [0, 0, 0]);
    assert.deepEqual([feed.mayHaveMore, reader.wakes > 0], [true, true]);
  });

  it('gives at most as many events as asked for, and at least one entry', () => {
    const { feed, emit } = setScene();
    feed.join(new Reader());
    for (let i = 0; i < 4; i += 1) feed.committed(emit());
    assert.deepEqual(seqsOf(feed.after(0, 20)), [1, 2]);
    assert.deepEqual(seqsOf(feed.after(0, 5)), [1]);
  });

  it('reads the log once for readers that ask at the same time', async () => {
    const { feed, emit, log } = setScene();
    feed.join(new Reader());
    feed.join(new Reader());
    emit();
    await Promise.all([feed.pull(), feed.pull()]);
    assert.equal(log.reads, 1);
  });

  it('starts where its furthest reader stands', () => {
    const { feed, emit } = setScene();
    const entries = Array.from({ length: 6 }, () => emit());
    for (const entry of entries.slice(4)) feed.committed(entry);
    feed.join(new Reader(4));
    assert.deepEqual(seqsOf(feed.after(4, 1000)), [5, 6]);
    feed.join(new Reader(2));
    assert.equal(feed.after(2, 1000), 'in-log');
  });

  it('keeps nothing once closed', () => {
    const { feed, emit, clock } = setScene();
    feed.join(new Reader());
    const [first, second] = [emit(), emit()];
    feed.committed(second);
    feed.close();
    feed.committed(first);
    assert.deepEqual(feed.kept, { events: 0, bytes: 0 });
    assert.equal(clock.pending, 0);
  });
});
