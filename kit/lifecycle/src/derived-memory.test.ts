import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tryStartsAndStops } from '@taskflow/kit-testing';
import { createDerivedMemory } from './derived-memory.ts';

/** An incarnation of which a test sees the listeners. */
function watched() {
  const listeners = new Set<() => void>();
  const onChange = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return { listeners, incarnation: { epoch: 0, onChange } };
}

test('drops what it holds in each new run while it is started, and only then', async () => {
  const { listeners, incarnation } = watched();
  let drops = 0;
  const memory = createDerivedMemory(incarnation, () => (drops += 1));
  assert.equal(listeners.size, 0);
  await memory.start();
  for (const listener of listeners) listener();
  assert.equal(drops, 1);
  await memory.stop();
  assert.equal(listeners.size, 0);
});

test('holds under starts and stops in any order', () =>
  tryStartsAndStops(() => {
    const { listeners, incarnation } = watched();
    const left = () => Array.from(listeners, () => 'a listener');
    return { service: createDerivedMemory(incarnation, () => {}), left };
  }));
