import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import { manualIncarnation, sampleEvent } from '@taskflow/kit-messaging/testing';
import { UnavailableError } from '@taskflow/kit-resilience';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { createConsumer, EntryGapError } from './consumer.ts';
import { type PositionMove, PositionMovedError, type Positions } from './positions.ts';

const source = 'sample';
const entry = (seq: number, ...events: EventRecord[]): StreamEntry => ({ source, stream: 0, seq, events });

/** A consumer over a database that holds one position, and refuses a move that does not begin there. */
async function scene({ isolates = false } = {}) {
  let position = 0;
  let failure: 'before' | 'after' | undefined;
  const moves: string[] = [];
  const applied: string[] = [];
  const positions: Positions = {
    incarnation: manualIncarnation(),
    read: (_, stream) => Promise.resolve({ source, stream, seq: position }),
    durable: () => Promise.resolve(position),
    advance: () => Promise.resolve(),
  };
  async function apply(changes: readonly string[], { stream, from, to, logIdentity }: PositionMove): Promise<void> {
    assert.deepEqual([stream, logIdentity], [0, 'identity']);
    if (from !== position) throw new PositionMovedError(source, stream, from);
    if (failure === 'before') throw new Error('refused');
    await tryOut(changes);
    position = to;
    moves.push(`${from}→${to}`);
    applied.push(...changes);
    if (failure === 'after') throw new Error('answer lost');
  }
  const poisonous = new Set<string>();
  let passing: Error | undefined;
  async function tryOut(changes: readonly string[]): Promise<void> {
    if (passing) throw passing;
    if (changes.some((change) => poisonous.has(change))) throw new Error('poison');
  }
  const telemetry = silentTelemetry();
  const consumer = createConsumer<string>({
    consumer: 'reader',
    source,
    types: [],
    maxEvents: 7,
    positions,
    telemetry,
    translate: ({ id, type }) => (type === 'broken' ? undefined : id),
    apply,
    ...(isolates && { tryOut }),
  });
  await consumer.position(0, 'identity');
  return {
    consumer,
    moves,
    applied,
    telemetry,
    poisonous,
    beAway: (error: Error) => {
      passing = error;
    },
    moveTo: (to: number) => {
      position = to;
    },
    failing: (how: typeof failure) => {
      failure = how;
    },
  };
}

describe('a consumer', () => {
  test('applies consecutive entries in their order as one move', async () => {
    const { consumer, moves, applied } = await scene();
    const [first, second, third] = [sampleEvent(1), sampleEvent(2), sampleEvent(3)];
    await consumer.apply([entry(1, first, second), entry(2), entry(3, third)]);
    assert.deepEqual([moves, applied], [['0→3'], [first.id, second.id, third.id]]);
    await consumer.apply([]);
  });

  test('passes over what cannot be read, and counts it', async () => {
    const { consumer, moves, applied, telemetry } = await scene();
    const good = sampleEvent(1);
    await consumer.apply([entry(1, { ...good, type: 'broken' }, good)]);
    assert.deepEqual([moves, applied], [['0→1'], [good.id]]);
    const shown = await telemetry.metrics.metrics();
    assert.match(shown, /^events_unreadable_total\{consumer="reader",type="broken"\} 1$/m);
  });

  test('refuses entries that leave one out', async () => {
    const { consumer, moves } = await scene();
    await assert.rejects(consumer.apply([entry(1), entry(3)]), EntryGapError);
    await assert.rejects(consumer.apply([entry(2)]), { code: 'position_moved' });
    assert.deepEqual(moves, []);
  });

  test('what was applied before changes nothing, and is no failure', async () => {
    const { consumer, moves, moveTo } = await scene();
    await consumer.apply([entry(1), entry(2)]);
    await consumer.apply([entry(1), entry(2)]);
    moveTo(5);
    await consumer.apply([entry(4), entry(5)]);
    await assert.rejects(consumer.apply([entry(5), entry(6)]), { code: 'position_moved' });
    assert.deepEqual(moves, ['0→2']);
  });

  test('after a failure the database says whether it took effect', async () => {
    const { consumer, moves, failing } = await scene();
    failing('before');
    await assert.rejects(consumer.apply([entry(1)]), /^Error: refused$/);
    failing('after');
    await consumer.apply([entry(1)]);
    failing(undefined);
    await consumer.apply([entry(2)]);
    assert.deepEqual(moves, ['0→1', '1→2']);
  });

  test('that can try out passes over what cannot be written, with the same move, and counts it', async () => {
    const { consumer, moves, applied, poisonous, telemetry } = await scene({ isolates: true });
    const events = Array.from({ length: 7 }, (_, n) => sampleEvent(n));
    for (const n of [0, 4, 6]) poisonous.add(events[n]?.id ?? '');
    await consumer.apply([entry(1, ...events.slice(0, 3)), entry(2, ...events.slice(3))]);
    assert.deepEqual([moves, applied], [['0→2'], [1, 2, 3, 5].map((n) => events[n]?.id)]);
    assert.match(await telemetry.metrics.metrics(), /^events_set_apart_total\{consumer="reader",type="[^"]+"\} 3$/m);
    const last = sampleEvent(8);
    poisonous.add(last.id);
    await consumer.apply([entry(3, last)]);
    assert.deepEqual(moves, ['0→2', '2→3']);
  });

  test('passes over nothing for a fault that may pass, or that none of them has', async () => {
    const { consumer, moves, poisonous, beAway, failing } = await scene({ isolates: true });
    const event = sampleEvent(1);
    failing('before');
    await assert.rejects(consumer.apply([entry(1, event)]), /refused/);
    failing(undefined);
    beAway(new UnavailableError('no server'));
    poisonous.add(event.id);
    await assert.rejects(consumer.apply([entry(1, event)]), { code: 'unavailable' });
    assert.deepEqual(moves, []);
  });

  test('that cannot try out passes over nothing', async () => {
    const { consumer, moves, poisonous } = await scene();
    const event = sampleEvent(1);
    poisonous.add(event.id);
    await assert.rejects(consumer.apply([entry(1, event)]), /poison/);
    assert.deepEqual(moves, []);
  });
});
