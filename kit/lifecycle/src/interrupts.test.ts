import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { manualClock } from '@taskflow/kit-testing';
import { listenForInterrupts } from './interrupts.ts';

function listening() {
  const clock = manualClock();
  const source = new EventEmitter();
  const interrupts = listenForInterrupts(clock, source);
  const seen = () => [interrupts.stop.aborted, interrupts.hurry.aborted];
  return { clock, source, interrupts, seen };
}

test('the copies of one request, of whatever kind, are one request', async () => {
  const { clock, source, seen } = listening();
  assert.deepEqual(seen(), [false, false]);
  source.emit('SIGTERM');
  await clock.advance(40);
  source.emit('SIGTERM');
  await clock.advance(900);
  source.emit('SIGINT');
  assert.deepEqual(seen(), [true, false]);
});

test('a later request is a second one, however much was sent between', async () => {
  const { clock, source, seen } = listening();
  for (let sent = 0; sent < 4; sent += 1) {
    source.emit('SIGINT');
    await clock.advance(300);
  }
  source.emit('SIGINT');
  assert.deepEqual(seen(), [true, true]);
});

test('a closed terminal asks for an end too', () => {
  const { source, seen } = listening();
  source.emit('SIGHUP');
  assert.deepEqual(seen(), [true, false]);
});

test('after it was closed nothing is heard', () => {
  const { source, interrupts, seen } = listening();
  interrupts.close();
  source.emit('SIGTERM');
  assert.deepEqual([seen(), source.eventNames()], [[false, false], []]);
});
