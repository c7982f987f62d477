import { instantText } from '@taskflow/kit-time';
import { z } from 'zod';
import type { EventRecord, StreamEntry } from './event.ts';

/**
 * The envelope of a contract event outside its process: CloudEvents 1.0, JSON format. Extension names are lower
 * case letters and digits, as the specification asks. `data` is the contract body.
 */
export const cloudEventSchema = z.strictObject({
  specversion: z.literal('1.0'),
  /** Unique within `source`; the same id is the same event. */
  id: z.uuid(),
  source: z.string().regex(/^\/taskflow\/[a-z][a-z0-9-]*$/),
  type: z.string().regex(/^taskflow(\.[a-z][a-z0-9-]*)+\.v[1-9][0-9]*$/),
  subject: z.string().min(1),
  /** RFC 3339 in UTC with milliseconds. */
  time: z.iso.datetime({ precision: 3 }),
  datacontenttype: z.literal('application/json'),
  /** Events of one key keep their order. */
  partitionkey: z.string().min(1),
  /** Place in the stream, in text order: number of the entry, place in the entry. */
  sequence: z.string().regex(/^[0-9]{16}\.[0-9]{6}$/),
  tenantid: z.uuid(),
  correlationid: z.string().min(1).optional(),
  causationid: z.string().min(1).optional(),
  traceparent: z
    .string()
    .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
    .optional(),
  data: z.record(z.string(), z.json()),
});
export type CloudEvent = z.infer<typeof cloudEventSchema>;

/** The envelope of event `index` of an entry, as an object. Raw members of the body are parsed. */
export function toCloudEvent(entry: StreamEntry, index: number): CloudEvent {
  return JSON.parse(encodeCloudEvent(entry, index)) as CloudEvent;
}

/** The same as JSON text. Raw members of the body are copied, neither parsed nor printed. */
export function encodeCloudEvent(entry: StreamEntry, index: number): string {
  const event = entry.events[index];
  if (event === undefined) throw new RangeError(`Entry ${entry.seq} of ${entry.source} has no event ${index}.`);
  const envelope = JSON.stringify({
    specversion: '1.0',
    id: event.id,
    source: `/taskflow/${entry.source}`,
    type: event.type,
    subject: event.subject,
    time: instantText(event.time),
    datacontenttype: 'application/json',
    partitionkey: event.key,
    sequence: sequenceOf(entry.seq, index),
    tenantid: event.tenantId,
    correlationid: event.correlationId,
    causationid: event.causationId,
    traceparent: event.traceparent,
  });
  return `${envelope.slice(0, -1)},"data":${encodeBody(event)}}`;
}

/** The contract body as JSON text. */
function encodeBody(event: EventRecord): string {
  let body = JSON.stringify(event.data);
  for (const name in event.raw) {
    const separator = body.length > 2 ? ',' : '';
    body = `${body.slice(0, -1)}${separator}${JSON.stringify(name)}:${event.raw[name]}}`;
  }
  return body;
}

function sequenceOf(seq: number, index: number): string {
  return `${String(seq).padStart(16, '0')}.${String(index).padStart(6, '0')}`;
}
