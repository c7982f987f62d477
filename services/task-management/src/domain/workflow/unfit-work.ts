import type { ChildProblem } from './child-definition.ts';
import type { CompiledStep } from './graph.ts';
import { maxCompared, maxJoinedResult, maxResolvedItems, maxResolvedPayload } from './payload-limits.ts';
import type { WaitProblem } from './wait-kinds.ts';

/** Says why a step cannot start. */
export interface UnfitWork {
  readonly kind: 'fail';
  readonly code:
    | 'reference_not_found'
    | 'payload_too_large'
    | 'condition_too_large'
    | 'invalid_items'
    | 'too_many_items'
    | 'invalid_preparation'
    | WaitProblem['code']
    | ChildProblem['code'];
  readonly message: string;
}

/** Says why a step whose payload outgrows its limit cannot start. */
export function payloadTooLarge(key: string): UnfitWork {
  const message = `The payload of the step "${key}" is larger than ${maxResolvedPayload} bytes once its references are filled in. Pass smaller results on, or references to where the data lies.`;
  return { kind: 'fail', code: 'payload_too_large', message };
}

export function itemsTooLarge({ key }: CompiledStep): UnfitWork {
  const message = `The items of the step "${key}" carry more than ${maxResolvedItems} bytes of payloads together. Pass references to large data instead of the data.`;
  return { kind: 'fail', code: 'payload_too_large', message };
}

export function listTooLarge({ key }: CompiledStep): UnfitWork {
  const message = `The list that the step "${key}" fans out over is larger than ${maxJoinedResult} bytes. Let items be references to where the data lies.`;
  return { kind: 'fail', code: 'payload_too_large', message };
}

export function conditionTooLarge({ key }: CompiledStep): UnfitWork {
  const message = `The condition of the step "${key}" compares more than ${maxCompared} values. Compare what is small, such as a number or a text.`;
  return { kind: 'fail', code: 'condition_too_large', message };
}

export function notPrepared({ key }: CompiledStep, what: string): UnfitWork {
  const message = `The preparation of the step "${key}" gave no ${what}. Run a worker whose SDK knows this kind of step.`;
  return { kind: 'fail', code: 'invalid_preparation', message };
}
