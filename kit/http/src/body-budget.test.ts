import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { eventually } from '@taskflow/kit-testing';
import { BodyBudget } from './body-budget.ts';
import { caller, raw, thingsServer } from './testing/things-server.ts';

const kilo = 1024;

function scene() {
  const budget = new BodyBudget(4_000 * kilo);
  /** A body of which so many bytes have come; `refused` is its error. */
  return (bytes: number, length?: number) => {
    const headers = length === undefined ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(length) };
    const body = Object.assign(new EventEmitter(), { headers });
    const response = new EventEmitter();
    const sender = { refused: undefined as string | undefined, send, answered: () => response.emit('close') };
    // Once, as the framework listens: what it does not hear of ends the process.
    body.once('error', ({ code }: { code: string }) => {
      sender.refused = code;
    });
    budget.watch(body as never, response as never);
    function send(more: number): void {
      body.emit('data', Buffer.alloc(more));
    }
    send(bytes);
    return sender;
  };
}

describe('bodies that are received', () => {
  it('are held until they are too much; then large ones are refused at once, others at twice as much, small ones never', () => {
    const receive = scene();
    receive(3_000 * kilo);
    const large = receive(1_000 * kilo + 1);
    assert.equal(large.refused, undefined);
    large.send(24 * kilo);
    assert.equal(large.refused, 'overloaded');
    for (let i = 0; i < 5; i += 1) assert.equal(receive(1_000 * kilo).refused, undefined);
    assert.equal(receive(17 * kilo).refused, 'overloaded');
    assert.equal(receive(16 * kilo).refused, undefined);
    assert.equal(receive(100 * kilo, 16 * kilo).refused, undefined);
  });

  it('are not listened to where the head says that there is none, or a small one', () => {
    const budget = new BodyBudget();
    for (const headers of [{}, { 'content-length': String(16 * kilo) }]) {
      const [body, response] = [Object.assign(new EventEmitter(), { headers }), new EventEmitter()];
      budget.watch(body as never, response as never);
      assert.deepEqual([body.eventNames(), response.eventNames()], [[], []]);
    }
  });

  it('count until they are answered, and what was refused does not', () => {
    const receive = scene();
    const first = receive(3_900 * kilo);
    const second = receive(3_900 * kilo);
    assert.deepEqual([first.refused, second.refused], [undefined, 'overloaded']);
    second.send(4_000 * kilo);
    first.send(100 * kilo);
    assert.equal(first.refused, undefined);
    first.answered();
    second.answered();
    const third = receive(4_000 * kilo);
    assert.equal(third.refused, undefined);
    third.send(1);
    assert.equal(third.refused, 'overloaded');
  });

  it('of slow senders are bounded at a server, which answers whom it refuses and serves the others', async (t) => {
    const { server } = thingsServer({ bodyBytes: 30 * kilo });
    await server.start();
    const slow: Socket[] = [];
    t.after(async () => {
      for (const socket of slow) socket.destroy();
      await server.stop();
    });
    const head = (length: number) =>
      `POST /lists HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
    for (let i = 0; i < 3; i += 1) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      slow.push(socket);
      await once(socket, 'connect');
      socket.write(head(30 * kilo) + 'x'.repeat(20 * kilo));
    }
    const refused = await eventually(async () => {
      const answer = await raw(server, head(25 * kilo), 'x'.repeat(25 * kilo));
      assert.match(answer, /^HTTP\/1.1 503 /);
      return answer;
    });
    assert.match(refused, /"code":"overloaded"[^]*"retryable":true/);
    assert.match(refused, /retry-after: 1\r\n/);
    const call = caller(server);
    const things = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"type":"a"}' };
    assert.equal((await call('/things', things)).status, 201);
    for (const socket of slow) socket.destroy();
    const lists = { ...things, body: JSON.stringify({ items: ['x'.repeat(20 * kilo)] }) };
    await eventually(async () => (await call('/lists', lists)).status === 200);
  });
});
