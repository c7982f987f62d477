import { once } from 'node:events';
import { connect } from 'node:net';
import type { GivenAnswer } from './answer-check.ts';
import { requireDescribed } from './described-answers.ts';

/** Sends bytes that no HTTP client would send and gives back all that came until the server closed or fell silent for good. */
export async function rawExchange(url: string, bytes: string | Buffer, until: RegExp = /\r\n\r\n/): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  const deadline = AbortSignal.timeout(30_000);
  deadline.addEventListener('abort', () => socket.destroy(new Error('the server neither answered nor closed')));
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (until.test(text)) socket.end();
  });
  const closed = once(socket, 'close');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.write(bytes);
  await closed;
  const answer = answerOf(bytes, text);
  if (answer !== undefined) requireDescribed(answer);
  return text;
}

/** The first answer, if it came whole and is one to a request. */
function answerOf(bytes: string | Buffer, text: string): GivenAnswer | undefined {
  const [, method = 'POST', path = '/'] = /^([A-Z]+) (\S+) /.exec(bytes.toString('latin1')) ?? [];
  const [, status, head, rest] = /^HTTP\/1\.1 (\d{3})[^]*?\r\n([^]*?)\r\n\r\n([^]*)$/.exec(text) ?? [];
  if (status === undefined || head === undefined || rest === undefined || Number(status) < 200) return undefined;
  const header = (name: string) => new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim();
  const length = Number(header('content-length') ?? rest.length);
  if (rest.length < length && method !== 'HEAD') return undefined;
  const body = Buffer.from(rest.slice(0, length), 'latin1').toString('utf8');
  return { method, path, status: Number(status), contentType: header('content-type') ?? null, text: body };
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
