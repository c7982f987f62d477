import { once } from 'node:events';
import { connect } from 'node:net';

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
  return text;
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
