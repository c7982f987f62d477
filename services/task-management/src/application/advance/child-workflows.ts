import { childOutcome, maxNesting } from '../../domain/workflow/children.ts';
import type { CompiledGraph, CompiledStep } from '../../domain/workflow/graph.ts';
import { initialState, stateOf, stepState } from '../../domain/workflow/workflow-state.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import { maxGatheredResult } from '../../domain/workflow/payload-limits.ts';
import type { DefinitionKey, Key, LoadedDefinition } from '../ports/advance-store.ts';
import { workflowStarted, workflowStepWaiting } from '../workflow-events.ts';
import { childWorkflowId, type NewWorkflow } from '../workflow-record.ts';
import type { Unstartable } from './beginning.ts';
import { act } from './decisions.ts';
import { keep } from './kept-inputs.ts';
import { type ChildEnd, type Desk, obtainRuns, parkedAt, runAt, type StepStart, type Work } from './turn-desk.ts';
import { addressOf, generationOf, runOfNew, type WorkflowRun } from './workflow-run.ts';
import { obtainGraphs } from './workflow-runs.ts';

/** The definitions that the steps of one round start. */
export interface ChildDefinitions {
  find(run: WorkflowRun, step: number): StartableDefinition | Unstartable;
}

export type StartableDefinition = LoadedDefinition & { readonly graph: CompiledGraph };

/** Reads them by one statement, and by another one the graphs that are not at hand. */
export async function loadDefinitions(desk: Desk, starts: readonly StepStart[]): Promise<ChildDefinitions> {
  const keys = new Map<string, DefinitionKey>();
  for (const { run, step } of starts) {
    const key = definitionKey(run, step);
    if (key) keys.set(keyText(key), key);
  }
  const roots = rootsToCount(desk, starts);
  const [loaded, counted] = await Promise.all([
    keys.size === 0 ? [] : desk.tx.loadDefinitions([...keys.values()]),
    roots.length === 0 ? new Map<string, number>() : desk.tx.readDescendants(roots),
  ]);
  for (const [id, descendants] of counted) desk.descendants.set(id, descendants);
  const found = new Map([...keys].map(([text, { tenantId }], i) => [text, loaded[i] && { tenantId, ...loaded[i] }]));
  const wanted = [...found.values()].filter((definition) => definition !== undefined);
  const graphOf = await obtainGraphs(desk.tx, desk.context.graphs, wanted);
  return {
    find: (run, step) => {
      const key = definitionKey(run, step) as DefinitionKey;
      if ((run.options.depth ?? 0) >= maxNesting) return tooDeep(run, step);
      const { maxDescendants } = desk.context;
      if ((desk.descendants.get(rootOf(run)) ?? 0) >= maxDescendants) return tooManyBelow(run, step, maxDescendants);
      const definition = found.get(keyText(key));
      return definition ? { ...definition, graph: graphOf(definition) } : unknownDefinition(run, step, key);
    },
  };
}

function definitionKey({ tenantId, graph }: WorkflowRun, step: number): DefinitionKey | undefined {
  const { child } = graph.steps[step] as CompiledStep;
  return child && { tenantId, name: child.definition, version: child.version ?? null };
}

function keyText({ tenantId, name, version }: DefinitionKey): string {
  return `${tenantId}/${name}/${version}`;
}

/** The workflow at the top of those that start each other. */
function rootOf({ id, options }: WorkflowRun): string {
  return options.root ?? id;
}

/** Roots of children that are to begin, which this turn has not asked for. */
function rootsToCount({ descendants }: Desk, starts: readonly StepStart[]): Key[] {
  const roots = new Map<string, Key>();
  for (const { run, step } of starts) {
    const id = rootOf(run);
    if (definitionKey(run, step) && !descendants.has(id)) roots.set(id, { tenantId: run.tenantId, id });
  }
  return [...roots.values()];
}

function tooManyBelow(run: WorkflowRun, step: number, most: number): Unstartable {
  const message = `The step "${addressOf(run, step)}" would start one workflow more than the ${most} that may stand below one. Start it by itself, or raise TASKFLOW_WORKFLOW_MAX_DESCENDANTS.`;
  return { type: 'fail', code: 'too_many_descendants', message };
}

function tooDeep(run: WorkflowRun, step: number): Unstartable {
  const message = `The step "${addressOf(run, step)}" would start a workflow below ${maxNesting} others, and that is as deep as they go. Start it from further above.`;
  return { type: 'fail', code: 'too_deep_nesting', message };
}

function unknownDefinition(run: WorkflowRun, step: number, { name, version }: DefinitionKey): Unstartable {
  const wanted = version === null ? `"${name}"` : `"${name}" in version ${version}`;
  const message = `The step "${addressOf(run, step)}" starts the workflow ${wanted}, which is not registered. Register it and retry.`;
  return { type: 'fail', code: 'unknown_definition', message };
}

/**
 * What a child counts for among the rows of a turn: its header, the row of its step and their events, and the memory that
 * its steps take. Its first steps count for themselves.
 */
export function rowsOfChild({ steps }: Pick<LoadedDefinition, 'steps'>): number {
  return 4 + Math.ceil(steps / 50);
}

/** The workflow of a step that began to wait for it. */
export function startChild(
  desk: Desk,
  { run, step, share, causationId }: StepStart,
  { version, hash, graph }: StartableDefinition,
  input: string,
): void {
  const { writes, turn, context } = desk;
  const { emission } = context;
  const root = rootOf(run);
  const key = addressOf(run, step);
  const child: NewWorkflow = {
    tenantId: run.tenantId,
    id: childWorkflowId(run.id, key, generationOf(run, key)),
    name: (run.graph.steps[step] as CompiledStep).child?.definition ?? '',
    version,
    stored: { hash, graph },
    input,
    options: { ...run.options, depth: (run.options.depth ?? 0) + 1, root },
    parent: { id: run.id, step: key },
    status: 'running',
    createdAt: emission.now,
  };
  const childRun = runOfNew(child, initialState(graph));
  turn.touched.set(child.id, childRun);
  turn.born.add(child.id);
  turn.started += 1;
  writes.addChild(child, root);
  desk.descendants.set(root, (desk.descendants.get(root) ?? 0) + 1);
  writes.events.push(
    workflowStepWaiting(emission, run, causationId, { step: key, kind: 'child', waitsFor: child.id }),
    workflowStarted(emission, child, causationId),
  );
  act(desk, childRun, { type: 'start' }, { causationId, share });
}

/** Makes parents and children be at hand that the round is about. */
export async function obtainRelatives(desk: Desk, { childEnds, childCancels }: Work): Promise<void> {
  const keys = childEnds.map(parentOf);
  for (const cancel of childCancels) keys.push(childOf(cancel));
  if (keys.length > 0) await obtainRuns(desk, keys);
}

/** The workflow whose step started it. */
export function parentOf({ child }: ChildEnd): Key {
  return { tenantId: child.tenantId, id: child.parent?.id ?? '' };
}

export function childOf({ run, step }: { readonly run: WorkflowRun; readonly step: number }): Key {
  const key = addressOf(run, step);
  return { tenantId: run.tenantId, id: childWorkflowId(run.id, key, generationOf(run, key)) };
}

/** The step that started the workflow ends with it. A parent that does not wait for it any more is left alone. */
export function settleParent(desk: Desk, end: ChildEnd): void {
  const { child, status, output } = end;
  const key = parentOf(end);
  const parked = parkedAt(desk, key);
  if (parked) {
    const { id, name, parent } = child;
    return keep(desk, parked, { kind: 'child', step: parent?.step ?? '', id, name, status, output });
  }
  const run = runAt(desk, key);
  const step = run?.graph.indexOf.get(child.parent?.step ?? '');
  if (run === undefined || step === undefined) return;
  if (stateOf(run.state, step) !== stepState.waiting || childOf({ run, step }).id !== child.id) return;
  const outcome = childOutcome(run.state, status);
  if (outcome === 'completed' && output !== undefined) {
    act(desk, run, { type: 'settle-step', step, outcome }, { step, result: output });
    return;
  }
  const error = outcome === 'completed' ? outputTooLarge(child) : childFailed(child, status);
  act(
    desk,
    run,
    { type: 'settle-step', step, outcome: outcome === 'completed' ? 'failed' : outcome },
    { step, error: outcome === 'cancelled' ? undefined : error },
  );
}

function outputTooLarge({ id, name }: ChildEnd['child']): string {
  const message = `The output of the workflow "${name}" is larger than ${maxGatheredResult} bytes. Name a step as its output that gives less.`;
  return JSON.stringify({ code: 'result_too_large', message, details: { childId: id } });
}

function childFailed({ id, name }: ChildEnd['child'], status: string): string {
  const message = `The workflow "${name}" that the step started ended as ${status}.`;
  return JSON.stringify({ code: 'child_failed', message, details: { childId: id, status } });
}

/**
 * A workflow is asked to end with the one that started it. One that has ended, or is being undone, goes its own way. One
 * that is stuck is given up, unless it has something to undo: that is left to an operator.
 */
export function cancelChild(desk: Desk, cancel: Work['childCancels'][number]): void {
  const { run, compensate } = cancel;
  const key = childOf(cancel);
  const parked = parkedAt(desk, key);
  if (parked) {
    if (!compensate && !isFinalWorkflow(parked.status))
      desk.discards.set(parked.id, { parked, reason: run.cancelReason });
    return;
  }
  const child = runAt(desk, key);
  if (child === undefined) return;
  const before = child.cancelReason;
  child.cancelReason = run.cancelReason ?? 'the workflow that started it has ended';
  const decision = act(desk, child, { type: 'cancel', compensate });
  if ('refusal' in decision || decision.length === 0) child.cancelReason = before;
}
