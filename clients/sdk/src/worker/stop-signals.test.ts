import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { ManualWorkerClock } from '../testing/manual-worker-clock.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { drainOnSignals } from './stop-signals.ts';

function listening(): {
  readonly source: EventEmitter;
  readonly clock: ManualWorkerClock;
  readonly drains: number[];
  stop(): void;
} {
  const source = new EventEmitter();
  const clock = new ManualWorkerClock();
  const drains: number[] = [];
  const stop = drainOnSignals({
    log: recordingLog(),
    clock,
    drainMs: 30_000,
    drain: (ms) => void drains.push(ms),
    source,
  });
  return { source, clock, drains, stop };
}

describe('a signal to a worker', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    it(`drains, and a second one hands work back at once: ${signal}`, () => {
      const { source, clock, drains } = listening();
      source.emit(signal, signal);
      assert.deepEqual(drains, [30_000]);
      clock.advance(1_000);
      source.emit(signal, signal);
      assert.deepEqual(drains, [30_000, 0]);
    });
  }

  it('is one although it reaches the process several times', () => {
    const { source, clock, drains } = listening();
    source.emit('SIGTERM', 'SIGTERM');
    clock.advance(999);
    source.emit('SIGTERM', 'SIGTERM');
    source.emit('SIGINT', 'SIGINT');
    assert.deepEqual(drains, [30_000]);
  });

  it('is left to others when the worker has ended', () => {
    const { source, drains, stop } = listening();
    stop();
    source.emit('SIGTERM', 'SIGTERM');
    assert.deepEqual([drains, source.eventNames()], [[], []]);
  });
});
