import { maxCompared } from './payload-limits.ts';
import { compileReference, maxPayloadDepth, readReference, type Reference, type ValueOf } from './payload-template.ts';

const comparisons = ['equals', 'notEquals', 'greaterThan', 'atLeast', 'lessThan', 'atMost', 'in'] as const;
type Comparison = (typeof comparisons)[number];

/** A condition decides whether a step runs or is skipped. */
export type Condition =
  /** The value is there, and none of false, null, 0 and "". */
  | { readonly type: 'holds'; readonly reference: Reference }
  | { readonly type: 'exists'; readonly reference: Reference; readonly expected: boolean }
  | {
      readonly type: 'compare';
      readonly reference: Reference;
      readonly comparison: Comparison;
      readonly operand: Operand;
    }
  | { readonly type: 'all' | 'any'; readonly conditions: readonly Condition[] }
  | { readonly type: 'not'; readonly condition: Condition };

type Operand = { readonly value: unknown } | { readonly reference: Reference };

export interface ConditionProblem {
  readonly code: 'invalid_condition';
  readonly detail: string;
}

type Members = Readonly<Record<string, unknown>>;

/** Checks the syntax of a condition; which steps it may read is not known here. */
export function compileCondition(when: unknown): Condition | ConditionProblem {
  return compile(when, 0);
}

function compile(when: unknown, depth: number): Condition | ConditionProblem {
  if (depth >= maxPayloadDepth) return invalid(`is nested deeper than ${maxPayloadDepth} levels`);
  if (!isMembers(when)) return invalid(`is an object, and not ${shown(when)}`);
  if (Object.hasOwn(when, '$from')) {
    const reference = referenceIn(when);
    return 'code' in reference ? reference : { type: 'holds', reference };
  }
  if (Object.hasOwn(when, 'value')) return compileComparison(when);
  const [name, ...others] = Object.keys(when);
  if (others.length > 0)
    return invalid(`has one member of "all", "any" and "not", and not ${shown(Object.keys(when))}`);
  if (name === 'all' || name === 'any') return compileList(name, when[name], depth);
  if (name !== 'not') return invalid(`is a reference, a comparison, "all", "any" or "not", and not ${shown(when)}`);
  const condition = compile(when.not, depth + 1);
  return 'code' in condition ? condition : { type: 'not', condition };
}

function compileList(type: 'all' | 'any', list: unknown, depth: number): Condition | ConditionProblem {
  if (!Array.isArray(list)) return invalid(`has a list as "${type}", and not ${shown(list)}`);
  const conditions: Condition[] = [];
  for (const member of list) {
    const condition = compile(member, depth + 1);
    if ('code' in condition) return condition;
    conditions.push(condition);
  }
  return { type, conditions };
}

function compileComparison({ value, ...others }: Members): Condition | ConditionProblem {
  const reference = referenceIn(value);
  if ('code' in reference) return reference;
  const [name, ...more] = Object.keys(others);
  if (more.length > 0) return invalid(`has one operator beside "value", and not ${shown(Object.keys(others))}`);
  if (name === 'exists') {
    const expected = others.exists;
    if (typeof expected !== 'boolean') return invalid(`has true or false as "exists", and not ${shown(expected)}`);
    return { type: 'exists', reference, expected };
  }
  const comparison = comparisons.find((known) => known === name);
  if (!comparison) return invalid(`has one of ${[...comparisons, 'exists'].join(', ')} beside "value"`);
  const operand = compileOperand(others[comparison]);
  if ('code' in operand) return operand;
  if (comparison === 'in' && 'value' in operand && !Array.isArray(operand.value)) {
    return invalid(`has a list as "in", and not ${shown(operand.value)}`);
  }
  return { type: 'compare', reference, comparison, operand };
}

function compileOperand(value: unknown): Operand | ConditionProblem {
  if (!isMembers(value) || !Object.hasOwn(value, '$from')) return { value };
  const reference = referenceIn(value);
  return 'code' in reference ? reference : { reference };
}

function referenceIn(value: unknown): Reference | ConditionProblem {
  if (!isMembers(value) || !Object.hasOwn(value, '$from')) {
    return invalid(`compares a reference {"$from": …}, and not ${shown(value)}`);
  }
  const reference = compileReference(value);
  if ('code' in reference) return { code: 'invalid_condition', detail: reference.detail };
  if (reference.source !== 'item') return reference;
  return invalid('is about the step as a whole and cannot read an item');
}

function invalid(what: string): ConditionProblem {
  return { code: 'invalid_condition', detail: `A condition ${what}.` };
}

function shown(value: unknown): string {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? `an object with ${Object.keys(value).slice(0, 5).join(', ') || 'no member'}`
    : (JSON.stringify(value)?.slice(0, 200) ?? 'nothing');
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every reference in it. */
export function conditionReferences(condition: Condition): Reference[] {
  switch (condition.type) {
    case 'all':
    case 'any':
      return condition.conditions.flatMap(conditionReferences);
    case 'not':
      return conditionReferences(condition.condition);
    case 'compare':
      return 'reference' in condition.operand
        ? [condition.reference, condition.operand.reference]
        : [condition.reference];
    case 'holds':
    case 'exists':
      return [condition.reference];
  }
}

/**
 * Says whether a condition holds; `undefined` where its comparisons would look at more values than `effort` has left.
 */
export function evaluateCondition(
  condition: Condition,
  valueOf: ValueOf,
  effort: Effort = { left: maxCompared },
): boolean | undefined {
  const holds = evaluate(condition, valueOf, effort);
  return effort.left < 0 ? undefined : holds;
}

/** Values that may still be looked at. Below zero nothing that comes out counts any more. */
export interface Effort {
  left: number;
}

/** A value that is not there equals nothing, is greater and less than nothing, and never makes an error. */
function evaluate(condition: Condition, valueOf: ValueOf, effort: Effort): boolean {
  effort.left -= 1;
  if (effort.left < 0) return false;
  switch (condition.type) {
    case 'all':
      return condition.conditions.every((each) => evaluate(each, valueOf, effort));
    case 'any':
      return condition.conditions.some((each) => evaluate(each, valueOf, effort));
    case 'not':
      return !evaluate(condition.condition, valueOf, effort);
    case 'exists':
      return (readReference(condition.reference, valueOf) !== undefined) === condition.expected;
    case 'holds': {
      const value = readReference(condition.reference, valueOf);
      return value !== undefined && value !== false && value !== null && value !== 0 && value !== '';
    }
    case 'compare': {
      const { operand, comparison, reference } = condition;
      const other = 'reference' in operand ? readReference(operand.reference, valueOf) : operand.value;
      return compare(comparison, readReference(reference, valueOf), other, effort);
    }
  }
}

function compare(comparison: Comparison, value: unknown, other: unknown, effort: Effort): boolean {
  switch (comparison) {
    case 'equals':
      return value !== undefined && isSame(value, other, effort);
    case 'notEquals':
      return value === undefined || !isSame(value, other, effort);
    case 'in':
      return value !== undefined && Array.isArray(other) && other.some((member) => isSame(value, member, effort));
    case 'greaterThan':
    case 'atLeast':
    case 'lessThan':
    case 'atMost':
      return (isBoth('number', value, other) || isBoth('string', value, other)) && inOrder(comparison, value, other);
  }
}

function isBoth(type: 'number' | 'string', value: unknown, other: unknown): boolean {
  return typeof value === type && typeof other === type;
}

function inOrder(
  comparison: 'greaterThan' | 'atLeast' | 'lessThan' | 'atMost',
  value: unknown,
  other: unknown,
): boolean {
  const [a, b] = [value as number, other as number];
  if (comparison === 'greaterThan') return a > b;
  if (comparison === 'atLeast') return a >= b;
  return comparison === 'lessThan' ? a < b : a <= b;
}

/** Equal as JSON values: of the same type, whatever the order of an object's members. */
function isSame(a: unknown, b: unknown, effort: Effort): boolean {
  effort.left -= 1;
  if (effort.left < 0) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((member, i) => isSame(member, b[i], effort));
  }
  if (!isMembers(a)) return a === b;
  if (!isMembers(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key], effort));
}
