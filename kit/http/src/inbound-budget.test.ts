import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { InboundBudget } from './inbound-budget.ts';

const mega = 1024 * 1024;

class FakeSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  readonly closed: string[] = [];
  paused = false;
  terminated = false;
  close(code: number, reason: string): void {
    this.readyState = 2;
    this.closed.push(`${code} ${reason}`);
  }
  pause(): void {
    this.paused = true;
  }
  terminate(): void {
    this.terminated = true;
    this.emit('close');
  }
}

function scene() {
  const clock = manualClock();
  const budget = new InboundBudget({ unadmitted: 2 * mega, unanswered: 8 * mega }, clock);
  /** The library listens first; a chunk `endsMessage` where it has the last bytes of one. */
  const connect = ({ endsMessage = false } = {}) => {
    const [socket, stream] = [new FakeSocket(), new EventEmitter()];
    if (endsMessage) stream.on('data', () => socket.emit('message'));
    const { admit, hold } = budget.watch(socket as never, stream as never);
    const receive = (bytes: number) => stream.emit('data', { length: bytes });
    return { socket, receive, admit, hold };
  };
  return { clock, connect };
}

test('a socket that is not admitted is cut where it sends too much, and not held on to', async () => {
  const { clock, connect } = scene();
  const { socket, receive } = connect();
  receive(2 * mega);
  assert.deepEqual(socket.closed, []);
  receive(1);
  assert.deepEqual(socket.closed, ['1009 message_too_large']);
  assert.ok(socket.paused);
  await clock.advance(1_000);
  assert.ok(socket.terminated);
});

test('messages in the making share a budget: the large one that exceeds it is cut, small ones are not', () => {
  const { connect } = scene();
  const [first, second, small] = [connect(), connect(), connect()];
  for (const { admit } of [first, second, small]) admit();
  first.receive(7 * mega);
  small.receive(1_000);
  second.receive(2 * mega);
  assert.deepEqual(second.socket.closed, ['1013 overloaded']);
  assert.deepEqual([first.socket.closed, small.socket.closed], [[], []]);
});

test('small ones are cut, too, where all together are twice as much', () => {
  const { connect } = scene();
  const sockets = Array.from({ length: 17 }, () => connect());
  for (const { admit, receive } of sockets) {
    admit();
    receive(mega);
  }
  assert.deepEqual(
    sockets.map(({ socket }) => socket.closed.join()),
    [...Array.from({ length: 16 }, () => ''), '1013 overloaded'],
  );
});

test('a whole message counts until it is answered', () => {
  const { connect } = scene();
  const [first, second, third] = [connect(), connect(), connect()];
  for (const { admit } of [first, second, third]) admit();
  const letGo = first.hold(7 * mega);
  second.receive(2 * mega);
  assert.deepEqual(second.socket.closed, ['1013 overloaded']);
  second.socket.emit('close');
  letGo();
  third.receive(7 * mega);
  assert.deepEqual(third.socket.closed, []);
});

test('what ends a message is not counted for the next, and what a closing socket sends not at all', () => {
  const { connect } = scene();
  const [first, second, third] = [connect({ endsMessage: true }), connect(), connect()];
  for (const { admit } of [first, second, third]) admit();
  first.receive(7 * mega);
  second.socket.readyState = 2;
  second.receive(7 * mega);
  third.receive(7 * mega);
  assert.deepEqual(third.socket.closed, []);
});

test('a message that has ended, and a socket that has closed, give their share back', () => {
  const { connect } = scene();
  const [first, second, third] = [connect(), connect(), connect()];
  for (const { admit } of [first, second, third]) admit();
  for (let n = 0; n < 5; n += 1) {
    first.receive(7 * mega);
    first.socket.emit('message');
  }
  second.receive(7 * mega);
  second.socket.emit('close');
  third.receive(7 * mega);
  assert.deepEqual(
    [first, second, third].flatMap(({ socket }) => socket.closed),
    [],
  );
});
