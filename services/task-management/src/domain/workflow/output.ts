import type { CompiledGraph } from './graph.ts';
import { maxJoinedResult } from './payload-limits.ts';
import { type StepReading, tooLarge } from './step-reading.ts';
import type { Instance } from './instance.ts';
import { stateOf, stepState } from './workflow-state.ts';

/** Longest output that is kept, in characters. */
export const maxOutput = 256 * 1024;

/** The steps whose results make the output. */
export function outputSteps({ output, sinks }: CompiledGraph): readonly number[] {
  return output === undefined ? sinks : [output];
}

/**
 * JSON text: the result of the step that the graph names, else an object of the last steps' results by key; `null` for
 * a step without one. `undefined` when it would be too long; each result can still be read at its step. A workflow that
 * started this one may read more than is kept.
 */
export function outputOf(instance: Instance, reading: StepReading): string | typeof tooLarge | undefined {
  const { graph } = instance;
  if (outputSteps(graph).some((step) => resultOf(instance, reading, step) === tooLarge)) return tooLarge;
  const maxChars = instance.parent === undefined ? maxOutput : maxJoinedResult;
  if (graph.output !== undefined) {
    const result = resultOf(instance, reading, graph.output) as string;
    return result.length > maxChars ? undefined : result;
  }
  let text = '';
  for (const step of graph.sinks) {
    const result = resultOf(instance, reading, step) as string;
    text += `${text === '' ? '{' : ','}${JSON.stringify(graph.steps[step]?.key)}:${result}`;
    if (text.length > maxChars) return undefined;
  }
  return `${text}}`;
}

function resultOf({ state }: Instance, reading: StepReading, step: number): string | typeof tooLarge {
  return stateOf(state, step) === stepState.completed ? reading.result(step, 'own') : 'null';
}
