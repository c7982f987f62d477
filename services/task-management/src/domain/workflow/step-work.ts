import { type Effort, evaluateCondition } from './evaluate-condition.ts';
import { type CompiledStep, maxItems, type WorkKind } from './graph.ts';
import { jsonSource } from './json-source.ts';
import { maxJoinedResult, maxResolvedItems, maxResolvedPayload } from './payload-limits.ts';
import {
  bindTemplate,
  type PayloadTemplate,
  type Reference,
  type ResolvedPayload,
  resolveTemplate,
  type UnresolvedPayload,
  type ValueOf,
} from './payload-template.ts';
import {
  conditionTooLarge,
  itemsTooLarge,
  listTooLarge,
  notPrepared,
  payloadTooLarge,
  type UnfitWork,
} from './unfit-work.ts';
import { beginWait, type CompiledWait, preparedAs, type Timer } from './wait-kinds.ts';

/** The work that a step does once it starts. Texts are JSON. */
export type StepWork =
  /** A task with this payload; for a mapped step of another kind, its prepare task. */
  | { readonly kind: 'task' | 'prepare'; readonly payload: string }
  /** The payloads of its items. */
  | { readonly kind: 'items'; readonly payloads: readonly string[] }
  | { readonly kind: 'child'; readonly input: string }
  | { readonly kind: 'wait'; readonly timer: Timer }
  | { readonly kind: 'skip'; readonly reason: SkipReason }
  | UnfitWork;

/** Its condition does not hold, or a result that it reads does not exist because its step was skipped or failed. */
export type SkipReason = 'condition' | 'source-absent';

/** Works out what a step does, from its condition and its templates. */
export function workOf(step: CompiledStep, valueOf: ValueOf, effort?: Effort): StepWork {
  if (step.when) {
    const holds = evaluateCondition(step.when, valueOf, effort);
    if (holds === undefined) return conditionTooLarge(step);
    if (!holds) return { kind: 'skip', reason: 'condition' };
  }
  if (step.mapped && step.kind !== 'task') {
    return resolved(step, step.payload, valueOf, (payload) => ({ kind: 'prepare', payload }));
  }
  const { kind, wait } = step;
  if (wait) return resolved(step, wait.value ?? none, valueOf, (json) => waitWith(step, wait, json));
  switch (kind as WorkKind) {
    case 'task':
      return resolved(step, step.payload, valueOf, (payload) => ({ kind: 'task', payload }));
    case 'child':
      return resolved(step, step.payload, valueOf, (input) => ({ kind: 'child', input }));
    case 'each':
      return itemsOf(step, valueOf);
  }
}

/** Works out what a mapped step does from the result of its prepare task, JSON text. */
export function preparedWork(step: CompiledStep, result: string): StepWork {
  const value: unknown = JSON.parse(result);
  const members = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const text = (name: string) => (Object.hasOwn(members, name) ? JSON.stringify(members[name]) : undefined);
  const { kind, wait } = step;
  if (wait) return waitWith(step, wait, text(preparedAs(wait) ?? '') ?? 'null');
  switch (kind as WorkKind) {
    case 'each':
      if (!Array.isArray(members.items)) return notPrepared(step, 'items');
      return limited(step, members.items, (item) => ({ text: JSON.stringify(item) }));
    case 'child':
      return childWith(step, text('input') ?? 'null');
    case 'task':
      return notPrepared(step, 'work');
  }
}

/** What a preparation gives was never measured as a payload. */
function childWith({ key }: CompiledStep, input: string): StepWork {
  return input.length > maxResolvedPayload ? payloadTooLarge(key) : { kind: 'child', input };
}

/**
 * JSON text of a compensation's payload; `undefined` where it is too large. What does not exist reads as its default, or
 * else as `null`.
 */
export function compensationPayload({ compensation }: CompiledStep, valueOf: ValueOf): string | undefined {
  const { texts, references } = compensation?.payload ?? none;
  const nullable = references.map((reference) => ({ ...reference, fallback: reference.fallback ?? 'null' }));
  const known = resolveTemplate({ texts, references: nullable }, valueOf, maxResolvedPayload);
  if ('oversized' in known) return undefined;
  return 'text' in known ? known.text : 'null';
}

const none: PayloadTemplate = { texts: ['null'], references: [] };

function resolved(
  step: CompiledStep,
  template: PayloadTemplate,
  valueOf: ValueOf,
  then: (text: string) => StepWork,
): StepWork {
  const known: ResolvedPayload = resolveTemplate(template, valueOf, maxResolvedPayload);
  return 'text' in known ? then(known.text) : unresolved(step, known);
}

function unresolved({ key }: CompiledStep, problem: UnresolvedPayload): StepWork {
  if ('absent' in problem) return { kind: 'skip', reason: 'source-absent' };
  if ('oversized' in problem) return payloadTooLarge(key);
  const message = `The step "${key}" reads "${problem.missing.text}", and there is no such value.`;
  return { kind: 'fail', code: 'reference_not_found', message };
}

/** What items have in common is filled in once, and not for each of them. */
function itemsOf(step: CompiledStep, valueOf: ValueOf): StepWork {
  const over = resolveTemplate(step.each?.over ?? none, valueOf, maxJoinedResult);
  if ('oversized' in over) return listTooLarge(step);
  if (!('text' in over)) return unresolved(step, over);
  const shared = bindTemplate(step.payload, valueOf, isShared, maxResolvedPayload);
  if (!('texts' in shared)) return unresolved(step, shared);
  const list: unknown = JSON.parse(over.text);
  if (!Array.isArray(list)) {
    return { kind: 'fail', code: 'invalid_items', message: `The step "${step.key}" fans out over what is no list.` };
  }
  return limited(step, list, (item) => {
    const source = jsonSource(JSON.stringify(item));
    return resolveTemplate(shared, () => source, maxResolvedPayload);
  });
}

function isShared({ source }: Reference): boolean {
  return source !== 'item';
}

function limited(
  step: CompiledStep,
  items: readonly unknown[],
  payloadOf: (item: unknown) => ResolvedPayload,
): StepWork {
  if (items.length > maxItems) {
    const message = `The step "${step.key}" fans out over ${items.length} items, and ${maxItems} are allowed. Split the list over several steps or child workflows.`;
    return { kind: 'fail', code: 'too_many_items', message };
  }
  const payloads: string[] = [];
  let bytes = 0;
  for (const item of items) {
    const payload = payloadOf(item);
    if (!('text' in payload)) return unresolved(step, payload);
    if (payload.text.length > maxResolvedPayload) return payloadTooLarge(step.key);
    bytes += payload.text.length;
    if (bytes > maxResolvedItems) return itemsTooLarge(step);
    payloads.push(payload.text);
  }
  return { kind: 'items', payloads };
}

/** Begins a wait. `json` is what it has to know before. */
function waitWith({ key }: CompiledStep, wait: CompiledWait, json: string): StepWork {
  const timer = beginWait(wait, json, key);
  return 'code' in timer ? { kind: 'fail', ...timer } : { kind: 'wait', timer };
}
