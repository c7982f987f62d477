import type { PlacedReference } from './compile-step.ts';
import type { GraphProblem, StepDefinition } from './graph.ts';
import type { Links } from './step-order.ts';

/**
 * A result may be read only where its step is sure to have ended: in a step that waits for it, directly or not. A
 * compensation also reads the result of its own step.
 */
export function checkReferences(
  steps: readonly StepDefinition[],
  uses: readonly (readonly PlacedReference[])[],
  indexOf: ReadonlyMap<string, number>,
  links: Links,
  order: Uint32Array,
  problems: GraphProblem[],
): void {
  const distant: { step: number; source: number; pointer: string }[] = [];
  for (let i = 0; i < steps.length; i++) {
    const { key } = steps[i] as StepDefinition;
    const direct = new Set(links.dependencies[i]);
    for (const { reference, pointer, ofCompensation } of uses[i] ?? []) {
      if (reference.source !== 'step') continue;
      const source = indexOf.get(reference.step);
      if (source === undefined) {
        const detail = `The step "${key}" reads the result of "${reference.step}", which does not exist.`;
        problems.push({ code: 'unknown_reference', steps: [key, reference.step], pointer, detail });
      } else if (!direct.has(source) && !(ofCompensation && source === i)) distant.push({ step: i, source, pointer });
    }
  }
  if (distant.length === 0) return;
  const ancestors = ancestorSets(links, order);
  for (const { step, source, pointer } of distant) {
    if (ancestors.has(step, source)) continue;
    const key = (steps[step] as StepDefinition).key;
    const read = (steps[source] as StepDefinition).key;
    problems.push({
      code: 'reference_without_dependency',
      steps: [key, read],
      pointer,
      detail: `The step "${key}" reads the result of "${read}" without waiting for it. Add "${read}" to its dependsOn.`,
    });
  }
}

/** One bit per pair of steps, filled along the order: 12.5 MB and some ten milliseconds at both limits. */
function ancestorSets(links: Links, order: Uint32Array) {
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
