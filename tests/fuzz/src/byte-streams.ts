import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { hostileTexts } from './hostile-values.ts';

const host = 'host: localhost\r\n';
const upgrade =
  `GET /api/v1/worker HTTP/1.1\r\n${host}upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n` +
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: taskflow.worker.v1\r\n\r\n';
const requests = [
  `GET /livez HTTP/1.1\r\n${host}\r\n`,
  `POST /api/v1/tasks HTTP/1.1\r\n${host}content-type: application/json\r\ncontent-length: 24\r\n\r\n{"type":"taskflow.noop"}`,
  `POST /api/v1/tasks HTTP/1.1\r\n${host}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"typ\r\n0\r\n\r\n`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  upgrade,
];

/** A frame of a WebSocket as its bytes, right or not: every bit of its head is given. */
const frames = fc
  .record({
    head: fc.oneof(fc.constantFrom(0x81, 0x82, 0x01, 0x80, 0x88, 0x89, 0x8a), fc.nat(255)),
    masked: fc.boolean(),
    length: fc.constantFrom<'own' | 'short' | 'huge' | 'negative'>('own', 'own', 'own', 'short', 'huge', 'negative'),
    text: fc.oneof(
      fc.constantFrom(...hostileTexts, '{"kind":"register","name":"fuzz","types":[],"concurrency":1}'),
      fc.string(),
    ),
  })
  .map(({ head, masked, length, text }) => {
    const payload = Buffer.from(text).subarray(0, 60_000);
    const size = Buffer.alloc(length === 'own' || length === 'short' ? 3 : 9);
    const mask = masked ? 0x80 : 0;
    if (size.length === 3) {
      size[0] = mask | 126;
      size.writeUInt16BE(length === 'short' ? payload.length >> 1 : payload.length, 1);
    } else {
      size[0] = mask | 127;
      size.writeBigUInt64BE(length === 'huge' ? 1n << 40n : (1n << 63n) + 5n, 1);
    }
    // A mask of zeros leaves the payload as it is.
    return Buffer.concat([Buffer.from([head]), size, Buffer.alloc(masked ? 4 : 0), payload]);
  });

const mutated = fc
  .tuple(
    fc.constantFrom(...requests),
    fc.nat(400),
    fc.nat(255),
    fc.constantFrom<'replace' | 'insert' | 'cut'>('replace', 'insert', 'cut'),
  )
  .map(([text, place, byte, how]) => {
    const bytes = Buffer.from(text, 'latin1');
    const at = place % bytes.length;
    if (how === 'cut') return bytes.subarray(0, at);
    return Buffer.concat([bytes.subarray(0, at), Buffer.from([byte]), bytes.subarray(how === 'insert' ? at : at + 1)]);
  });

/** What is written to the port, piece by piece. */
export const byteStreams: fc.Arbitrary<readonly Buffer[]> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.array(frames, { minLength: 1, maxLength: 6 }).map((all) => [Buffer.from(upgrade), ...all]),
  },
  { weight: 3, arbitrary: fc.array(mutated, { minLength: 1, maxLength: 3 }) },
  fc.array(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    { maxLength: 3 },
  ),
);

const endsWithinMs = 40_000;

/** Writes, says that nothing more comes, and gives what is wrong with how the server ended it. */
export async function writeBytes(url: string, pieces: readonly Buffer[]): Promise<string | undefined> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  let answer = '';
  socket.on('data', (chunk) => {
    if (answer.length < 10_000) answer += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  socket.setTimeout(endsWithinMs, () => socket.destroy(new Error('late')));
  let isLate = false;
  socket.on('timeout', () => {
    isLate = true;
  });
  await once(socket, 'connect');
  const closed = once(socket, 'close').catch(() => undefined);
  for (const piece of pieces) socket.write(piece);
  socket.end();
  await closed;
  if (isLate) return 'the connection is left open although nothing more comes';
  const fault = /(?:^|\n)HTTP\/1\.1 5\d\d/.exec(answer);
  return fault ? `answered ${fault[0].trim()}: ${answer.slice(0, 300)}` : undefined;
}
