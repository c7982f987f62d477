import { compileReference, maxPayloadDepth, type Reference } from './payload-template.ts';

const comparisons = ['equals', 'notEquals', 'greaterThan', 'atLeast', 'lessThan', 'atMost', 'in'] as const;
export type Comparison = (typeof comparisons)[number];

/** A condition decides whether a step runs or is skipped. */
export type Condition =
  /** The value is there, and none of false, null, 0 and "". */
  | { readonly kind: 'holds'; readonly reference: Reference }
  | { readonly kind: 'exists'; readonly reference: Reference; readonly expected: boolean }
  | {
      readonly kind: 'compare';
      readonly reference: Reference;
      readonly comparison: Comparison;
      readonly operand: Operand;
    }
  | { readonly kind: 'all' | 'any'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition };

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
    return 'code' in reference ? reference : { kind: 'holds', reference };
  }
  if (Object.hasOwn(when, 'value')) return compileComparison(when);
  const [name, ...others] = Object.keys(when);
  if (others.length > 0)
    return invalid(`has one member of "all", "any" and "not", and not ${shown(Object.keys(when))}`);
  if (name === 'all' || name === 'any') return compileList(name, when[name], depth);
  if (name !== 'not') return invalid(`is a reference, a comparison, "all", "any" or "not", and not ${shown(when)}`);
  const condition = compile(when.not, depth + 1);
  return 'code' in condition ? condition : { kind: 'not', condition };
}

function compileList(kind: 'all' | 'any', list: unknown, depth: number): Condition | ConditionProblem {
  if (!Array.isArray(list)) return invalid(`has a list as "${kind}", and not ${shown(list)}`);
  const conditions: Condition[] = [];
  for (const member of list) {
    const condition = compile(member, depth + 1);
    if ('code' in condition) return condition;
    conditions.push(condition);
  }
  return { kind, conditions };
}

function compileComparison({ value, ...others }: Members): Condition | ConditionProblem {
  const reference = referenceIn(value);
  if ('code' in reference) return reference;
  const [name, ...more] = Object.keys(others);
  if (more.length > 0) return invalid(`has one operator beside "value", and not ${shown(Object.keys(others))}`);
  if (name === 'exists') {
    const expected = others.exists;
    if (typeof expected !== 'boolean') return invalid(`has true or false as "exists", and not ${shown(expected)}`);
    return { kind: 'exists', reference, expected };
  }
  const comparison = comparisons.find((known) => known === name);
  if (!comparison) return invalid(`has one of ${[...comparisons, 'exists'].join(', ')} beside "value"`);
  const operand = compileOperand(others[comparison]);
  if ('code' in operand) return operand;
  if (comparison === 'in' && 'value' in operand && !Array.isArray(operand.value)) {
    return invalid(`has a list as "in", and not ${shown(operand.value)}`);
  }
  return { kind: 'compare', reference, comparison, operand };
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

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every reference in it. */
export function conditionReferences(condition: Condition): Reference[] {
  switch (condition.kind) {
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
