import type { CompiledStep } from './graph.ts';
import type { Reference } from './payload-template.ts';

/** What a started step is. Texts are JSON. */
export type Beginning =
  /** A task with this payload; for a mapped step of another kind, its prepare task. */
  | { readonly type: 'task' | 'prepare'; readonly payload: string }
  /** The payloads of its items. */
  | { readonly type: 'items'; readonly payloads: readonly string[] }
  | { readonly type: 'child'; readonly input: string }
  /** `forMs` from now, or until an instant in epoch milliseconds. */
  | { readonly type: 'sleep'; readonly forMs: number }
  | { readonly type: 'sleep'; readonly until: number }
  | { readonly type: 'signal'; readonly name: string; readonly timeoutMs: number }
  | { readonly type: 'event'; readonly name: string; readonly key: string; readonly timeoutMs: number }
  | { readonly type: 'skip'; readonly reason: SkipReason }
  | { readonly type: 'fail'; readonly code: BeginFailure; readonly message: string };

/** Its condition does not hold, or a result that it reads does not exist because its step was skipped or failed. */
export type SkipReason = 'condition' | 'source-absent';

export type BeginFailure =
  | 'reference_not_found'
  | 'invalid_items'
  | 'too_many_items'
  | 'invalid_instant'
  | 'invalid_event_key'
  | 'invalid_preparation';

/**
 * Gives the JSON text of a reference's source as a whole: the workflow's input, or a step's result. `undefined` where
 * the step has no result, because it was skipped or failed where that is tolerated.
 */
export type ValueOf = (reference: Reference) => string | undefined;

/** Works out what a step is that is not mapped, or whose condition has to be looked at first. */
export declare function beginStep(step: CompiledStep, valueOf: ValueOf): Beginning;

/** Works out what a mapped step is from the result of its prepare task. */
export declare function beginPrepared(step: CompiledStep, result: string): Beginning;

/** JSON text of a compensation's payload. What does not exist reads as `null`, or as its default. */
export declare function compensationPayload(step: CompiledStep, valueOf: ValueOf): string;
