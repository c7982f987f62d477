import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, silentTelemetry } from '@taskflow/kit-testing';
import { createServiceLife, type ServiceParts } from './service-life.ts';

const { log } = silentTelemetry();

function parts(story: string[], over: Partial<ServiceParts> = {}, wasClean = true): ServiceParts {
  const part = (name: string) => ({
    name,
    start: async () => void story.push(`start ${name}`),
    stop: async () => void story.push(`stop ${name}`),
  });
  return {
    name: 'service',
    prepare: async () => void story.push('prepare'),
    runs: { begin: async () => wasClean, end: async () => void story.push('clean stop') },
    memory: part('memory'),
    pools: [part('pool')],
    writers: [part('writer')],
    loops: [part('loop')],
    pending: () => 0,
    disconnect: () => void story.push('disconnect'),
    ...over,
  };
}

test('it starts what others need first, and stops who asks for work before those who write it', async () => {
  const story: string[] = [];
  const service = createServiceLife({ clock: manualClock(), log, durableForMs: 1 }).of(parts(story));
  await service.start();
  await service.stop();
  await service.stop();
  assert.deepEqual(story, [
    'prepare',
    'start memory',
    'start pool',
    'start writer',
    'start loop',
    'stop loop',
    'disconnect',
    'stop writer',
    'clean stop',
    'stop pool',
    'stop memory',
  ]);
});

test('nothing is dispatched any more while its loops stop', async () => {
  const life = createServiceLife({ clock: manualClock(), log, durableForMs: 1 });
  const seen: boolean[] = [];
  const loop = { name: 'loop', start: () => Promise.resolve(), stop: async () => void seen.push(life.stopping) };
  const service = life.of(parts([], { loops: [loop] }));
  await service.start();
  assert.equal(life.stopping, false);
  await service.stop();
  assert.deepEqual(seen, [true]);
});

test('what was reported is written before connections are closed, within a bound', async () => {
  const clock = manualClock();
  const story: string[] = [];
  const service = createServiceLife({ clock, log, durableForMs: 1 }).of(parts(story, { pending: () => 1 }));
  await service.start();
  const stopping = service.stop();
  await clock.advance(4_900);
  assert.ok(!story.includes('disconnect'));
  await clock.advance(200);
  await stopping;
  assert.ok(story.includes('stop pool'));
});

test('after a crash, dispatches are durable for one lease, and no longer', async () => {
  const clock = manualClock();
  const life = createServiceLife({ clock, log, durableForMs: 15_000 });
  await life.of(parts([], {}, false)).start();
  assert.equal(life.dispatchesDurably, true);
  await clock.advance(14_999);
  assert.equal(life.dispatchesDurably, true);
  await clock.advance(1);
  assert.equal(life.dispatchesDurably, false);
});

test('after a clean stop, dispatches need not wait for the disk', async () => {
  const life = createServiceLife({ clock: manualClock(), log, durableForMs: 15_000 });
  assert.equal(life.dispatchesDurably, true, 'unless it is known how the last run ended');
  await life.of(parts([])).start();
  assert.equal(life.dispatchesDurably, false);
});

test('what fails to start stops what had started', async () => {
  const story: string[] = [];
  const failing = { name: 'loop', start: () => Promise.reject(new Error('no')), stop: () => Promise.resolve() };
  const service = createServiceLife({ clock: manualClock(), log, durableForMs: 1 }).of(
    parts(story, { loops: [failing] }),
  );
  await assert.rejects(service.start(), /no/);
  assert.deepEqual(story.slice(-4), ['stop writer', 'clean stop', 'stop pool', 'stop memory']);
});
