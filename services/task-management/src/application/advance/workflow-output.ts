import { tooLarge } from '../ports/advance-store.ts';
import type { StepResults } from './step-results.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** Longest output that is kept, in characters. */
export const maxOutput = 256 * 1024;

/** The steps whose results make the output. */
export function outputSteps(run: WorkflowRun): readonly number[] {
  return run.graph.output === undefined ? run.graph.sinks : [run.graph.output];
}

/**
 * JSON text: the result of the step that the graph names, else an object of the last steps' results by key.
 * `undefined` when it would be too long; each result can still be read at its step.
 */
export function workflowOutput(run: WorkflowRun, results: StepResults): string | undefined {
  if (run.graph.output !== undefined) {
    const result = results.of(run, run.graph.output);
    return result === tooLarge || result.length > maxOutput ? undefined : result;
  }
  let text = '';
  for (const step of run.graph.sinks) {
    const result = results.of(run, step);
    if (result === tooLarge) return undefined;
    text += `${text === '' ? '{' : ','}${JSON.stringify(run.graph.steps[step]?.key)}:${result}`;
    if (text.length > maxOutput) return undefined;
  }
  return `${text}}`;
}
