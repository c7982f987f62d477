import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service, Trouble } from '@taskflow/kit-lifecycle';
import { manualIncarnation } from '@taskflow/kit-messaging/testing';
import { createHostedService, type Hosting, type ServiceParts } from './hosted-service.ts';

const trouble: Trouble = { since: 7, reason: 'it is late' };

function scene(parts: Partial<ServiceParts> = {}, hosting: Partial<Hosting> = {}) {
  const story: string[] = [];
  const say = (what: string) => async () => void story.push(what);
  const part = (name: string, its?: Trouble): Service => ({
    name,
    start: say(`start ${name}`),
    stop: say(`stop ${name}`),
    trouble: () => its,
  });
  const incarnation = manualIncarnation();
  const service = createHostedService(
    {
      name: 'service',
      migrate: say('migrate'),
      pools: [part('first pool'), part('second pool')],
      connections: 5,
      incarnation,
      pruning: part('pruning'),
      ask: () => Promise.resolve(),
      close: () => void story.push('close'),
      ...hosting,
    },
    { routes: [], required: [part('writer')], background: [part('loop')], ...parts },
  );
  return { service, story, incarnation, part };
}

test('starts what others need first, and stops what asks for work before what carries it out', async () => {
  const { service, story } = scene();
  await service.start();
  await service.stop();
  assert.deepEqual(story, [
    'migrate',
    'start first pool',
    'start second pool',
    'start writer',
    'start loop',
    'start pruning',
    'close',
    'stop pruning',
    'stop loop',
    'stop writer',
    'stop second pool',
    'stop first pool',
  ]);
});

test('forgets at each new run of the database that the first pool meets, and not before or after', async () => {
  const seen: string[] = [];
  const meetsAnother: Service = {
    name: 'pool',
    start: async () => incarnation.change(),
    stop: async () => {},
  };
  const { service, incarnation } = scene({ forget: () => void seen.push('forgot') }, { pools: [meetsAnother] });
  incarnation.change();
  assert.deepEqual(seen, []);
  await service.start();
  assert.deepEqual(seen, ['forgot']);
  await service.stop();
  incarnation.change();
  assert.deepEqual(seen, ['forgot']);
});

test('a start that fails closes, and stops what was started', async () => {
  const failing: Service = { name: 'loop', start: () => Promise.reject(new Error('no')), stop: async () => {} };
  const { service, story } = scene({ background: [failing] });
  await assert.rejects(service.start(), /no/);
  assert.deepEqual(story.slice(4), ['close', 'stop pruning', 'stop writer', 'stop second pool', 'stop first pool']);
});

test('trouble of what requests need blocks them, any other is told of, and a part that is well is not', async () => {
  const { part } = scene();
  const failing = { state: 'failing', detail: trouble.reason, since: trouble.since };
  const { service } = scene({
    required: [part('writer', trouble), part('idle')],
    background: [part('loop', trouble)],
    watched: [part('watched', trouble)],
  });
  assert.deepEqual(await service.http.health(), {
    database: { state: 'ok' },
    writer: failing,
    loop: { ...failing, blocking: false },
    watched: { ...failing, blocking: false },
  });
});

test('a database that does not answer is told of', async () => {
  const { service } = scene({}, { ask: () => Promise.reject(new Error('gone')) });
  assert.equal((await service.http.health())['database']?.state, 'failing');
});
