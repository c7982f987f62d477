import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeEntry, encodeEntry, maxEntryBytes } from './entry-encoding.ts';
import { encodeEntries, EventTooLargeError } from './entry-splitting.ts';
import type { EventRecord } from './event.ts';
import { sampleEvent, sampleEvents } from './testing/index.ts';

const mebibyte = 1024 * 1024;
const holding = (number: number, payload: string): EventRecord => ({ ...sampleEvent(number), raw: { payload } });
const textOf = (bytes: number) =>
  `"${randomBytes(Math.ceil(bytes / 2))
    .toString('hex')
    .slice(0, bytes - 2)}"`;

async function divided(events: readonly EventRecord[]) {
  const entries = await encodeEntries(events);
  for (const { body, bytes } of entries) assert.ok(body.length <= maxEntryBytes && bytes <= maxEntryBytes);
  assert.deepEqual(
    entries.flatMap(({ body }) => decodeEntry(body)),
    events,
  );
  return entries.map((entry) => entry.events.length);
}

describe('the entries of a transaction', () => {
  it('are one, at once and as ever, where the events fit', () => {
    const events = sampleEvents(1, 100);
    const entries = encodeEntries(events);
    assert.ok(!(entries instanceof Promise));
    assert.deepEqual(entries[0]?.body, encodeEntry(events));
    assert.equal(entries[0]?.events, events);
    assert.equal(entries.length, 1);
  });

  it('are as few as hold the events, in order, each within the bound', async () => {
    assert.deepEqual(await divided([1, 2, 3, 4, 5].map((n) => holding(n, textOf(3 * mebibyte)))), [2, 2, 1]);
    assert.deepEqual(await divided([holding(1, textOf(7 * mebibyte)), ...sampleEvents(2, 3)]), [4]);
    assert.deepEqual(await divided([...sampleEvents(2, 3), holding(1, textOf(7 * mebibyte))]), [4]);
  });

  it('are halved where characters take more bytes than one, or the body itself is large', async () => {
    const wide = (n: number) => holding(n, JSON.stringify('\u20ac'.repeat(2 * mebibyte)));
    assert.deepEqual(await divided([wide(1), wide(2)]), [1, 1]);
    const bodies = [1, 2, 3].map((n) => ({ ...sampleEvent(n), data: { text: 'x'.repeat(3 * mebibyte) } }));
    assert.deepEqual(await divided(bodies), [2, 1]);
  });

  it('hold whatever comes', async () => {
    const sizes = fc.array(fc.integer({ min: 2, max: 5 * mebibyte }), { minLength: 1, maxLength: 12 });
    const check = async (list: number[]) => void (await divided(list.map((bytes, n) => holding(n, textOf(bytes)))));
    await fc.assert(fc.asyncProperty(sizes, check), { numRuns: 10 });
  });

  it('are refused when one event alone is more than the bound, by its name', () => {
    const tooLarge = (event: EventRecord) => (error: unknown) =>
      error instanceof EventTooLargeError && error.type === event.type && error.subject === event.subject;
    const text = holding(2, textOf(maxEntryBytes));
    const wide = holding(3, JSON.stringify('\u20ac'.repeat(3 * mebibyte)));
    for (const event of [text, wide]) {
      assert.throws(() => encodeEntries([sampleEvent(1), event, sampleEvent(4)]), tooLarge(event));
    }
  });

  it('are compressed in another thread where that would hold up everything else', async () => {
    const large = sampleEvents(1, 12_000);
    const entries = encodeEntries(large);
    assert.ok(entries instanceof Promise);
    assert.deepEqual(decodeEntry((await entries)[0]?.body as Buffer), large);
  });
});
