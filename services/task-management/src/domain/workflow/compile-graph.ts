import { assembleGraph } from './assemble-graph.ts';
import { checkReferences } from './check-references.ts';
import { draftStep, type StepDraft } from './compile-step.ts';
import {
  type CompiledGraph,
  type GraphDefinition,
  type GraphProblem,
  maxDependencies,
  maxSteps,
  type StepDefinition,
} from './graph.ts';
import { maxReferences, maxReferencesTogether } from './payload-limits.ts';
import { findCycle, linkSteps, type Links, topologicalOrder } from './step-order.ts';

export type Compilation = { readonly graph: CompiledGraph } | { readonly problems: readonly GraphProblem[] };

/** Problems listed at most; the first ones are enough to act on, and ten thousand would be an answer nobody reads. */
const maxProblems = 50;

/** Checks a definition and prepares it to be run. Every problem is named, with the steps that it concerns. */
export function compileGraph(definition: GraphDefinition): Compilation {
  const sizeProblem = checkSize(definition);
  if (sizeProblem) return { problems: [sizeProblem] };

  const problems: GraphProblem[] = [];
  const indexOf = indexSteps(definition.steps, problems);
  checkDependencies(definition.steps, indexOf, problems);
  if (definition.output !== undefined && !indexOf.has(definition.output)) {
    problems.push({
      code: 'unknown_output',
      steps: [definition.output],
      pointer: '/output',
      detail: `The output names the step "${definition.output}", which does not exist.`,
    });
  }
  const drafts = definition.steps.map((step, i) => draftStep(step, i, problems)).filter((draft) => draft !== undefined);
  if (problems.length > 0) return { problems: problems.slice(0, maxProblems) };

  const many = checkReferenceCount(definition.steps, drafts);
  if (many) return { problems: [many] };

  const links = linkSteps(definition.steps, indexOf);
  const order = topologicalOrder(links);
  if (order.length < definition.steps.length) return { problems: [cycleProblem(definition.steps, links, order)] };

  const uses = drafts.map((draft) => draft.uses);
  checkReferences(definition.steps, uses, indexOf, links, order, problems);
  if (problems.length > 0) return { problems: problems.slice(0, maxProblems) };
  return { graph: assembleGraph(definition, indexOf, drafts, links, order) };
}

function checkSize({ steps }: GraphDefinition): GraphProblem | undefined {
  if (steps.length === 0) {
    return { code: 'no_steps', steps: [], pointer: '/steps', detail: 'A workflow has at least one step.' };
  }
  if (steps.length > maxSteps) {
    return {
      code: 'too_many_steps',
      steps: [],
      pointer: '/steps',
      detail: `The workflow has ${steps.length} steps, and ${maxSteps} are allowed. Split it into several workflows.`,
    };
  }
  let dependencies = 0;
  for (const step of steps) dependencies += step.dependsOn?.length ?? 0;
  if (dependencies <= maxDependencies) return undefined;
  return {
    code: 'too_many_dependencies',
    steps: [],
    pointer: '/steps',
    detail: `The steps have ${dependencies} dependencies, and ${maxDependencies} are allowed. Join them in steps between.`,
  };
}

/** Counted here, because whoever resolves them does so in a transaction that others wait for. */
function checkReferenceCount(steps: readonly StepDefinition[], drafts: readonly StepDraft[]): GraphProblem | undefined {
  let references = 0;
  for (let i = 0; i < drafts.length; i++) {
    const count = drafts[i]?.uses.length ?? 0;
    const key = steps[i]?.key ?? '';
    references += count;
    if (count > maxReferences) {
      const detail = `The step "${key}" has ${count} references, and ${maxReferences} are allowed. Let a step before it gather what it reads.`;
      return { code: 'too_many_references', steps: [key], pointer: `/steps/${i}`, detail };
    }
  }
  if (references <= maxReferencesTogether) return undefined;
  const detail = `The steps have ${references} references, and ${maxReferencesTogether} are allowed. Split it into several workflows.`;
  return { code: 'too_many_references', steps: [], pointer: '/steps', detail };
}

function indexSteps(steps: readonly StepDefinition[], problems: GraphProblem[]): Map<string, number> {
  const indexOf = new Map<string, number>();
  for (let i = 0; i < steps.length; i++) {
    const key = (steps[i] as StepDefinition).key;
    const first = indexOf.get(key);
    if (first === undefined) indexOf.set(key, i);
    else {
      problems.push({
        code: 'duplicate_key',
        steps: [key],
        pointer: `/steps/${i}/key`,
        detail: `The key "${key}" is taken by /steps/${first}. Keys are unique within a workflow.`,
      });
    }
  }
  return indexOf;
}

function checkDependencies(
  steps: readonly StepDefinition[],
  indexOf: ReadonlyMap<string, number>,
  problems: GraphProblem[],
): void {
  for (let i = 0; i < steps.length; i++) {
    const { key, dependsOn = [] } = steps[i] as StepDefinition;
    for (let d = 0; d < dependsOn.length; d++) {
      const dependency = dependsOn[d] as string;
      const pointer = `/steps/${i}/dependsOn/${d}`;
      if (dependency === key) {
        const detail = `The step "${key}" depends on itself, so it could never start.`;
        problems.push({ code: 'self_dependency', steps: [key], pointer, detail });
      } else if (!indexOf.has(dependency)) {
        const detail = `The step "${key}" depends on "${dependency}", which does not exist.`;
        problems.push({ code: 'unknown_dependency', steps: [key, dependency], pointer, detail });
      }
    }
  }
}

function cycleProblem(steps: readonly StepDefinition[], links: Links, order: Uint32Array): GraphProblem {
  const cycle = findCycle(links, order).map((i) => (steps[i] as StepDefinition).key);
  const shown = cycle.length > 20 ? [...cycle.slice(0, 19), '…', cycle[0]] : [...cycle, cycle[0]];
  const first = steps.findIndex((step) => step.key === cycle[0]);
  return {
    code: 'cycle',
    steps: cycle,
    pointer: `/steps/${first}/dependsOn`,
    detail: `These steps wait for each other in a circle, so none of them could ever start: ${shown.join(' → ')}.`,
  };
}

/** Says why a graph cannot be run without being registered; nothing where it can. */
export function mappedInline({ steps, mapped: some }: CompiledGraph): readonly GraphProblem[] {
  if (!some) return [];
  return steps.flatMap(({ key, mapped }, i): GraphProblem[] => {
    if (!mapped) return [];
    const detail = `The step "${key}" is mapped: a worker evaluates it, and workers hold registered definitions alone. Register the definition and start it by its name.`;
    return [{ code: 'mapped_inline', steps: [key], pointer: `/steps/${i}/mapped`, detail }];
  });
}
