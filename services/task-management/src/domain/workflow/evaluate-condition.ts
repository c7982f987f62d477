import { type Comparison, type Condition, isMembers } from './conditions.ts';
import { maxCompared } from './payload-limits.ts';
import { readReference, type ValueOf } from './payload-template.ts';

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
  switch (condition.kind) {
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
