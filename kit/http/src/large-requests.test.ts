import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { OverloadedError } from '@taskflow/kit-resilience';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { systemClock, systemIds } from '@taskflow/kit-time';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { LargeRequests } from './large-requests.ts';
import { route } from './route.ts';
import { createHttpServer } from './server.ts';

const large = 16 * 1024;

describe('requests with large bodies', () => {
  it('go on one in each turn of the event loop, in the order in which they came', async () => {
    const requests = new LargeRequests();
    const wentOn: { request: number; at: number }[] = [];
    let loops = 0;
    let isOver = false;
    const count = () => {
      loops += 1;
      if (!isOver) setImmediate(count);
    };
    count();
    const goOn = async (request: number) => {
      await requests.turn(large);
      wentOn.push({ request, at: loops });
    };
    await Promise.all([1, 2, 3, 4].map(goOn));
    isOver = true;
    assert.deepEqual(
      wentOn.map(({ request }) => request),
      [1, 2, 3, 4],
    );
    for (const [i, { at }] of wentOn.entries()) {
      const before = wentOn[i - 1];
      if (before) assert.ok(at - before.at >= 2, `${at - before.at} turns of the loop between two of them`);
    }
  });

  it('hold up none with a small body', () => {
    const requests = new LargeRequests();
    void requests.turn(large);
    assert.equal(requests.turn(large - 1), undefined);
  });

  it('are refused once those that wait are too many bytes, and taken again when they have gone on', async () => {
    const requests = new LargeRequests(3 * large);
    const waiting = [1, 2, 3].map(async () => requests.turn(large));
    assert.throws(() => requests.turn(large), OverloadedError);
    await Promise.all(waiting);
    await requests.turn(3 * large);
  });

  it('are taken however large one alone is', async () => {
    await new LargeRequests(large).turn(2 * large);
  });

  it('are handled so by a server, however many come together', async () => {
    await using it = await served();
    const sockets = await Promise.all(Array.from({ length: callers }, () => connected(it.server.port)));
    const body = JSON.stringify({ text: 'x'.repeat(large) });
    const head = `POST /large HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
    const answered = sockets.map((socket) => once(socket, 'data'));
    it.count();
    for (const socket of sockets) socket.write(head + body);
    await Promise.all(answered);
    for (const socket of sockets) socket.destroy();
    it.assertApart();
  });

  it('and large messages of sockets that ask for their turn go on beside them', async () => {
    await using it = await served();
    const url = `${it.server.url.replace('http', 'ws')}/large`;
    const sockets = Array.from({ length: callers }, () => new WebSocket(url, 'large.v1'));
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const answered = sockets.map((socket) => once(socket, 'message'));
    it.count();
    for (const socket of sockets) socket.send('x'.repeat(large));
    await Promise.all(answered);
    for (const socket of sockets) socket.terminate();
    it.assertApart();
  });
});

const callers = 6;

/** A server that notes in which turn of the event loop each large body or message went on. */
async function served() {
  const handledAt: number[] = [];
  let loops = 0;
  const count = () => {
    loops += 1;
    if (handledAt.length < callers) setImmediate(count);
  };
  const note = () => void handledAt.push(loops);
  const server = createHttpServer({
    listen: { host: '127.0.0.1', port: 0 },
    modules: [
      {
        name: 'large',
        health: async () => ({}),
        routes: [
          route({
            method: 'POST',
            path: '/large',
            summary: 'Take',
            tag: 'large',
            body: z.object({ text: z.string() }),
            answers: { 202: null },
            handle: async () => {
              note();
              return { status: 202 };
            },
          }),
        ],
        sockets: [
          {
            path: '/large',
            subprotocol: 'large.v1',
            maxPayload: 2 * large,
            maxSockets: callers,
            inbound: { unadmitted: 2 * large, unanswered: callers * 2 * large },
            accept: (socket, { turn }) =>
              socket.on('message', (data: Buffer) => {
                const read = () => {
                  note();
                  socket.send('read');
                };
                void (turn(data.length) ?? Promise.resolve()).then(read);
              }),
          },
        ],
      },
    ],
    telemetry: silentTelemetry(),
    clock: systemClock,
    ids: systemIds,
    title: 'large',
    version: '1',
  });
  await server.start();
  return {
    server,
    count,
    assertApart: () => {
      const gaps = handledAt.slice(1).map((at, i) => at - (handledAt[i] as number));
      assert.equal(gaps.length, callers - 1);
      assert.ok(
        gaps.every((turns) => turns >= 2),
        `in the turns ${handledAt.join()} of the loop`,
      );
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}
