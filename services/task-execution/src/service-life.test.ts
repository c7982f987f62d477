import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLifecycle } from '@taskflow/kit-lifecycle';
import { manualClock, silentTelemetry } from '@taskflow/kit-testing';
import { createServiceLife, type ServiceLife, type WritingParts } from './service-life.ts';

const { log } = silentTelemetry();

function parts(story: string[], over: Partial<WritingParts> = {}, wasClean = true): WritingParts {
  const writer = {
    name: 'writer',
    start: async () => void story.push('start writer'),
    stop: async () => void story.push('stop writer'),
  };
  return {
    runs: {
      begin: async () => {
        story.push('begin run');
        return wasClean;
      },
      end: async () => void story.push('clean stop'),
    },
    writers: [writer],
    pending: () => 0,
    disconnect: () => void story.push('disconnect'),
    ...over,
  };
}

const serviceOf = (life: ServiceLife, writing: WritingParts) =>
  createLifecycle({ name: 'service', parts: life.inOrder(writing) });

test('it knows how the last run ended before anybody writes, and loses workers before those who write for them', async () => {
  const story: string[] = [];
  const service = serviceOf(createServiceLife({ clock: manualClock(), log, durableForMs: 1 }), parts(story));
  await service.start();
  await service.stop();
  await service.stop();
  assert.deepEqual(story, ['begin run', 'start writer', 'disconnect', 'stop writer', 'clean stop']);
});

test('what was reported is written before connections are closed, within a bound', async () => {
  const clock = manualClock();
  const story: string[] = [];
  const service = serviceOf(createServiceLife({ clock, log, durableForMs: 1 }), parts(story, { pending: () => 1 }));
  await service.start();
  const stopping = service.stop();
  await clock.advance(4_900);
  assert.ok(!story.includes('disconnect'));
  await clock.advance(200);
  await stopping;
  assert.equal(story.at(-1), 'clean stop');
});

test('after a crash, dispatches are durable for one lease, and no longer', async () => {
  const clock = manualClock();
  const life = createServiceLife({ clock, log, durableForMs: 15_000 });
  await serviceOf(life, parts([], {}, false)).start();
  assert.equal(life.dispatchesDurably, true);
  await clock.advance(14_999);
  assert.equal(life.dispatchesDurably, true);
  await clock.advance(1);
  assert.equal(life.dispatchesDurably, false);
});

test('after a clean stop, dispatches need not wait for the disk', async () => {
  const life = createServiceLife({ clock: manualClock(), log, durableForMs: 15_000 });
  assert.equal(life.dispatchesDurably, true, 'unless it is known how the last run ended');
  await serviceOf(life, parts([])).start();
  assert.equal(life.dispatchesDurably, false);
});

test('what fails to start stops what had started', async () => {
  const story: string[] = [];
  const failing = { name: 'second', start: () => Promise.reject(new Error('no')), stop: () => Promise.resolve() };
  const writing = parts(story);
  const life = createServiceLife({ clock: manualClock(), log, durableForMs: 1 });
  const service = serviceOf(life, { ...writing, writers: [...writing.writers, failing] });
  await assert.rejects(service.start(), /no/);
  assert.deepEqual(story.slice(-2), ['stop writer', 'clean stop']);
});
