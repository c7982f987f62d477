import { type Condition, compileCondition, conditionReferences } from './conditions.ts';
import {
  type CompensationDefinition,
  type CompiledStep,
  type GraphProblem,
  type GraphProblemCode,
  maxItems,
  type StepDefinition,
  type StepKind,
} from './graph.ts';
import { compileTemplate, type PayloadTemplate, type Reference } from './payload-template.ts';
import { compileWait, isWait, waitKindsOf, waitMembers } from './wait-kinds.ts';

/** A reference, and where it stands in the graph. */
export interface PlacedReference {
  readonly reference: Reference;
  readonly pointer: string;
  /** It may also read the result of the step that it belongs to. */
  readonly ofCompensation: boolean;
}

/** A step by itself; which results it reads is known once all steps are. */
export interface StepDraft {
  readonly step: Omit<CompiledStep, 'reads' | 'inputs' | 'compensation'> & {
    readonly compensation: Omit<NonNullable<CompiledStep['compensation']>, 'reads'> | undefined;
  };
  readonly uses: readonly PlacedReference[];
}

interface Drafting {
  readonly definition: StepDefinition;
  readonly pointer: string;
  readonly problems: GraphProblem[];
  readonly uses: PlacedReference[];
}

/** Checks one step and prepares it, apart from others. `undefined` where a problem keeps it from being prepared. */
export function draftStep(definition: StepDefinition, i: number, problems: GraphProblem[]): StepDraft | undefined {
  const drafting: Drafting = { definition, pointer: `/steps/${i}`, problems, uses: [] };
  const before = problems.length;
  const kind = kindOf(drafting);
  if (kind === undefined) return undefined;
  checkNothingToCompensate(drafting, kind);
  // Without a payload of its own, each item of a fan-out is one.
  const items = kind === 'each' && !definition.mapped;
  const payload = definition.payload === undefined && items ? { $from: 'item' } : definition.payload;
  const step = {
    key: definition.key,
    kind,
    type: definition.type ?? `taskflow.step/${kind}`,
    mapped: definition.mapped === true,
    ...executionOptionsOf(definition),
    payload: draftTemplate(drafting, payload ?? null, '/payload', { items }),
    dependsOn: [...new Set(definition.dependsOn ?? [])],
    when: draftCondition(drafting),
    tolerated: definition.onError === 'continue',
    commit: definition.commit === true,
    compensation: draftCompensation(drafting),
    each: kind === 'each' ? draftEach(drafting) : undefined,
    child: draftChild(definition),
    wait: draftWait(drafting, kind),
  };
  return problems.length > before ? undefined : { step, uses: drafting.uses };
}

function addProblem({ definition, pointer, problems }: Drafting, code: GraphProblemCode, at: string, detail: string) {
  problems.push({ code, steps: [definition.key], pointer: pointer + at, detail });
}

function kindOf(drafting: Drafting): StepKind | undefined {
  const { definition } = drafting;
  const { key, type, each, child } = definition;
  const kinds: StepKind[] = [];
  if (type !== undefined || each !== undefined) kinds.push(each === undefined ? 'task' : 'each');
  if (child !== undefined) kinds.push('child');
  kinds.push(...waitKindsOf(definition));
  const [kind, other] = kinds;
  if (other !== undefined) {
    const detail = `The step "${key}" is ${kinds.join(' and ')} at the same time. Make a step of each.`;
    addProblem(drafting, 'two_kinds', '', detail);
    return undefined;
  }
  if (kind === undefined || (each !== undefined && type === undefined)) {
    const others = ['child', ...Object.values(waitMembers)].map((member) => `"${member}"`);
    const detail = `The step "${key}" has no work: it needs a "type", or in its place one of ${others.slice(0, -1).join(', ')} and ${others.at(-1)}.`;
    addProblem(drafting, 'step_without_work', '', detail);
    return undefined;
  }
  return kind;
}

function checkNothingToCompensate(drafting: Drafting, kind: StepKind): void {
  if (!isWait(kind)) return;
  const { key, compensation, commit } = drafting.definition;
  if (compensation === undefined && commit !== true) return;
  const member = compensation === undefined ? 'commit' : 'compensation';
  const detail = `The step "${key}" only waits (${kind}), so there is nothing to undo. Put "${member}" on the step that does the work.`;
  addProblem(drafting, 'compensation_of_wait', `/${member}`, detail);
}

function executionOptionsOf({ queue, priority, retry, timeout }: CompensationDefinition | StepDefinition) {
  return { queue, priority, retry, timeout };
}

const empty: PayloadTemplate = { texts: ['null'], references: [] };

function draftTemplate(
  drafting: Drafting,
  value: unknown,
  at: string,
  { items = false, ofCompensation = false }: { readonly items?: boolean; readonly ofCompensation?: boolean } = {},
): PayloadTemplate {
  const template = compileTemplate(value);
  if ('code' in template) {
    addProblem(drafting, template.code, at, template.detail);
    return empty;
  }
  const pointer = drafting.pointer + at;
  for (const reference of template.references) {
    if (reference.source === 'item' && !items) {
      const detail = `The step "${drafting.definition.key}" reads "${reference.text}", and only the payload of a step with "each" has items.`;
      addProblem(drafting, 'invalid_reference', at, detail);
    }
    drafting.uses.push({ reference, pointer, ofCompensation });
  }
  return template;
}

function draftCondition(drafting: Drafting): Condition | undefined {
  const { key, when } = drafting.definition;
  if (when === undefined) return undefined;
  const condition = compileCondition(when);
  if ('code' in condition) {
    addProblem(
      drafting,
      condition.code,
      '/when',
      `The condition of the step "${key}" cannot be used. ${condition.detail}`,
    );
    return undefined;
  }
  const pointer = `${drafting.pointer}/when`;
  for (const reference of conditionReferences(condition)) {
    drafting.uses.push({ reference, pointer, ofCompensation: false });
  }
  return condition;
}

function draftCompensation(drafting: Drafting): StepDraft['step']['compensation'] {
  const { compensation } = drafting.definition;
  if (compensation === undefined) return undefined;
  const payload = draftTemplate(drafting, compensation.payload ?? null, '/compensation/payload', {
    ofCompensation: true,
  });
  return { type: compensation.type, ...executionOptionsOf(compensation), payload };
}

function draftEach(drafting: Drafting): CompiledStep['each'] {
  const { key, each = {}, mapped } = drafting.definition;
  const over = each.over === undefined ? undefined : draftTemplate(drafting, each.over, '/each/over');
  const isLiteral = over !== undefined && over.references.length === 0;
  if ((over === undefined && !mapped) || (isLiteral && !Array.isArray(each.over)) || isList(over, each.over)) {
    const detail = `The step "${key}" fans out over nothing: "each.over" is a list or a reference to one.`;
    addProblem(drafting, 'invalid_wait', '/each/over', detail);
  }
  return { over, concurrency: each.concurrency ?? maxItems, tolerate: each.tolerate ?? 0 };
}

/** With references in it, it is either one itself or a list: an object never becomes a list. */
function isList(over: PayloadTemplate | undefined, value: unknown): boolean {
  return over !== undefined && !Array.isArray(value) && !isReference(value);
}

function isReference(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '$from');
}

function draftChild({ child }: StepDefinition): CompiledStep['child'] {
  if (child === undefined) return undefined;
  return { definition: child.definition, version: child.version, onParentClose: child.onParentClose ?? 'cancel' };
}

function draftWait(drafting: Drafting, kind: StepKind): CompiledStep['wait'] {
  const { definition } = drafting;
  if (!isWait(kind)) return undefined;
  return compileWait(kind, definition, {
    key: definition.key,
    mapped: definition.mapped === true,
    template: (value, at) => draftTemplate(drafting, value, at),
    refuse: (at, detail) => addProblem(drafting, 'invalid_wait', at, detail),
  });
}
