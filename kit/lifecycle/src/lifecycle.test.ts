import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signal, tryStartsAndStops } from '@taskflow/kit-testing';
import { createLifecycle, StoppedError } from './lifecycle.ts';
import type { Service } from './service.ts';

/** Parts that write down when they start and stop. */
function storied() {
  const story: string[] = [];
  const report = (word: string) => () => void story.push(word);
  const part = (name: string) => createLifecycle({ name, start: report(`+${name}`), stop: report(`-${name}`) });
  return { story, report, part };
}

test('starts in order and stops in reverse, each once', async () => {
  const { story, report, part } = storied();
  const parts = [part('a'), part('b')];
  const service = createLifecycle({ name: 'whole', start: report('open'), parts, stop: report('close') });
  await Promise.all([service.start(), service.start()]);
  await Promise.all([service.stop(), service.stop()]);
  assert.deepEqual(story, ['open', '+a', '+b', '-b', '-a', 'close']);
});

test('what fails to start has stopped everything when it says so', async () => {
  const { story, report, part } = storied();
  const failing = createLifecycle({ name: 'failing', start: () => Promise.reject(new Error('no')) });
  const service = createLifecycle({ name: 'whole', parts: [part('a'), failing, part('b')], stop: report('close') });
  await assert.rejects(service.start(), /^Error: no$/);
  assert.deepEqual(story, ['+a', '-b', '-a', 'close']);
});

test('a stop during the start waits for the step under way, and begins no further one', async () => {
  const { story, part } = storied();
  const begun = signal();
  const go = signal();
  const start = () => {
    begun.send();
    return go.next();
  };
  const slow = createLifecycle({ name: 'slow', start, stop: () => void story.push('-slow') });
  const last = { name: 'b', start: async () => void story.push('+b'), stop: async () => void story.push('-b') };
  const service = createLifecycle({ name: 'whole', parts: [part('a'), slow, last] });
  const starting = assert.rejects(service.start(), StoppedError);
  await begun.next();
  const stopping = service.stop();
  assert.deepEqual(story, ['+a', '-b']);
  go.send();
  await Promise.all([starting, stopping]);
  assert.deepEqual(story, ['+a', '-b', '-slow', '-a']);
});

test('a part that fails to stop keeps no other from being stopped, and is told of', async () => {
  const { story, part } = storied();
  const failing = createLifecycle({ name: 'failing', stop: () => Promise.reject(new Error('held')) });
  const service = createLifecycle({ name: 'whole', parts: [part('a'), failing] });
  await service.start();
  await assert.rejects(service.stop(), /^Error: held$/);
  assert.deepEqual(story, ['+a', '-a']);
});

test('who takes long to start is told of the stop', async () => {
  const service = createLifecycle({
    name: 'patient',
    start: (abort) => new Promise((_, reject) => abort.addEventListener('abort', () => reject(abort.reason as Error))),
  });
  const starting = assert.rejects(service.start(), { code: 'stopped' });
  await Promise.all([starting, service.stop()]);
});

test('holds under starts and stops in any order', () =>
  tryStartsAndStops(() => {
    const held = new Set<string>();
    const one = (name: string, parts: readonly Service[] = []) =>
      createLifecycle({
        name,
        parts,
        start: async () => {
          await Promise.resolve();
          held.add(name);
        },
        stop: async () => {
          await Promise.resolve();
          held.delete(name);
        },
      });
    return { service: one('whole', [one('a'), one('b')]), left: () => [...held] };
  }));
