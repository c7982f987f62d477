export { type BackoffOptions, backoff } from './backoff.ts';
export { DeadlineError, withDeadline } from './deadline.ts';
export { createLoop, type Loop, type LoopOptions } from './loop.ts';
export { OverloadedError, UnavailableError, type UnavailableOptions } from './refusals.ts';
