export { type BackoffOptions, backoff } from './backoff.ts';
export { DeadlineError, withDeadline } from './deadline.ts';
export { createLoop, type Loop, type LoopDependencies, type LoopOptions } from './loop.ts';
export { repeatWhileFull } from './repeat-while-full.ts';
export { OverloadedError, UnavailableError, type UnavailableOptions } from './refusals.ts';
