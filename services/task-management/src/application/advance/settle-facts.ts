import type { Settlement } from '../../domain/task/settlement.ts';
import type { TaskStatus } from '../../domain/task/task-status.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import { type StepState, stateOf, stepState, undoState } from '../../domain/workflow/workflow-state.ts';
import type { SettledTask } from '../ports/advance-store.ts';
import { taskCancelled } from '../task-events.ts';
import { act } from './decisions.ts';
import { keep } from './kept-inputs.ts';
import { onBehalf } from './on-behalf.ts';
import type { ParkedRun } from './parked-run.ts';
import { type Desk, parkedAt, refuseOutdated, runAt } from './turn-desk.ts';
import { parseStepAddress } from '../step-address.ts';
import type { StepOf } from '../task-record.ts';
import { type RowRole, rowAt, stepOf, type WorkflowRun } from './workflow-run.ts';

/** How a task of a step ended. */
type Ended = 'completed' | 'skipped' | 'failed' | 'cancelled';

/** Decides what follows from the tasks that ended, in the order in which their facts arrived. */
export function settleFacts(desk: Desk, settled: readonly SettledTask[]): void {
  if (settled.length === 0) return;
  const rows = new Map(settled.map((row) => [row.id, row]));
  for (const settlement of desk.turn.settlements.values()) {
    const row = rows.get(settlement.taskId);
    if (row?.generation === settlement.generation) settleFact(desk, row, settlement);
  }
}

function settleFact(desk: Desk, row: SettledTask, settlement: Settlement): void {
  if (row.workflowId === null) return settleIn(desk, row, settlement);
  const workflow = { tenantId: row.tenantId, id: row.workflowId };
  const parked = parkedAt(desk, workflow);
  if (parked) keepRow(desk, parked, row, settlement);
  else onBehalf(desk, workflow, () => settleIn(desk, row, settlement, runAt(desk, workflow)));
}

function settleIn(desk: Desk, row: SettledTask, settlement: Settlement, run?: WorkflowRun): void {
  const at = run && row.step !== null ? rowAt(run.graph, row.step) : undefined;
  if (row.status === 'cancelled') {
    const step = run && at ? stepOf(run, at.step, at.role) : undefined;
    desk.writes.events.push(taskCancelled(desk.context.emission, row, step, settlement.causationId));
  }
  if (run && at) settleRow(desk, run, at, row.status, settlement);
}

/** The task has its end, and what follows from it is decided when the workflow goes on. */
export function keepRow(
  desk: Desk,
  parked: ParkedRun,
  row: SettledTask,
  { causationId, error, outcomeUnknown: unknown }: RowEnding,
): void {
  const { id: taskId, step: address, generation, status } = row;
  if (address === null) return;
  if (status === 'cancelled') {
    desk.writes.events.push(taskCancelled(desk.context.emission, row, stepIn(parked, address), causationId));
  }
  const { key, part } = parseStepAddress(address);
  if (part === 'item')
    countItem(desk, parked, key, { failed: status !== 'completed' && status !== 'skipped', unknown });
  else keep(desk, parked, { kind: 'row', taskId, address, generation, status, error, unknown, causationId });
}

/** Items may be a million, so they are not kept one by one: it is all the same in which order they ended. */
function countItem(
  { writes }: Desk,
  { tenantId, id: workflowId, status }: ParkedRun,
  step: string,
  ended: { readonly failed: boolean; readonly unknown: boolean },
): void {
  if (!isFinalWorkflow(status)) writes.countItem({ tenantId, workflowId, step }, ended);
}

function stepIn({ id: workflowId, name, version }: ParkedRun, address: string): StepOf {
  const { key, part, item } = parseStepAddress(address);
  return { workflowId, name, version, step: key, role: part === 'own' ? undefined : part, item };
}

type RowEnding = Pick<Settlement, 'causationId' | 'error' | 'outcomeUnknown'>;

export function settleRow(
  desk: Desk,
  run: WorkflowRun,
  { step, role }: { readonly step: number; readonly role: RowRole },
  status: TaskStatus,
  { causationId, error, outcomeUnknown: unknown }: RowEnding,
): void {
  const outcome = status as Ended;
  const occasion = { step, causationId, error: error ?? undefined };
  switch (role.role) {
    case undefined:
      expectState(desk, run, step, stepState.running);
      act(desk, run, { type: 'settle-step', step, outcome, unknown }, { ...occasion, how: 'recorded' });
      return;
    case 'prepare':
      expectState(desk, run, step, stepState.preparing);
      act(desk, run, { type: 'settle-prepare', step, outcome }, { ...occasion, how: 'recorded' });
      return;
    case 'item':
      expectState(desk, run, step, stepState.fanning);
      act(
        desk,
        run,
        { type: 'settle-item', step, outcome, unknown, allowance: desk.budget.allowance('fresh') },
        { ...occasion, error: itemsFailed(run, step, error) },
      );
      return;
    case 'compensation':
      if (run.state.compensation?.undo[step] !== undoState.running) refuseOutdated(desk, run);
      act(desk, run, { type: 'settle-undo', step, outcome: outcome === 'skipped' ? 'completed' : outcome }, occasion);
  }
}

/** The row was live until this transaction, so the step must be so in memory too. */
function expectState(desk: Desk, run: WorkflowRun, step: number, state: StepState): void {
  if (stateOf(run.state, step) !== state) refuseOutdated(desk, run);
}

/** Why the step fails, should it fail with this item. */
function itemsFailed(run: WorkflowRun, step: number, last: string | null): string {
  const { key, each } = run.graph.steps[step] ?? {};
  const message = `More than ${each?.tolerate ?? 0} of the items of the step "${key}" failed.`;
  const text = JSON.stringify({ code: 'items_failed', message });
  return last === null ? text : `${text.slice(0, -1)},"details":${last}}`;
}
