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
  const budget = new InboundBudget({ unadmitted: 2 * mega, partial: 8 * mega }, clock);
  const connect = () => {
    const [socket, stream] = [new FakeSocket(), new EventEmitter()];
    const admit = budget.watch(socket as never, stream as never);
    const receive = (bytes: number) => stream.emit('data', { length: bytes });
    return { socket, receive, admit };
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

test('messages in the making share a budget: the large one that exceeds it is cut, small ones never are', () => {
  const { connect } = scene();
  const [first, second, small] = [connect(), connect(), connect()];
  for (const { admit } of [first, second, small]) admit();
  first.receive(7 * mega);
  small.receive(1_000);
  second.receive(2 * mega);
  assert.deepEqual(second.socket.closed, ['1013 overloaded']);
  assert.deepEqual([first.socket.closed, small.socket.closed], [[], []]);
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
