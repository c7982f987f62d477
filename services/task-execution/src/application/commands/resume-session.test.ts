import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnavailableError } from '@taskflow/kit-resilience';
import { manualClock, signal } from '@taskflow/kit-testing';
import { dispatchScene } from '../../../testing/dispatch-scene.ts';
import type { Capabilities } from '../../domain/worker-session.ts';
import type { SessionStore, StoredLease } from '../ports/session-store.ts';
import { createResumeSession } from './resume-session.ts';

const capabilities: Capabilities = {
  tenantId: 't',
  name: 'w',
  queues: null,
  types: ['x'],
  definitions: [],
  concurrency: 9,
};
const lease: StoredLease = { tenantId: 't', taskId: 'a', lease: 'l', bytes: 1, generation: 1, announced: false };

/** One stored session that holds one lease; `onLeases` runs while the leases are read. */
function scene({ exists = true, onLeases = async () => {} } = {}) {
  const clock = manualClock();
  const memory = dispatchScene(clock);
  let read = 0;
  const store: Pick<SessionStore, 'find' | 'resume' | 'leasesOf'> = {
    find: (id) => Promise.resolve(exists ? { id, capabilities, createdAt: 7 } : undefined),
    resume: ({ id, capabilities: changed }) =>
      Promise.resolve(exists ? { id, capabilities: changed, createdAt: 7 } : undefined),
    leasesOf: async () => {
      read += 1;
      await onLeases();
      return [lease];
    },
  };
  const resume = createResumeSession({ ...memory, store: store as SessionStore, clock, leaseMs: 1_000 });
  const unannounced = () => memory.announcements.takeOlderThan(Number.POSITIVE_INFINITY, () => true, 10);
  return { ...memory, resume, unannounced, read: () => read };
}

test('a session is found in the database once, with what it holds, and in memory from then on', async () => {
  const { resume, pool, unannounced, read } = scene();
  const session = await resume.find('s');
  assert.deepEqual([...(session?.leases.keys() ?? [])], ['l']);
  assert.deepEqual([session?.since, pool.get('s')], [7, session]);
  assert.equal(await resume.find('s'), session);
  assert.equal(read(), 1);
  assert.deepEqual(
    unannounced().map((held) => held.lease),
    ['l'],
  );
});

test('two calls that look at the same time go on with one session', async () => {
  const { resume, pool } = scene();
  const [first, second] = await Promise.all([resume.find('s'), resume.find('s')]);
  assert.equal(first, second);
  assert.equal(pool.size, 1);
});

test('one that has ended is not brought back', async () => {
  const { resume, pool } = scene({ exists: false });
  assert.deepEqual([await resume.find('s'), await resume.renew('s', capabilities)], [undefined, undefined]);
  assert.equal(pool.size, 0);
});

test('a worker that registers again can do other work, and keeps what it holds', async () => {
  const { resume, pool, read } = scene();
  await resume.find('s');
  const renewed = await resume.renew('s', { ...capabilities, types: ['y'] });
  assert.ok(renewed?.leases.has('l'));
  assert.equal(read(), 1, 'memory knows what it holds');
  const partition = { tenantId: 't', queue: 'q', definition: '' };
  assert.deepEqual(
    [pool.size, pool.anyFor({ ...partition, type: 'x' }), pool.anyFor({ ...partition, type: 'y' })],
    [1, false, true],
  );
});

for (const way of ['find', 'renew'] as const) {
  test(`given the database begins anew while leases are read (${way}), then nothing of it is remembered`, async () => {
    const reading = signal();
    const go = signal();
    const { resume, pool, dispatcher } = scene({
      onLeases: async () => {
        reading.send();
        await go.next();
      },
    });
    const resumed = way === 'find' ? resume.find('s') : resume.renew('s', capabilities);
    await reading.next();
    dispatcher.dropAll();
    go.send();
    await assert.rejects(resumed, UnavailableError);
    assert.equal(pool.size, 0);
  });
}
