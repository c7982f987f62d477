import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ConsumerState } from '@taskflow/kit-messaging';
import { manualClock } from '@taskflow/kit-testing';
import { createPlatformHealth, type SharedParts } from './platform-health.ts';

const reading: ConsumerState = {
  consumer: 'task-execution',
  source: 'task-management',
  stream: 0,
  seq: 7,
  durable: 7,
  lag: 0,
  state: 'reading',
  failingSince: undefined,
  lastError: undefined,
  repeats: 0,
  haltedBecause: undefined,
};
const well: SharedParts = {
  locks: [{ state: 'held' }, { state: 'held' }],
  serverTrouble: undefined,
  consumers: [reading],
  freeBytes: 10 ** 9,
  worker: undefined,
};
const allWell = { 'database-server': { state: 'ok' }, 'event-bus': { state: 'ok' } };

function judging() {
  const clock = manualClock();
  const judge = createPlatformHealth(clock);
  return { clock, judge: (parts: Partial<SharedParts> = {}) => judge({ ...well, ...parts }) };
}

describe('platform health', () => {
  it('is good while every lock is held and every consumer reads', () => {
    assert.deepEqual(judging().judge(), allWell);
  });

  it('names a database that does not answer, and why its server does not come back', () => {
    const { judge } = judging();
    const unreachable = judge({ locks: [{ state: 'held' }, { state: 'unreachable' }] });
    assert.deepEqual(unreachable['database-server'], { state: 'failing', detail: 'unreachable' });
    const server = judge({ serverTrouble: { since: 5, reason: 'no space left' } })['database-server'];
    assert.deepEqual(server, {
      state: 'failing',
      detail: 'it could not be started again: no space left',
      since: 5,
    });
  });

  it('names a consumer that stopped for good, with its reason', () => {
    const halted = { ...reading, state: 'halted', haltedBecause: 'an entry is missing', failingSince: 3 } as const;
    assert.deepEqual(judging().judge({ consumers: [reading, halted] })['event-bus'], {
      state: 'failing',
      detail: 'task-execution does not follow task-management: it stopped: an entry is missing',
      since: 3,
    });
  });

  it('names a consumer that repeats one entry, once that is no passing failure', async () => {
    const { clock, judge } = judging();
    const consumers = [
      { ...reading, failingSince: clock.now(), repeats: 9, lastError: { message: 'no such column', seq: 8 } },
    ];
    assert.deepEqual(judge({ consumers }), allWell);
    await clock.advance(5_000);
    assert.deepEqual(judge({ consumers })['event-bus'], {
      state: 'failing',
      detail: 'task-execution does not follow task-management: it failed 9 times at entry 8: no such column',
      since: consumers[0]?.failingSince,
    });
    assert.deepEqual(judge(), allWell, 'and is well as soon as it goes on');
  });

  it('names a consumer that stands still before what it should apply, and one that is far behind', async () => {
    const { clock, judge } = judging();
    const begun = clock.now();
    const behind = { ...reading, lag: 3 };
    assert.deepEqual(judge({ consumers: [behind] }), allWell);
    await clock.advance(29_000);
    assert.deepEqual(judge({ consumers: [{ ...behind, seq: 6 }] }), allWell, 'it moved');
    await clock.advance(29_000);
    judge({ consumers: [{ ...behind, seq: 6 }] });
    await clock.advance(1_000);
    assert.deepEqual(judge({ consumers: [{ ...behind, seq: 6 }] })['event-bus'], {
      state: 'failing',
      detail: 'task-execution does not follow task-management: it stands still, 3 entries behind',
      since: begun + 29_000,
    });
    await clock.advance(60_000);
    assert.deepEqual(judge({ consumers: [{ ...reading, seq: 6 }] }), allWell, 'nothing waits');
    assert.equal(judge({ consumers: [{ ...reading, seq: 9, lag: 200_000 }] })['event-bus']?.state, 'failing');
  });

  it('names a disk that is nearly full and a worker that keeps ending, which does not stop requests', () => {
    const { judge } = judging();
    assert.match(judge({ freeBytes: 1024 * 1024 })['data-directory']?.detail ?? '', /^1 MiB are free/);
    assert.deepEqual(judge({ freeBytes: undefined }), allWell, 'of a server that somebody else runs nobody knows');
    const { worker } = judge({ worker: { since: 1, reason: 'it ended' } });
    assert.deepEqual(worker, { state: 'failing', detail: 'it ended', since: 1, blocking: false });
  });
});
