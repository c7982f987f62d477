export { createDerivedMemory } from './derived-memory.ts';
export { Duty, reasonOf, type Trouble } from './duty.ts';
export type { Incarnation } from './incarnation.ts';
export { type Interrupts, listenForInterrupts } from './interrupts.ts';
export { createLifecycle, type LifecycleOptions, StoppedError } from './lifecycle.ts';
export type { Service } from './service.ts';
