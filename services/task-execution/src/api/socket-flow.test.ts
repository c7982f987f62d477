import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { SocketFlow } from './socket-flow.ts';

const mega = 1024 * 1024;

/** A connection whose other side reads what the test lets it read. */
function scene(shared = { unsent: 0 }) {
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
  const flow = new SocketFlow(socket as never, clock, shared);
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
  const done = answers.map(({ promise }) => flow.whileAnswering(promise));
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
