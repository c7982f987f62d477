import { randomUUID } from 'node:crypto';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decodeEntry, encodeEntry } from './entry-encoding.ts';
import type { EventRecord } from './event.ts';

/**
 * Milliseconds of CPU per 1,000 events in entries of 500 with payloads of 200 bytes: encoding as the outbox does
 * it, the share of compression in that, and decoding. Run with `node kit/messaging/src/entry-encoding.bench.ts`.
 */
const EVENTS = 500;
const ROUNDS = 200;

function createdEvent(): EventRecord {
  const id = randomUUID();
  const key = randomUUID();
  return {
    id,
    type: 'taskflow.sample.created.v1',
    subject: `samples/${key}`,
    key,
    time: 1_760_000_000_000,
    tenantId: '00000000-0000-0000-0000-000000000000',
    correlationId: randomUUID(),
    data: {
      eventId: id,
      sampleId: key,
      generation: 1,
      type: 'email.send',
      queue: 'default',
      priority: 500,
      createdAt: '2025-10-09T08:53:20.002Z',
    },
    raw: { payload: JSON.stringify({ to: `${randomUUID()}@example.com`, body: randomUUID().repeat(4) }) },
  };
}

function measure(work: () => unknown): number {
  for (let round = 0; round < ROUNDS; round += 1) work();
  const start = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) work();
  return process.cpuUsage(start).user / 1000 / ((ROUNDS * EVENTS) / 1000);
}

const events = Array.from({ length: EVENTS }, createdEvent);
const body = encodeEntry(events);
const text = zstdDecompressSync(body.subarray(1));
const encode = measure(() => encodeEntry(events));
const compress = measure(() => zstdCompressSync(text));
const decode = measure(() => decodeEntry(body));
console.log('milliseconds of CPU per 1,000 events');
for (const [name, ms] of Object.entries({ encode, 'of it compress': compress, decode })) {
  console.log(`  ${name.padEnd(14)} ${ms.toFixed(2)}`);
}
console.log(`${text.length} bytes, ${body.length} stored`);
