import { beginStep } from '../../domain/workflow/begin-step.ts';
import { decide } from '../../domain/workflow/decide-workflow.ts';
import type { CompiledStep } from '../../domain/workflow/graph.ts';
import { type JsonSource, jsonSource } from '../../domain/workflow/json-source.ts';
import { initialState, stateOf, stepState } from '../../domain/workflow/workflow-state.ts';
import { type ManagementBounds, managementBounds } from '../bounds.ts';
import type { NewStepRow, NewTask } from '../task-record.ts';
import { type NewWait, type NewWorkflow, restOfWorkflow, type StoredGraph } from '../workflow-record.ts';
import { waitOf } from './begin-steps.ts';
import { makeOpenRow, makeTask } from './step-tasks.ts';
import { ownRow, type RowRole, runOfNew, type WorkflowRun } from './workflow-run.ts';

/** What a workflow starts with. */
export interface FirstSteps {
  readonly workflow: NewWorkflow & { readonly stored: StoredGraph };
  readonly tasks: NewTask[];
  /** Rows of steps that wait. */
  readonly rows: NewStepRow[];
  readonly waits: NewWait[];
  readonly run: WorkflowRun;
}

/** What a workflow starts with at once. */
export type StartBounds = Pick<ManagementBounds, 'startRows' | 'startBytes'>;

export type AskedWorkflow = Omit<FirstSteps['workflow'], 'status'>;

export interface UnfitStep {
  readonly code: string;
  /** Key of the step. */
  readonly step: string;
  readonly detail: string;
}

/**
 * Starts a workflow's first steps, which read nothing but its input. Those that have to be decided about, and those that
 * are too many or too large together, are left to the advance writer, by a row that is due at once.
 */
export function firstSteps(asked: AskedWorkflow, bounds: StartBounds = managementBounds): FirstSteps | UnfitStep {
  const { graph } = asked.stored;
  const run = runOfNew({ ...asked, status: 'running' }, initialState(graph));
  const first: First = { tasks: [], rows: [], waits: [] };
  const started = decide(graph, run.state, { type: 'start' });
  const input = jsonSource(run.input);
  let carried = 0;
  let isLeft = false;
  for (const event of 'refusal' in started ? [] : started) {
    if (event.type !== 'step-started') continue;
    const before = first.tasks.length;
    const isFull = first.tasks.length + first.rows.length >= bounds.startRows || carried >= bounds.startBytes;
    const unfit = isFull ? undefined : startStep(run, event.step, input, first);
    if (typeof unfit === 'object') return unfit;
    if (unfit !== 'started') {
      decide(graph, run.state, { type: 'hold', step: event.step });
      isLeft = true;
    } else carried += first.tasks[before]?.payload.length ?? 0;
  }
  if (isLeft) first.waits.push(restToBegin(run));
  const { status } = run.state;
  run.storedStatus = status;
  return { workflow: { ...asked, status }, ...first, run };
}

function restToBegin({ tenantId, id: workflowId, createdAt: dueAt }: WorkflowRun): NewWait {
  return { tenantId, workflowId, step: restOfWorkflow, kind: 'begin', dueAt, afterMs: 0, name: null, key: null };
}

type First = Pick<FirstSteps, 'tasks' | 'rows' | 'waits'>;

/** `undefined`: it has to be decided about. */
function startStep(run: WorkflowRun, step: number, input: JsonSource, first: First): UnfitStep | 'started' | undefined {
  const definition = run.graph.steps[step] as CompiledStep;
  if (stateOf(run.state, step) === stepState.starting) return beginWait(run, step, input, first);
  const beginning = beginStep(definition, () => input);
  const { key } = definition;
  if (beginning.type === 'fail') return { code: beginning.code, step: key, detail: beginning.message };
  if (beginning.type !== 'task' && beginning.type !== 'prepare') return undefined;
  const role: RowRole = beginning.type === 'prepare' ? { role: 'prepare' } : ownRow;
  first.tasks.push(makeTask(run, step, role, beginning.payload, { now: run.createdAt, causationId: undefined }));
  return 'started';
}

/** A sleep, and a wait for a signal or an event, begin here. */
function beginWait(run: WorkflowRun, step: number, input: JsonSource, { rows, waits }: First): 'started' | undefined {
  const { tenantId, id: workflowId, createdAt: now } = run;
  const definition = run.graph.steps[step] as CompiledStep;
  if (definition.when !== undefined) return undefined;
  const beginning = beginStep(definition, () => input);
  switch (beginning.type) {
    case 'sleep':
    case 'sleep-until':
    case 'signal':
    case 'event':
      decide(run.graph, run.state, { type: 'begin', step, as: 'waiting' });
      rows.push(makeOpenRow(run, step, 'null', { now, causationId: undefined }));
      waits.push({ tenantId, workflowId, step: definition.key, ...waitOf(beginning, now) });
      return 'started';
    default:
      return undefined;
  }
}
