import type { Effect, Need } from '../../domain/workflow/effect.ts';
import type { CompiledStep } from '../../domain/workflow/graph.ts';
import type { Input } from '../../domain/workflow/input.ts';
import { jsonSource } from '../../domain/workflow/json-source.ts';
import type { StepReading } from '../../domain/workflow/step-reading.ts';
import { workOf } from '../../domain/workflow/step-work.ts';
import { transition } from '../../domain/workflow/transition.ts';
import { type ManagementBounds, managementBounds } from '../bounds.ts';
import type { NewStepRow, NewTask } from '../records/task-record.ts';
import type { WaitingStep } from '../events/workflow-step-events.ts';
import { type NewWait, type NewWorkflow, restOfWorkflow, type StoredGraph } from '../records/workflow-record.ts';
import { makeRow, makeTask, timerRow } from './step-rows.ts';
import { addressOf, instanceOfNew, type WorkflowInstance } from './workflow-instance.ts';
import { waitingStep } from './workflow-news.ts';

/** The steps that a workflow starts with. */
export interface FirstSteps {
  readonly workflow: NewWorkflow & { readonly stored: StoredGraph };
  readonly tasks: NewTask[];
  /** Rows of steps that wait. */
  readonly rows: NewStepRow[];
  readonly waits: NewWait[];
  /** What is told of steps that wait. */
  readonly waiting: WaitingStep[];
  readonly instance: WorkflowInstance;
}

/** The most that a workflow starts with at once. */
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
 * are too many or too large together, are left to the advance writer, by a timer that is due at once.
 */
export function firstSteps(asked: AskedWorkflow, bounds: StartBounds = managementBounds): FirstSteps | UnfitStep {
  const workflow = { ...asked, status: 'running' } as const;
  const first: FirstSteps = {
    workflow,
    tasks: [],
    rows: [],
    waits: [],
    waiting: [],
    instance: instanceOfNew(workflow),
  };
  const { instance } = first;
  const input = jsonSource(instance.input);
  // First steps follow no other step.
  const reading: StepReading = { input: () => input, result: () => 'null', source: () => input };
  let bytes = 0;
  for (const need of startsOf(instance)) {
    const isFull = first.tasks.length + first.rows.length >= bounds.startRows || bytes >= bounds.startBytes;
    const isLeft = isFull || isDecidedLater(instance, need.step, reading);
    const answer = startAnswer(need.step, isLeft ? undefined : reading);
    for (const effect of carriedOut(transition(instance, answer))) {
      const unfit = write(first, effect);
      if (unfit) return unfit;
      if (effect.kind === 'start-task') bytes += effect.payload.length;
    }
  }
  const { status } = instance.state;
  instance.storedStatus = status;
  return { ...first, workflow: { ...asked, status } };
}

type StartNeed = Extract<Need, { what: 'start' }>;

function startsOf(instance: WorkflowInstance): StartNeed[] {
  return carriedOut(transition(instance, { kind: 'start' })).filter(
    (effect): effect is StartNeed => effect.kind === 'need' && effect.what === 'start',
  );
}

/** Nothing refuses the first steps of a workflow. */
function carriedOut(effects: ReturnType<typeof transition>): readonly Effect[] {
  return 'refusal' in effects ? [] : effects;
}

function startAnswer(step: number, reading: StepReading | undefined): Input {
  return { kind: 'start-step', step, prepared: false, laid: undefined, alone: false, reading, child: undefined };
}

/** Conditions, children and items are decided about by the advance writer, and so is why a step cannot wait. */
function isDecidedLater({ graph }: WorkflowInstance, step: number, reading: StepReading): boolean {
  const definition = graph.steps[step] as CompiledStep;
  if (definition.when !== undefined) return true;
  if (definition.mapped || definition.kind === 'task') return false;
  if (definition.kind === 'each' || definition.kind === 'child') return true;
  return workOf(definition, () => reading.input()).kind === 'fail';
}

/** Fills what a workflow starts with in. */
function write(first: FirstSteps, effect: Effect): UnfitStep | undefined {
  const { instance, tasks, rows, waits, waiting } = first;
  const cause = { now: instance.createdAt, causationId: undefined };
  if (effect.kind === 'start-task') tasks.push(makeTask(instance, effect, effect.payload, cause));
  else if (effect.kind === 'start-timer') {
    waits.push({ ...waitOf(instance, addressOf(instance, effect.step)), ...timerRow(effect.timer, cause.now) });
    waiting.push(waitingStep(instance, effect, cause.now));
  } else if (effect.kind === 'defer') {
    const due = { kind: 'begin', dueAt: cause.now, afterMs: 0, name: null, key: null } as const;
    waits.push({ ...waitOf(instance, restOfWorkflow), ...due });
  } else if (effect.kind === 'add-row') {
    if (effect.status === 'failed') return unfit(addressOf(instance, effect.step), effect.error);
    rows.push(makeRow(instance, effect, cause));
  }
  return undefined;
}

function waitOf({ tenantId, id: workflowId }: WorkflowInstance, step: string) {
  return { tenantId, workflowId, step };
}

function unfit(step: string, error: string | null): UnfitStep {
  const { code, message: detail } = JSON.parse(error ?? '{}') as { code: string; message: string };
  return { code, step, detail };
}
