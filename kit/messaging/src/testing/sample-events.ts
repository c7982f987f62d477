import type { EventRecord } from '../event.ts';

export const MOVED = 'taskflow.sample.moved.v1';
export const RENAMED = 'taskflow.sample.renamed.v1';

/** Keeps characters that a parser would change: a trailing zero, digits beyond 2^53, a repeated space. */
export const SAMPLE_PAYLOAD = '{"price":1.0,  "serial":12345678901234567890,"name":"Zoë ☃"}';

/** An event whose id tells its number. */
export function sampleEvent(number: number, type: string = MOVED): EventRecord {
  const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  return {
    id,
    type,
    subject: `samples/${number}`,
    key: `sample-${number % 7}`,
    time: 1_760_000_000_000 + number,
    tenantId: '00000000-0000-0000-0000-000000000000',
    data: { eventId: id, number },
    raw: { payload: SAMPLE_PAYLOAD },
  };
}

export function sampleEvents(first: number, count: number, type: string = MOVED): EventRecord[] {
  return Array.from({ length: count }, (_, index) => sampleEvent(first + index, type));
}
