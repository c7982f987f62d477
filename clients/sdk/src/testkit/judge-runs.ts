import { inspect, isDeepStrictEqual } from 'node:util';
import type { TaskHandle } from '../client/task-handle.ts';
import type { WorkflowHandle } from '../client/workflow-handle.ts';
import type { AnyTask } from '../definitions/task.ts';
import type { AnyWorkflow } from '../definitions/workflow-graph.ts';
import { callOrderOf } from './quiescence.ts';

export type Run = TaskHandle<unknown> | WorkflowHandle<unknown>;

/** The failure that a run is expected to have; what is left out may be anything. */
export interface ExpectedFailure {
  readonly code?: string;
  /** Key of the step that failed the workflow. */
  readonly step?: string;
}

/** A task, by its definition or id, or the key of the step that it undid. */
export type Compensated = string | AnyTask;

export interface MatchResult {
  readonly pass: boolean;
  /** A sentence that says what there is, and what was expected. */
  readonly message: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

interface Ended {
  readonly status: string;
  readonly result?: unknown;
  readonly output?: unknown;
  readonly error?: { readonly code?: string; readonly message?: string; readonly step?: string };
}

export async function judgeCompleted(run: Run, ...output: [unknown?]): Promise<MatchResult> {
  const ended: Ended = await run.details();
  const actual = { status: ended.status, ...(output.length > 0 && { output: await outputOf(run, ended) }) };
  const expected = { status: 'completed', ...(output.length > 0 && { output: output[0] }) };
  return judge(run, actual, expected, ended);
}

/** As the test would get it: read back from the wire. */
async function outputOf(run: Run, { status }: Ended): Promise<unknown> {
  return status === 'completed' ? run.result() : undefined;
}

export async function judgeFailed(run: Run, failure: ExpectedFailure): Promise<MatchResult> {
  const ended: Ended = await run.details();
  const actual = {
    status: ended.status,
    ...(failure.code !== undefined && { code: ended.error?.code }),
    ...(failure.step !== undefined && { step: ended.error?.step }),
  };
  return judge(run, actual, { status: 'failed', ...failure }, ended);
}

export async function judgeCompensated(
  run: WorkflowHandle<unknown>,
  compensated: readonly Compensated[],
): Promise<MatchResult> {
  const body = await run.details();
  const order = callOrderOf(run);
  const seen = body.steps
    .flatMap(({ key, compensation }) =>
      compensation?.status === 'completed' ? [{ key, id: compensation.taskId }] : [],
    )
    .map(({ key, id }) => ({ key, call: order.findIndex(({ taskId }) => taskId === id) }))
    .sort((a, b) => a.call - b.call)
    .map(({ key, call }) => ({ step: key, task: order[call]?.type }));
  const wanted = compensated.map((name) => (typeof name === 'string' ? name : name.id));
  const named = seen.map(({ step, task }, at) => (wanted[at] === step ? step : (task ?? step)));
  const actual = { status: body.status, compensated: named };
  return judge(run, actual, { status: 'compensated', compensated: wanted }, body);
}

export function judgeGraph(definition: AnyWorkflow, mermaid: string): MatchResult {
  const actual = definition.toMermaid().trim();
  const expected = mermaid.trim();
  const message = `the graph of "${definition.id}" is\n${actual}\ninstead of\n${expected}`;
  return { pass: actual === expected, message, actual, expected };
}

function judge(run: Run, actual: object, expected: object, { error }: Ended): MatchResult {
  const reason = error === undefined ? '' : ` (${[error.step, error.code, error.message].filter(Boolean).join(': ')})`;
  const message = `${run.kind} ${run.id} is ${inspect(actual)}${reason}, expected ${inspect(expected)}`;
  return { pass: isDeepStrictEqual(actual, expected), message, actual, expected };
}
