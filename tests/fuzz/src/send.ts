import { Agent, request } from 'node:http';
import type { FuzzRequest } from './requests.ts';

export interface Received {
  readonly status: number;
  readonly contentType: string | null;
  readonly retryAfter: string | undefined;
  readonly text: string;
  readonly ms: number;
}

const answerWithinMs = 60_000;

/** Sends what is given, header by header: a client of good will would refuse to. */
export function createSender(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const { hostname, port } = new URL(url);

  function send({ method, path, headers, body }: FuzzRequest): Promise<Received> {
    const begun = performance.now();
    const { promise, resolve, reject } = Promise.withResolvers<Received>();
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const length = bytes && { 'content-length': String(bytes.length) };
    const call = request({ hostname, port, agent, method, path, headers: { ...headers, ...length } });
    call.setTimeout(answerWithinMs, () => call.destroy(new Error('no answer')));
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? null,
          retryAfter: response.headers['retry-after'],
          text: Buffer.concat(chunks).toString('utf8'),
          ms: performance.now() - begun,
        }),
      );
    });
    call.end(bytes);
    return promise;
  }

  return { send, close: () => agent.destroy() };
}
