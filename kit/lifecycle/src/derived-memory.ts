import type { Incarnation } from './incarnation.ts';
import { createLifecycle } from './lifecycle.ts';
import type { Service } from './service.ts';

/**
 * While started, drops what memory derived from one run of a store when another one is found, before anybody works with
 * it. Start it before whatever derives, and it is told of every run that those meet.
 */
export function createDerivedMemory(incarnation: Incarnation, drop: () => void): Service {
  let end = () => {};
  const start = () => {
    end = incarnation.onChange(drop);
  };
  return createLifecycle({ name: 'memory', start, stop: () => end() });
}
