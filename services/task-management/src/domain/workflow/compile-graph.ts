import {
  type CompiledGraph,
  type CompiledStep,
  type GraphDefinition,
  type GraphProblem,
  maxDependencies,
  maxSteps,
  type StepDefinition,
} from './graph.ts';
import { compileTemplate, type PayloadTemplate } from './payload-template.ts';
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
  const templates = compileTemplates(definition.steps, problems);
  if (problems.length > 0) return { problems: problems.slice(0, maxProblems) };

  const links = linkSteps(definition.steps, indexOf);
  const order = topologicalOrder(links);
  if (order.length < definition.steps.length) return { problems: [cycleProblem(definition.steps, links, order)] };

  checkReferences(definition.steps, templates, indexOf, links, order, problems);
  if (problems.length > 0) return { problems: problems.slice(0, maxProblems) };
  return { graph: assemble(definition, indexOf, templates, links) };
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

function compileTemplates(steps: readonly StepDefinition[], problems: GraphProblem[]): PayloadTemplate[] {
  const templates: PayloadTemplate[] = [];
  for (let i = 0; i < steps.length; i++) {
    const { key, payload } = steps[i] as StepDefinition;
    const template = compileTemplate(payload ?? null);
    if ('code' in template) {
      problems.push({ code: template.code, steps: [key], pointer: `/steps/${i}/payload`, detail: template.detail });
    } else templates.push(template);
  }
  return templates;
}

function cycleProblem(steps: readonly StepDefinition[], links: Links, order: readonly number[]): GraphProblem {
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

/** A result may be read only where it is sure to exist: in a step that waits, directly or not, for its step. */
function checkReferences(
  steps: readonly StepDefinition[],
  templates: readonly PayloadTemplate[],
  indexOf: ReadonlyMap<string, number>,
  links: Links,
  order: readonly number[],
  problems: GraphProblem[],
): void {
  const distant: { step: number; source: number }[] = [];
  for (let i = 0; i < steps.length; i++) {
    const { key } = steps[i] as StepDefinition;
    const direct = new Set(links.dependencies[i]);
    for (const reference of templates[i]?.references ?? []) {
      if (reference.source === 'input') continue;
      const source = indexOf.get(reference.step);
      if (source === undefined) {
        const detail = `The step "${key}" reads the result of "${reference.step}", which does not exist.`;
        problems.push({
          code: 'unknown_reference',
          steps: [key, reference.step],
          pointer: `/steps/${i}/payload`,
          detail,
        });
      } else if (!direct.has(source)) distant.push({ step: i, source });
    }
  }
  if (distant.length === 0) return;
  const ancestors = ancestorSets(links, order);
  for (const { step, source } of distant) {
    if (ancestors.has(step, source)) continue;
    const key = (steps[step] as StepDefinition).key;
    const read = (steps[source] as StepDefinition).key;
    problems.push({
      code: 'reference_without_dependency',
      steps: [key, read],
      pointer: `/steps/${step}/payload`,
      detail: `The step "${key}" reads the result of "${read}" without waiting for it. Add "${read}" to its dependsOn.`,
    });
  }
}

/** One bit per pair of steps, filled along the order: 12.5 MB and some ten milliseconds at both limits. */
function ancestorSets(links: Links, order: readonly number[]) {
  const words = Math.ceil(links.dependencies.length / 32);
  const bits = new Uint32Array(links.dependencies.length * words);
  for (const step of order) {
    const target = step * words;
    for (const dependency of links.dependencies[step] ?? []) {
      const source = dependency * words;
      for (let w = 0; w < words; w++) bits[target + w] = (bits[target + w] as number) | (bits[source + w] as number);
      const word = target + (dependency >>> 5);
      bits[word] = (bits[word] as number) | (1 << (dependency & 31));
    }
  }
  return {
    has: (step: number, ancestor: number) =>
      ((bits[step * words + (ancestor >>> 5)] as number) & (1 << (ancestor & 31))) !== 0,
  };
}

function assemble(
  definition: GraphDefinition,
  indexOf: ReadonlyMap<string, number>,
  templates: readonly PayloadTemplate[],
  links: Links,
): CompiledGraph {
  const steps = definition.steps.map((step, i): CompiledStep => {
    return {
      key: step.key,
      type: step.type,
      queue: step.queue,
      priority: step.priority,
      retry: step.retry,
      timeout: step.timeout,
      payload: templates[i] as PayloadTemplate,
      dependsOn: (links.dependencies[i] ?? []).map((d) => (definition.steps[d] as StepDefinition).key),
    };
  });
  const roots: number[] = [];
  const sinks: number[] = [];
  for (let i = 0; i < steps.length; i++) {
    if (links.dependencyCount[i] === 0) roots.push(i);
    if (links.successorStart[i] === links.successorStart[i + 1]) sinks.push(i);
  }
  return {
    steps,
    indexOf,
    dependencyCount: links.dependencyCount,
    successors: links.successors,
    successorStart: links.successorStart,
    roots,
    sinks,
    output: definition.output === undefined ? undefined : indexOf.get(definition.output),
  };
}
