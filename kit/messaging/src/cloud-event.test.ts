import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { cloudEventSchema, encodeCloudEvent, toCloudEvent } from './cloud-event.ts';
import type { StreamEntry } from './event.ts';
import { SAMPLE_PAYLOAD, sampleEvent } from './testing/index.ts';

const golden = readFileSync(new URL('./golden/cloud-event.json', import.meta.url), 'utf8');

const entry: StreamEntry = {
  source: 'sample-producer',
  stream: 0,
  seq: 42,
  events: [
    sampleEvent(1),
    {
      ...sampleEvent(2),
      correlationId: 'c0ffee00-0000-4000-8000-000000000001',
      causationId: 'c0ffee00-0000-4000-8000-000000000002',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  ],
};

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** The values of CloudEvents' type system, as JSON carries them. */
function isAttributeValue(value: unknown): boolean {
  if (typeof value === 'string') return !/[\p{Cc}\p{Cs}]/u.test(value);
  return typeof value === 'boolean' || (Number.isInteger(value) && Math.abs(value as number) < 2 ** 31);
}

/** Rules for single attributes, where they are present. */
const attributeRules: Record<string, (value: string) => boolean> = {
  specversion: (value) => value === '1.0',
  source: (value) => URL.canParse(value, 'https://base.example'),
  subject: (value) => value !== '',
  time: (value) => rfc3339.test(value),
  datacontenttype: (value) => /^[\w.+-]+\/[\w.+-]+/.test(value),
};

/**
 * The rules of CloudEvents 1.0 for a JSON event, written from the specification and not from our schema: required
 * attributes are non-empty strings, names are short, of lower case letters and digits, values of its type system.
 */
function violations(event: Record<string, unknown>): string[] {
  const attributes = Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'data'));
  const missing = ['id', 'source', 'specversion', 'type'].filter((name) => !attributes[name]);
  const spoiled = Object.entries(attributes).filter(
    ([name, value]) =>
      !/^[a-z0-9]{1,20}$/.test(name) || !isAttributeValue(value) || attributeRules[name]?.(String(value)) === false,
  );
  return [...missing, ...spoiled.map(([name]) => name)];
}

describe('the envelope of an event', () => {
  it('is what it was: consumers elsewhere read it', () => {
    // Member by member and in their order; white space means nothing.
    assert.equal(JSON.stringify(toCloudEvent(entry, 1)), JSON.stringify(JSON.parse(golden)));
  });

  it('keeps the rules of CloudEvents 1.0, with every attribute and with the optional ones absent', () => {
    for (const index of [0, 1]) {
      const event = toCloudEvent(entry, index);
      assert.deepEqual(violations(event), []);
      assert.deepEqual(cloudEventSchema.parse(event), event);
    }
  });

  it('would be seen to break them', () => {
    const broken = { specversion: '0.3', type: '', source: '/s', id: '1', partitionKey: 'x', time: 'now', a: null };
    assert.deepEqual(violations(broken), ['type', 'specversion', 'partitionKey', 'time', 'a']);
  });

  it('leaves out what is absent, instead of saying null', () => {
    const event = toCloudEvent(entry, 0);
    for (const name of ['correlationid', 'causationid', 'traceparent']) assert.equal(name in event, false);
  });

  it('copies raw members into the body character by character', () => {
    assert.ok(encodeCloudEvent(entry, 0).endsWith(`"number":1,"payload":${SAMPLE_PAYLOAD}}}`));
    const [bare] = [{ ...sampleEvent(1), data: {}, raw: { payload: '1.0', result: '[]' } }];
    assert.ok(encodeCloudEvent({ ...entry, events: [bare] }, 0).endsWith('"data":{"payload":1.0,"result":[]}}'));
  });

  it('orders events as text by their place in the stream', () => {
    const at = (seq: number, index: number) =>
      toCloudEvent({ ...entry, seq, events: Array.from({ length: index + 1 }, () => sampleEvent(1)) }, index).sequence;
    const inOrder = [at(1, 0), at(1, 1), at(1, 11), at(2, 0), at(10, 0), at(1_000_000, 3)];
    assert.deepEqual([...inOrder].sort(), inOrder);
  });

  it('refuses an event that the entry does not have', () => {
    assert.throws(() => encodeCloudEvent(entry, 2), RangeError);
  });

  const valid = JSON.parse(golden) as Record<string, unknown>;
  const spoiled: Record<string, Record<string, unknown>> = {
    'another version of the specification': { specversion: '0.3' },
    'no id': { id: undefined },
    'an empty type': { type: '' },
    'a type without its version': { type: 'taskflow.sample.moved' },
    'the source of somebody else': { source: 'https://example.com' },
    'a time that is none': { time: '2026-13-01T00:00:00.000Z' },
    'an empty partition key': { partitionkey: '' },
    'an attribute that nobody declared': { partitionKey: 'x' },
    'a trace parent of another shape': { traceparent: '1-2-3' },
    'a body that is no object': { data: 'text' },
  };
  for (const [what, change] of Object.entries(spoiled)) {
    it(`has a schema that refuses ${what}`, () => {
      assert.equal(cloudEventSchema.safeParse(valid).success, true);
      assert.equal(cloudEventSchema.safeParse({ ...valid, ...change }).success, false);
    });
  }
});
