import type { PlacedReference, StepDraft } from './compile-step.ts';
import type { CompiledGraph, CompiledStep, GraphDefinition } from './graph.ts';
import type { Links } from './step-order.ts';

/** Joins the drafts of a graph that was found sound. */
export function assembleGraph(
  definition: GraphDefinition,
  indexOf: ReadonlyMap<string, number>,
  drafts: readonly StepDraft[],
  links: Links,
  order: Uint32Array,
): CompiledGraph {
  const steps = drafts.map((draft) => compiledStep(draft, indexOf));
  const roots: number[] = [];
  const sinks: number[] = [];
  const signals = new Map<string, number[]>();
  for (let i = 0; i < steps.length; i++) {
    if (links.dependencyCount[i] === 0) roots.push(i);
    if (links.successorStart[i] === links.successorStart[i + 1]) sinks.push(i);
    const signal = steps[i]?.wait?.signal;
    if (signal !== undefined) signals.set(signal, [...(signals.get(signal) ?? []), i]);
  }
  return {
    steps,
    indexOf,
    dependencyCount: links.dependencyCount,
    successors: links.successors,
    successorStart: links.successorStart,
    predecessors: links.predecessors,
    predecessorStart: links.predecessorStart,
    order,
    roots,
    sinks,
    output: definition.output === undefined ? undefined : indexOf.get(definition.output),
    onFailure: definition.onFailure ?? 'compensate',
    compensates: steps.some(({ compensation }) => compensation !== undefined),
    mapped: steps.some(({ mapped }) => mapped),
    signals,
  };
}

function compiledStep({ step, uses }: StepDraft, indexOf: ReadonlyMap<string, number>): CompiledStep {
  const { compensation } = step;
  const reads = (ofCompensation: boolean) => [
    ...new Set(
      uses.flatMap((use) =>
        use.ofCompensation === ofCompensation && use.reference.source === 'step'
          ? [indexOf.get(use.reference.step) as number]
          : [],
      ),
    ),
  ];
  return {
    ...step,
    reads: reads(false),
    inputs: step.when === undefined ? uses.filter(isNeeded).map(({ reference }) => reference) : [],
    compensation: compensation && { ...compensation, reads: reads(true) },
  };
}

/** A compensation is not stopped by a part of the input that is not there. */
function isNeeded({ reference, ofCompensation }: PlacedReference): boolean {
  if (reference.source !== 'input' || reference.fallback !== undefined) return false;
  return reference.path.length > 0 && !ofCompensation;
}
