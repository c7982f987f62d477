import { beginStep } from '../../domain/workflow/begin-step.ts';
import { decide } from '../../domain/workflow/decide-workflow.ts';
import type { CompiledStep } from '../../domain/workflow/graph.ts';
import { type JsonSource, jsonSource } from '../../domain/workflow/json-source.ts';
import { initialState, stateOf, stepState } from '../../domain/workflow/workflow-state.ts';
import type { NewStepRow, NewTask } from '../task-record.ts';
import type { NewWait, NewWorkflow } from '../workflow-record.ts';
import { waitOf } from './begin-steps.ts';
import { makeOpenRow, makeTask, maxResolvedWave } from './step-tasks.ts';
import { addressOf, ownRow, type RowRole, runOfNew, type WorkflowRun } from './workflow-run.ts';

/** What a workflow starts with. */
export interface FirstSteps {
  readonly workflow: NewWorkflow;
  readonly tasks: NewTask[];
  /** Rows of steps that wait. */
  readonly rows: NewStepRow[];
  readonly waits: NewWait[];
  readonly run: WorkflowRun;
}

export interface UnfitStep {
  readonly code: string;
  /** Key of the step. */
  readonly step: string;
  readonly detail: string;
}

/**
 * Starts a workflow's first steps, which read nothing but its input. Those that have to be decided about are left to
 * the advance writer, by a wait that is due at once.
 */
export function firstSteps(asked: Omit<NewWorkflow, 'status'>): FirstSteps | UnfitStep {
  const { graph } = asked.stored;
  const run = runOfNew({ ...asked, status: 'running' }, initialState(graph));
  const first = { tasks: [] as NewTask[], rows: [] as NewStepRow[], waits: [] as NewWait[] };
  const events = decide(graph, run.state, { type: 'start' });
  const input = jsonSource(run.input);
  let carried = 0;
  for (const event of 'refusal' in events ? [] : events) {
    if (event.type !== 'step-started') continue;
    const unfit = startStep(run, event.step, input, first);
    if (unfit) return unfit;
    carried += first.tasks.at(-1)?.payload.length ?? 0;
    if (carried > maxResolvedWave) return tooLargeTogether(addressOf(run, event.step));
  }
  const { status } = run.state;
  run.storedStatus = status;
  return { workflow: { ...asked, status }, ...first, run };
}

type First = Pick<FirstSteps, 'tasks' | 'rows' | 'waits'>;

function startStep(run: WorkflowRun, step: number, input: JsonSource, first: First): UnfitStep | undefined {
  const definition = run.graph.steps[step] as CompiledStep;
  if (stateOf(run.state, step) === stepState.starting) {
    first.waits.push(beginWait(run, step, input, first));
    return undefined;
  }
  const beginning = beginStep(definition, () => input);
  const { key } = definition;
  if (beginning.type === 'fail') return { code: beginning.code, step: key, detail: beginning.message };
  if (beginning.type !== 'task' && beginning.type !== 'prepare') return undefined;
  const role: RowRole = beginning.type === 'prepare' ? { role: 'prepare' } : ownRow;
  first.tasks.push(makeTask(run, step, role, beginning.payload, { now: run.createdAt, causationId: undefined }));
  return undefined;
}

/** A sleep, and a wait for a signal or an event, begin here; of anything else only the beginning is recorded. */
function beginWait(run: WorkflowRun, step: number, input: JsonSource, { rows }: First): NewWait {
  const { tenantId, id: workflowId, createdAt: now } = run;
  const definition = run.graph.steps[step] as CompiledStep;
  const base = { tenantId, workflowId, step: definition.key };
  const left = { ...base, kind: 'begin', dueAt: now, afterMs: 0, name: null, key: null } as const;
  if (definition.when !== undefined) return left;
  const beginning = beginStep(definition, () => input);
  switch (beginning.type) {
    case 'sleep':
    case 'sleep-until':
    case 'signal':
    case 'event':
      decide(run.graph, run.state, { type: 'begin', step, as: 'waiting' });
      rows.push(makeOpenRow(run, step, 'null', { now, causationId: undefined }));
      return { ...base, ...waitOf(beginning, now) };
    default:
      return left;
  }
}

function tooLargeTogether(step: string): UnfitStep {
  const detail = `The first steps carry more than ${maxResolvedWave} bytes of payloads together. Pass references to large data instead of the data.`;
  return { code: 'payload_too_large', step, detail };
}
