import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  type Delivery,
  type ServerFrame,
  subprotocol,
  type WorkerFrame,
  workerFrame,
} from '@taskflow/contracts-worker-protocol';
import { type WebSocket, WebSocketServer } from 'ws';

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}
export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server for tests on a real port: HTTP answers and worker frames come from the test, word for word. */
export interface FakePlatform extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Who answers from now on; before, everything is answered 200 with `{}`. */
  answer(handler: (request: RecordedRequest) => FakeAnswer): void;
  /** The next worker connection. */
  connection(): Promise<FakeConnection>;
  /** From now on, and for what came before, every report is settled and every heartbeat answered. */
  settleAll(): void;
}

type FrameOf<F, K> = Extract<F, { readonly kind: K }>;

/** One worker connection, seen from the server. Each frame of the worker must hold the protocol's schema. */
export interface FakeConnection {
  /** The next frame of this kind that was not taken yet. */
  next<K extends WorkerFrame['kind']>(kind: K): Promise<FrameOf<WorkerFrame, K>>;
  /** Frames of this kind that were not taken yet. */
  waiting(kind: WorkerFrame['kind']): number;
  send(frame: ServerFrame): void;
  /** Anything else than a frame. */
  sendText(text: string): void;
  /** Answers a registration: session, lease 15 s, heartbeat 5 s, nothing lost, unless told otherwise. */
  register(answer?: Partial<FrameOf<ServerFrame, 'registered'>>): Promise<FrameOf<WorkerFrame, 'register'>>;
  deliver(...deliveries: Delivery[]): void;
  drop(): void;
  readonly closed: Promise<void>;
}

export const fakeSession = '00000000-0000-4000-8000-00000000000a';
const patienceMs = 10_000;

export async function fakePlatform(): Promise<FakePlatform> {
  const requests: RecordedRequest[] = [];
  let handler: (request: RecordedRequest) => FakeAnswer = () => ({ status: 200, body: {} });
  const http = createServer((incoming, outgoing) => {
    void text(incoming).then((body) => {
      const request = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: body === '' ? undefined : (JSON.parse(body) as unknown),
      };
      requests.push(request);
      const answer = handler(request);
      outgoing.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
      outgoing.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
    });
  });
  const sockets = new WebSocketServer({ server: http, path: '/api/v1/worker', handleProtocols: () => subprotocol });
  const connections = mailbox<FakeConnection>('a worker connection');
  const settling = { all: false, settle: new Set<() => void>() };
  sockets.on('connection', (socket) => connections.put(fakeConnection(socket, settling)));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (next) => {
      handler = next;
    },
    connection: () => connections.take(),
    settleAll() {
      settling.all = true;
      for (const settle of settling.settle) settle();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

function fakeConnection(
  socket: WebSocket,
  settling: { readonly all: boolean; readonly settle: Set<() => void> },
): FakeConnection {
  const unanswered: WorkerFrame[] = [];
  const settle = (): void => {
    for (const frame of unanswered.splice(0)) {
      if (frame.kind === 'heartbeat') send({ kind: 'heartbeat', ref: frame.ref, lost: [] });
      if (frame.kind === 'complete' || frame.kind === 'fail') send({ kind: 'settled', ref: frame.ref, outcomes: [] });
    }
  };
  settling.settle.add(settle);
  const boxes = new Map<string, Mailbox<WorkerFrame>>();
  const box = (kind: string): Mailbox<WorkerFrame> => {
    const known = boxes.get(kind) ?? mailbox<WorkerFrame>(`a ${kind} frame`);
    boxes.set(kind, known);
    return known;
  };
  socket.on('message', (data: Buffer) => {
    const frame = workerFrame.parse(JSON.parse(data.toString()));
    box(frame.kind).put(frame);
    unanswered.push(frame);
    if (settling.all) settle();
  });
  const send = (frame: ServerFrame): void => socket.send(JSON.stringify(frame));
  const next = async <K extends WorkerFrame['kind']>(kind: K): Promise<FrameOf<WorkerFrame, K>> =>
    (await box(kind).take()) as FrameOf<WorkerFrame, K>;
  return {
    next,
    waiting: (kind) => box(kind).size,
    send,
    sendText: (text) => socket.send(text),
    async register(answer) {
      const frame = await next('register');
      send({ kind: 'registered', session: fakeSession, leaseMs: 15_000, heartbeatMs: 5_000, lost: [], ...answer });
      return frame;
    },
    deliver: (...deliveries) => send({ kind: 'deliver', deliveries }),
    drop: () => socket.terminate(),
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
  };
}

interface Mailbox<T> {
  readonly size: number;
  put(item: T): void;
  take(): Promise<T>;
}

/** Items in order; taking waits for the next one, up to a deadline that only a defect reaches. */
function mailbox<T>(what: string): Mailbox<T> {
  const items: T[] = [];
  const takers: ((item: T) => void)[] = [];
  return {
    get size() {
      return items.length;
    },
    put(item) {
      const taker = takers.shift();
      if (taker === undefined) items.push(item);
      else taker(item);
    },
    take: () =>
      new Promise((resolve, reject) => {
        const item = items.shift();
        if (item !== undefined) return resolve(item);
        const timer = setTimeout(() => reject(new Error(`${what} did not come within ${patienceMs} ms`)), patienceMs);
        takers.push((arrived) => {
          clearTimeout(timer);
          resolve(arrived);
        });
      }),
  };
}

/** A delivery whose lease and task are told apart by `n`. */
export function aDelivery(n: number, given: Partial<Delivery> = {}): Delivery {
  return {
    n,
    lease: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    taskId: `00000000-0000-4000-9000-${String(n).padStart(12, '0')}`,
    generation: 1,
    type: 'taskflow.noop',
    queue: 'default',
    attempt: 1,
    payload: null,
    ...given,
  };
}
