import { type Delivery, type ServerFrame, subprotocol } from '@taskflow/contracts-worker-protocol';
import { eventually, type Signal, signal } from '@taskflow/kit-testing';
import { WebSocket } from 'ws';

export interface WorkerOptions {
  readonly name?: string;
  readonly types?: string[];
  readonly queues?: string[];
  /** Workflow definitions that it holds, as `name@version`. */
  readonly definitions?: string[];
  readonly concurrency?: number;
  /** Credit given at once; none unless told. */
  readonly credit?: number;
  readonly session?: string;
  readonly holds?: string[];
}

type FrameOf<K extends ServerFrame['kind']> = Extract<ServerFrame, { kind: K }>;

/** A worker that does nothing by itself: a test sees each frame and says each word. */
export interface TestWorker {
  readonly session: string;
  readonly registered: FrameOf<'registered'>;
  readonly deliveries: Signal<Delivery>;
  readonly lost: Signal<FrameOf<'lost'>>;
  readonly errors: Signal<FrameOf<'error'>>;
  /** Close code of the connection. */
  readonly closed: Signal<number>;
  send(frame: unknown): void;
  /** Any text, also what is no frame. */
  sendText(text: string): void;
  credit(upTo: number): void;
  /** Gives the outcomes, in the order of the items. */
  complete(...items: { lease: string; taskId: string; result?: unknown; skipped?: boolean }[]): Promise<string[]>;
  fail(...items: Record<string, unknown>[]): Promise<string[]>;
  /** Leases that the worker no longer has. */
  heartbeat(holds: string[], received: number): Promise<string[]>;
  /** Takes nothing off the wire any more. */
  stopReading(): void;
  /** Leaves without a word, as a killed process does. */
  vanish(): void;
  leave(): Promise<void>;
}

export async function connectWorker(serverUrl: string, options: WorkerOptions = {}): Promise<TestWorker> {
  const socket = new WebSocket(`${serverUrl.replace('http', 'ws')}/api/v1/worker`, subprotocol);
  const registered = signal<FrameOf<'registered'>>();
  const deliveries = signal<Delivery>();
  const lost = signal<FrameOf<'lost'>>();
  const errors = signal<FrameOf<'error'>>();
  const closed = signal<number>();
  const answers = new Map<number, FrameOf<'settled'> | FrameOf<'heartbeat'>>();
  let refs = 0;

  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as ServerFrame;
    if (frame.kind === 'registered') registered.send(frame);
    else if (frame.kind === 'deliver') for (const delivery of frame.deliveries) deliveries.send(delivery);
    else if (frame.kind === 'lost') lost.send(frame);
    else if (frame.kind === 'error') errors.send(frame);
    else answers.set(frame.ref, frame);
  });
  socket.on('error', () => undefined);
  socket.on('close', (code) => closed.send(code));
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const send = (frame: unknown) => socket.send(JSON.stringify(frame));

  async function ask<K extends 'settled' | 'heartbeat'>(frame: Record<string, unknown>): Promise<FrameOf<K>> {
    refs += 1;
    const ref = refs;
    send({ ...frame, ref });
    return (await eventually(() => answers.get(ref), { withinMs: 20_000 })) as FrameOf<K>;
  }

  const {
    name = 'worker',
    types = ['work'],
    credit = 0,
    concurrency = Math.max(100, credit),
    session,
    holds,
    queues,
    definitions,
  } = options;
  send({ kind: 'register', name, types, queues, definitions, concurrency, session, holds });
  const welcome = await registered.next();
  const worker: TestWorker = {
    session: welcome.session,
    registered: welcome,
    deliveries,
    lost,
    errors,
    closed,
    send,
    sendText: (text) => socket.send(text),
    credit: (upTo) => send({ kind: 'credit', upTo }),
    complete: async (...items) => {
      const { outcomes } = await ask<'settled'>({ kind: 'complete', items });
      return outcomes.map(({ outcome }) => outcome);
    },
    fail: async (...items) => {
      const { outcomes } = await ask<'settled'>({ kind: 'fail', items });
      return outcomes.map(({ outcome }) => outcome);
    },
    heartbeat: async (held, received) => (await ask<'heartbeat'>({ kind: 'heartbeat', holds: held, received })).lost,
    stopReading: () => socket.pause(),
    vanish: () => socket.terminate(),
    leave: async () => {
      socket.close(1000);
      await closed.next();
    },
  };
  if (credit > 0) worker.credit(credit);
  return worker;
}

export const broken = { code: 'broken', message: 'it broke' };

/** What a worker says of an attempt that failed. */
export function failureOf(delivery: Delivery, kind: 'terminal' | 'retryable' | 'released' = 'retryable') {
  return { lease: delivery.lease, taskId: delivery.taskId, error: broken, class: kind };
}

export function resultOf(delivery: Delivery, result: unknown = null) {
  return { lease: delivery.lease, taskId: delivery.taskId, result };
}
