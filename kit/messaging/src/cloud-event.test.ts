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

/**
 * The rules of CloudEvents 1.0 for a JSON event, written from the specification and not from our schema: required
 * attributes are non-empty strings, names are lower case letters and digits, values are of its type system.
 */
function violations(event: Record<string, unknown>): string[] {
  const found: string[] = [];
  for (const name of ['id', 'source', 'specversion', 'type']) {
    if (typeof event[name] !== 'string' || event[name] === '') found.push(`${name} is required and not empty`);
  }
  if (event.specversion !== '1.0') found.push('specversion is 1.0');
  for (const [name, value] of Object.entries(event)) {
    if (name === 'data' || name === 'data_base64') continue;
    if (!/^[a-z0-9]+$/.test(name)) found.push(`${name}: names are lower case letters and digits`);
    if (name.length > 20) found.push(`${name}: names should not exceed 20 characters`);
    const isInteger = Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31;
    if (typeof value !== 'string' && typeof value !== 'boolean' && !isInteger)
      found.push(`${name}: no such value type`);
    if (typeof value === 'string' && /[\p{Cc}\p{Cs}]/u.test(value)) found.push(`${name}: no control characters`);
  }
  if ('subject' in event && event.subject === '') found.push('subject is not empty');
  const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  if ('time' in event && !rfc3339.test(String(event.time))) found.push('time is RFC 3339');
  if ('datacontenttype' in event && !/^[\w.+-]+\/[\w.+-]+/.test(String(event.datacontenttype))) {
    found.push('datacontenttype is a media type');
  }
  if (!URL.canParse(String(event.source), 'https://base.example')) found.push('source is a URI-reference');
  return found;
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
