import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { executionBounds } from '../application/bounds.ts';
import { SocketFlow } from './socket-flow.ts';

const mega = 1024 * 1024;

/** A connection whose other side reads what the test lets it read. */
function scene(shared = { unsent: 0, answering: 0 }) {
  const clock = manualClock();
  const unsent: { bytes: number; sent: () => void }[] = [];
  const socket = {
    OPEN: 1,
    readyState: 1,
    isRead: true,
    get bufferedAmount() {
      return unsent.reduce((sum, { bytes }) => sum + bytes, 0);
    },
    pause: () => (socket.isRead = false),
    resume: () => (socket.isRead = true),
    send: (text: string, sent: () => void) => unsent.push({ bytes: text.length, sent }),
  };
  const flow = new SocketFlow(socket as never, clock, shared, executionBounds.wire);
  const read = () => unsent.shift()?.sent();
  return { clock, socket, flow, shared, read };
}

test('a flood of frames is read no faster than so many per window', async () => {
  const { clock, socket, flow } = scene();
  for (let n = 0; n < 1_999; n += 1) flow.received();
  assert.ok(socket.isRead);
  flow.received();
  assert.ok(!socket.isRead);
  await clock.advance(100);
  assert.ok(socket.isRead);
  for (let n = 0; n < 5; n += 1) flow.received();
  assert.ok(socket.isRead);
});

test('while many frames are being answered no more are read', async () => {
  const { socket, flow } = scene();
  const answers = Array.from({ length: 256 }, () => Promise.withResolvers<void>());
  const done = answers.map(({ promise }) => flow.whileAnswering(1, promise));
  assert.ok(!socket.isRead);
  answers[0]?.resolve();
  await done[0];
  assert.ok(socket.isRead);
  for (const { resolve } of answers) resolve();
  await Promise.all(done);
});

test('who does not read what it is sent gets no more work, and then is not read', () => {
  const { socket, flow, shared, read } = scene();
  const nothing = () => {};
  flow.send('x'.repeat(5 * mega), nothing);
  assert.ok(flow.isCongested);
  assert.ok(socket.isRead);
  flow.send('x'.repeat(12 * mega), nothing);
  assert.ok(!socket.isRead);
  read();
  assert.ok(socket.isRead);
  read();
  assert.ok(!flow.isCongested);
  assert.equal(shared.unsent, 0);
});

test('two reasons to hold a connection end one by one', async () => {
  const { clock, socket, flow, read } = scene();
  flow.send('x'.repeat(17 * mega), () => {});
  for (let n = 0; n < 2_000; n += 1) flow.received();
  await clock.advance(100);
  assert.ok(!socket.isRead);
  read();
  assert.ok(socket.isRead);
});

test('when all connections together hold too much, those that are behind get no more work', () => {
  const { flow, shared } = scene();
  shared.unsent = 257 * mega;
  assert.ok(!flow.isCongested, 'it has read everything');
  flow.send('x', () => {});
  assert.ok(flow.isCongested);
});

test('while large frames are being answered no more are read', async () => {
  const { socket, flow } = scene();
  const large = Promise.withResolvers<void>();
  const done = flow.whileAnswering(16 * mega - 1, large.promise);
  assert.ok(socket.isRead);
  const small = flow.whileAnswering(1, large.promise);
  assert.ok(!socket.isRead);
  large.resolve();
  await Promise.all([done, small]);
  assert.ok(socket.isRead);
});

test('where all connections together have too much to be answered, each is read again once its own is', async () => {
  const shared = { unsent: 0, answering: 0 };
  const [other, own, idle] = [scene(shared), scene(shared), scene(shared)];
  const theirs = Promise.withResolvers<void>();
  const others = other.flow.whileAnswering(256 * mega, theirs.promise);
  const mine = Promise.withResolvers<void>();
  const answered = own.flow.whileAnswering(1, mine.promise);
  assert.deepEqual([own.socket.isRead, idle.socket.isRead], [false, true]);
  mine.resolve();
  await answered;
  assert.ok(own.socket.isRead);
  theirs.resolve();
  await others;
  assert.equal(shared.answering, 0);
});
