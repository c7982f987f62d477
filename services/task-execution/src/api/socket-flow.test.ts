import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OverloadedError } from '@taskflow/kit-resilience';
import { manualClock } from '@taskflow/kit-testing';
import { executionBounds } from '../application/bounds.ts';
import { SocketFlow } from './socket-flow.ts';

const mega = 1024 * 1024;

/** A connection whose other side reads what the test lets it read. */
function scene(shared = { unsent: 0, answering: 0 }) {
  const clock = manualClock();
  const closed: string[] = [];
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
    close: (code: number, reason: string) => {
      socket.readyState = 2;
      closed.push(`${code} ${reason}`);
    },
    send: (text: string, sent: () => void) => unsent.push({ bytes: text.length, sent }),
  };
  /** A frame above a kilobyte is large, and goes on when the test lets it. */
  const turns: PromiseWithResolvers<void>[] = [];
  const held = { bytes: 0, isFull: false };
  const request = {
    turn: (bytes: number) => {
      if (held.isFull) throw new OverloadedError('full');
      return bytes > 1_024 ? turns[turns.push(Promise.withResolvers<void>()) - 1]?.promise : undefined;
    },
    hold: (bytes: number) => {
      held.bytes += bytes;
      return () => {
        held.bytes -= bytes;
      };
    },
  };
  const flow = new SocketFlow({ socket: socket as never, request, clock, shared, bounds: executionBounds.wire });
  const read = () => unsent.shift()?.sent();
  return { clock, socket, flow, shared, read, turns, held, closed };
}

const frame = (bytes: number) => ({ length: bytes }) as Buffer;
const unanswered = () => undefined;

/** Takes a frame that is answered when the test says so, however large it is. */
async function answering({ flow, turns, clock }: ReturnType<typeof scene>, bytes: number) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wasRead = Promise.withResolvers<void>();
  flow.take(frame(bytes), () => {
    wasRead.resolve();
    return promise;
  });
  turns.at(-1)?.resolve();
  await wasRead.promise;
  await clock.advance(0);
  return async () => {
    resolve();
    await clock.advance(0);
  };
}

test('a flood of frames is read no faster than so many per window', async () => {
  const { clock, socket, flow } = scene();
  for (let n = 0; n < 1_999; n += 1) flow.take(frame(1), unanswered);
  assert.ok(socket.isRead);
  flow.take(frame(1), unanswered);
  assert.ok(!socket.isRead);
  await clock.advance(100);
  assert.ok(socket.isRead);
  for (let n = 0; n < 5; n += 1) flow.take(frame(1), unanswered);
  assert.ok(socket.isRead);
});

test('while many frames are being answered no more are read', async () => {
  const it = scene();
  const answers = [];
  for (let n = 0; n < 255; n += 1) answers.push(await answering(it, 1));
  assert.ok(it.socket.isRead);
  const last = await answering(it, 1);
  assert.ok(!it.socket.isRead);
  await answers[0]?.();
  assert.ok(it.socket.isRead);
  for (const answer of [...answers.slice(1), last]) await answer();
  assert.equal(it.held.bytes, 0);
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
  for (let n = 0; n < 2_000; n += 1) flow.take(frame(1), unanswered);
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
  const it = scene();
  const large = await answering(it, 16 * mega - 1);
  assert.ok(it.socket.isRead);
  const small = await answering(it, 1);
  assert.ok(!it.socket.isRead);
  assert.equal(it.held.bytes, 16 * mega);
  await large();
  assert.ok(it.socket.isRead);
  await small();
  assert.equal(it.held.bytes, 0);
});

test('where all connections together have too much to be answered, each is read again once its own is', async () => {
  const shared = { unsent: 0, answering: 0 };
  const [other, own, idle] = [scene(shared), scene(shared), scene(shared)];
  const answerOther = await answering(other, 64 * mega);
  const answerOwn = await answering(own, 1);
  assert.deepEqual([own.socket.isRead, idle.socket.isRead], [false, true]);
  await answerOwn();
  assert.ok(own.socket.isRead);
  await answerOther();
  assert.equal(shared.answering, 0);
});

test('a large frame waits for its turn, is held meanwhile, and those behind it are read after it', async () => {
  const { clock, flow, socket, turns, held } = scene();
  const seen: number[] = [];
  const note = ({ length }: Buffer) => void seen.push(length);
  flow.take(frame(1), note);
  for (const bytes of [5_000, 2, 6_000, 3]) flow.take(frame(bytes), note);
  assert.deepEqual([seen, socket.isRead, held.bytes], [[1], false, 5_000]);
  turns[0]?.resolve();
  await clock.advance(0);
  assert.deepEqual([seen, socket.isRead, held.bytes], [[1, 5_000, 2], false, 6_000]);
  turns[1]?.resolve();
  await clock.advance(0);
  assert.deepEqual([seen, socket.isRead, held.bytes], [[1, 5_000, 2, 6_000, 3], true, 0]);
});

test('where too many bytes wait for their turn, the worker is told to come later, and nothing more is read', async () => {
  const { flow, held, closed } = scene();
  const seen: number[] = [];
  const note = ({ length }: Buffer) => void seen.push(length);
  held.isFull = true;
  flow.take(frame(5_000), note);
  held.isFull = false;
  flow.take(frame(1), note);
  assert.deepEqual([closed, seen], [['1013 overloaded'], []]);
});
