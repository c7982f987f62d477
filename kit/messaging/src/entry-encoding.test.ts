import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeEntry, EntryFormatError, encodeEntry, entryTypes, maxEntryBytes } from './entry-encoding.ts';
import { type EventRecord, rawField } from './event.ts';
import { MOVED, RENAMED, SAMPLE_PAYLOAD, sampleEvent, sampleEvents } from './testing/index.ts';

describe('the stored form of an entry', () => {
  it('gives back what went in', () => {
    const full: EventRecord = {
      ...sampleEvent(1),
      correlationId: 'correlation',
      causationId: 'causation',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      raw: { payload: SAMPLE_PAYLOAD, note: '"line\\nfeed"' },
    };
    const bare: EventRecord = { ...sampleEvent(2), raw: undefined };
    const decoded = decodeEntry(encodeEntry([full, bare, sampleEvent(3)]));
    assert.deepEqual(decoded[0], full);
    assert.equal(decoded[1]?.raw, undefined);
    assert.equal('correlationId' in (decoded[1] as EventRecord), false);
    assert.deepEqual(decoded[2], sampleEvent(3));
  });

  it('copies raw members character by character, where a parser would change them', () => {
    const [decoded] = decodeEntry(encodeEntry([sampleEvent(1)]));
    assert.equal(rawField(decoded as EventRecord, 'payload'), SAMPLE_PAYLOAD);
    assert.notEqual(JSON.stringify(JSON.parse(SAMPLE_PAYLOAD)), SAMPLE_PAYLOAD);
  });

  it('holds for any JSON text, with line feeds and characters of any width', () => {
    const json = fc.json({ stringUnit: 'binary' }).map((text) => text.toWellFormed());
    const pretty = fc.jsonValue({ stringUnit: 'grapheme' }).map((value) => JSON.stringify(value, null, 2));
    const events = fc.array(fc.tuple(fc.nat(), fc.oneof(json, pretty), json), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(events, (members) => {
        const entry = members.map(([number, payload, result]) => ({
          ...sampleEvent(number),
          raw: { payload, result },
        }));
        assert.deepEqual(decodeEntry(encodeEntry(entry)), entry);
      }),
    );
  });

  it('is compressed when that pays, and says so in its first byte', () => {
    const small = encodeEntry(sampleEvents(1, 2));
    const large = encodeEntry(sampleEvents(1, 500));
    assert.equal(small[0], 0);
    assert.equal(large[0], 1);
    assert.ok(large.length < encodeEntry(sampleEvents(1, 1)).length * 100, `${large.length} bytes`);
    assert.deepEqual(decodeEntry(large), sampleEvents(1, 500));
  });

  it('tells the distinct types of its events', () => {
    assert.deepEqual(entryTypes([...sampleEvents(1, 3), sampleEvent(4, RENAMED)]), [MOVED, RENAMED]);
  });

  const whole = encodeEntry(sampleEvents(1, 100));
  const plain = encodeEntry([sampleEvent(1)]);
  const damaged: Record<string, Buffer> = {
    'an empty body': Buffer.alloc(0),
    'an encoding that is not known': Buffer.from([7, 1, 2]),
    'a compressed body that ends early': whole.subarray(0, whole.length - 40),
    'rows without an end': plain.subarray(0, 40),
    'raw members that end early': plain.subarray(0, plain.length - 3),
    'raw members with something behind them': Buffer.concat([plain, Buffer.from('x')]),
    'more than an entry holds': encodeEntry([
      { ...sampleEvent(1), raw: { payload: `"${'x'.repeat(maxEntryBytes)}"` } },
    ]),
    'rows that are not JSON': Buffer.from('\u0000[[1,2\n'),
  };
  for (const [what, body] of Object.entries(damaged)) {
    it(`is refused for ${what}`, () => {
      assert.throws(() => decodeEntry(body), EntryFormatError);
    });
  }
});
