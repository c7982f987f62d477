import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { systemClock, systemIds } from '@taskflow/kit-time';
import { z } from 'zod';
import { Problem } from '../problem.ts';
import { type Health, type HttpModule, route } from '../route.ts';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../server.ts';

export interface ProblemBody {
  status: number;
  code: string;
  detail: string;
  requestId: string;
  retryable?: boolean;
  outcome?: string;
  errors?: { pointer: string; code: string }[];
}

const created = z.strictObject({
  type: z
    .string()
    .min(1)
    .max(50)
    .refine((type) => type !== 'reserved', { params: { code: 'reserved_type' } }),
  payload: z.unknown().optional(),
  retry: z.strictObject({ maxAttempts: z.int() }).optional(),
});
const failures: Record<string, () => Error> = {
  overloaded: () => new OverloadedError('secret detail', 2_500),
  unavailable: () => new UnavailableError('secret detail'),
  unknown: () => new UnavailableError('secret detail', { outcome: 'unknown' }),
  driver: () => Object.assign(new Error('secret detail'), { code: 'unavailable' }),
  commit: () => Object.assign(new Error('secret detail'), { code: 'commit_unknown' }),
  problem: () => new Problem(409, { code: 'already_finished', detail: 'It has finished.' }),
  extended: () => {
    const extensions: object = { status: 'completed', code: 'x', names: ['a'] };
    return new Problem(409, { code: 'already_finished', detail: 'It has finished.', extensions: { ...extensions } });
  },
  crash: () => new Error('secret detail'),
};

function testModule(events: {
  health: Health;
  handled: unknown[];
  aborted: string[];
  waiting: () => void;
}): HttpModule {
  return {
    name: 'things',
    health: async () => events.health,
    routes: [
      route({
        method: 'POST',
        path: '/things',
        summary: 'Create',
        tag: 'things',
        body: created,
        answers: { 201: z.object({ id: z.string() }) },
        bodyLimit: 10_000,
        handle: async ({ body }) => {
          events.handled.push(body);
          return { status: 201, body: { id: 'a' }, headers: { location: '/things/a' } };
        },
      }),
      route({
        method: 'POST',
        path: '/things/:id/cancel',
        summary: 'Cancel',
        tag: 'things',
        body: z.strictObject({ reason: z.string().optional() }),
        params: z.object({ id: z.uuid() }),
        answers: { 202: null },
        handle: async ({ body }) => ({ status: 202, body: { reason: body.reason ?? 'none' } }),
      }),
      route({
        method: 'POST',
        path: '/lists',
        summary: 'Take items of several owners',
        tag: 'things',
        body: z.strictObject({ items: z.array(z.unknown()) }),
        itemsApart: 'items',
        answers: { 200: null },
        handle: async ({ body, refusedItems }) => ({
          status: 200,
          body: { taken: body.items.length, refused: [...refusedItems].map(([index, { code }]) => [index, code]) },
        }),
      }),
      route({
        method: 'GET',
        path: '/things',
        summary: 'List',
        tag: 'things',
        query: z.strictObject({ limit: z.coerce.number().int().min(1).max(200).optional() }),
        answers: { 200: null },
        handle: async ({ query, traceparent, requestId }) => ({ status: 200, body: { query, traceparent, requestId } }),
      }),
      route({
        method: 'GET',
        path: '/fail/:how',
        summary: 'Fail',
        tag: 'things',
        params: z.object({ how: z.string() }),
        answers: {},
        handle: async ({ params }) => {
          throw failures[params.how]?.() ?? assert.fail();
        },
      }),
      route({
        method: 'GET',
        path: '/large',
        summary: 'Give 16 MiB, more than the system takes in the place of one that does not read',
        tag: 'things',
        answers: { 200: null },
        handle: async () => ({ status: 200, json: `"${'x'.repeat(16 * 1024 * 1024)}"` }),
      }),
      route({
        method: 'GET',
        path: '/wait',
        summary: 'Wait',
        tag: 'things',
        answers: { 200: null },
        handle: async ({ signal, waitSeconds }) => {
          events.waiting();
          if (!signal.aborted) await once(signal, 'abort');
          events.aborted.push('wait');
          return { status: 200, body: { waitSeconds } };
        },
      }),
    ],
    sockets: [
      {
        path: '/socket',
        subprotocol: 'things.v1',
        maxPayload: 100,
        maxSockets: 3,
        inbound: { unadmitted: 1_000, unanswered: 10_000_000 },
        accept: (socket) => socket.on('message', (data: Buffer) => socket.send(`echo ${data.toString()}`)),
      },
    ],
  };
}

/** A server of its own on a free port, and what its handlers saw. */
export function thingsServer(options: Partial<HttpServerOptions> = {}) {
  const events = {
    health: { database: { state: 'ok' } } as Health,
    handled: [] as unknown[],
    aborted: [] as string[],
    waiting: () => {},
  };
  const server = createHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    modules: [testModule(events)],
    unavailable: [
      { path: '/plans*', what: 'Plans' },
      { methods: ['DELETE'], path: '/things/:id', what: 'Removals' },
    ],
    publicUrl: 'https://tasks.example',
    telemetry: silentTelemetry(),
    clock: systemClock,
    ids: systemIds,
    title: 'Things',
    version: '1.0.0',
    drainMs: 5_000,
    ...options,
  });
  return { server, events };
}

/** Sends bytes as they are; gives everything that came back until the server closed the connection. */
export async function raw(server: HttpServer, ...parts: (string | Buffer)[]): Promise<string> {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  for (const part of parts) socket.write(part);
  await once(socket, 'close');
  return answer;
}

/** Calls one server; gives the answer with its body read. */
export function caller(server: HttpServer) {
  return async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, init);
    const text = await response.text();
    const body = (response.headers.get('content-type') ?? '').includes('json') && text ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: body as ProblemBody & Record<string, unknown> };
  };
}
