import { stateOf, stepState } from '../../domain/workflow/workflow-state.ts';
import { maxGatheredResult } from '../../domain/workflow/payload-limits.ts';
import { tooLarge } from '../ports/advance-store.ts';
import type { StepResults } from './step-results.ts';
import { addressOf, type WorkflowRun } from './workflow-run.ts';

/** Longest output that is kept, in characters. */
export const maxOutput = 256 * 1024;
/** Longest output that is worked out: a workflow that started this one may read more than is kept. */
const maxWorkedOut = maxGatheredResult;

/** The steps whose results make the output. */
export function outputSteps(run: WorkflowRun): readonly number[] {
  return run.graph.output === undefined ? run.graph.sinks : [run.graph.output];
}

/**
 * JSON text: the result of the step that the graph names, else an object of the last steps' results by key; `null` for
 * a step without one. `undefined` when it would be too long; each result can still be read at its step.
 */
export function workflowOutput(run: WorkflowRun, results: StepResults): string | undefined {
  const longest = run.parent === undefined ? maxOutput : maxWorkedOut;
  if (run.graph.output !== undefined) {
    const result = resultOf(run, results, run.graph.output);
    return result === tooLarge || result.length > longest ? undefined : result;
  }
  let text = '';
  for (const step of run.graph.sinks) {
    const result = resultOf(run, results, step);
    if (result === tooLarge) return undefined;
    text += `${text === '' ? '{' : ','}${JSON.stringify(run.graph.steps[step]?.key)}:${result}`;
    if (text.length > longest) return undefined;
  }
  return `${text}}`;
}

/** Some of it was too much to be read beside what else the turn reads. */
export function isOutputUnread(run: WorkflowRun, results: StepResults): boolean {
  return outputSteps(run).some((step) => resultOf(run, results, step) === tooLarge);
}

function resultOf(run: WorkflowRun, results: StepResults, step: number): string | typeof tooLarge {
  return stateOf(run.state, step) === stepState.completed ? results.of(run, addressOf(run, step)) : 'null';
}
