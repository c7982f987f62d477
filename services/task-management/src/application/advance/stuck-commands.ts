import { workflowCancelled } from '../workflow-events.ts';
import { childWorkflowId } from '../workflow-record.ts';
import type { OpenChildRow } from '../ports/advance-store.ts';
import {
  type AdvanceCommand,
  type AdvanceOutcome,
  type CancelWorkflow,
  granted,
  type RetryWorkflow,
} from './advance-command.ts';
import { act } from './decisions.ts';
import { decideKept } from './decide-kept.ts';
import { keptInputOf, undecidedOf } from './kept-inputs.ts';
import { onBehalf } from './on-behalf.ts';
import type { ParkedRun } from './parked-run.ts';
import { type Desk, obtainRuns, parkedAt, rebuild, runAt } from './turn-desk.ts';
import { OutdatedStateError } from './turn-writes.ts';
import { loadStored, obtainGraphs } from './workflow-runs.ts';

/** The workflow that a command finds stuck and may move: it is decided about from its rows, after everything else. */
export function stuckSubject(desk: Desk, command: AdvanceCommand): ParkedRun | undefined {
  if (command.type !== 'retry-workflow' && command.type !== 'cancel-workflow') return undefined;
  return parkedAt(desk, { tenantId: command.tenantId, id: command.workflowId });
}

export async function commandParked(
  desk: Desk,
  parked: ParkedRun,
  command: RetryWorkflow | CancelWorkflow,
): Promise<AdvanceOutcome> {
  if (command.type === 'cancel-workflow') {
    if (command.compensate === true) return refused;
    desk.discards.set(parked.id, { parked, reason: command.reason ?? null });
    return granted;
  }
  if (command.from !== undefined || command.onto !== undefined) return refused;
  await goOn(desk, parked);
  return granted;
}

const refused: AdvanceOutcome = { type: 'refused', refusal: 'stuck', status: 'stuck' };

/** The workflow stands again where it stood, and what came for it meanwhile is decided in its order. */
async function goOn(desk: Desk, parked: ParkedRun): Promise<void> {
  const { tx, turn, writes, context } = desk;
  const key = { tenantId: parked.tenantId, id: parked.id };
  const [[stored], rows] = await Promise.all([loadStored(tx, [key]), tx.takeInputs([key])]);
  writes.owesMark = true;
  if (stored === undefined) return;
  const graphOf = await obtainGraphs(tx, context.graphs, [stored.header]);
  turn.parked.delete(parked.id);
  onBehalf(desk, parked, () => {
    const inputs = rows.map(keptInputOf);
    const header = { ...stored.header, status: parked.status };
    const run = rebuild(desk, { ...stored, header }, graphOf(header), undecidedOf(inputs));
    run.storedStatus = 'stuck';
    writes.touchStatus(run);
    for (const input of inputs) decideKept(desk, run, input);
  });
}

/**
 * Gives workflows up that are stuck, without deciding anything of them: their live tasks are asked to end, what waits
 * ends, their children are asked to end, and whoever started them goes on.
 */
export async function discardParked(desk: Desk): Promise<void> {
  const { tx, turn, writes, context } = desk;
  const given = [...desk.discards.values()];
  desk.discards.clear();
  const keys = given.map(({ parked: { tenantId, id } }) => ({ tenantId, id }));
  const rows = given.map(({ parked: { tenantId, id }, reason }) => ({ tenantId, id, reason }));
  const [children, discarded] = await Promise.all([
    tx.closeSteps(keys),
    tx.discardWorkflows(rows),
    tx.discardWaits(keys),
    tx.discardFanOuts(keys),
    tx.takeInputs(keys),
  ]);
  if (discarded !== given.length) throw new OutdatedStateError('a workflow was not stuck any more');
  for (const { parked, reason } of given) {
    turn.parked.delete(parked.id);
    turn.ended.push({ id: parked.id, status: 'cancelled' });
    writes.cancelTasks({ tenantId: parked.tenantId, id: parked.id, cancelReason: reason });
    writes.events.push(workflowCancelled(context.emission, parked, undefined, reason));
    if (parked.parent) desk.work.childEnds.push({ child: parked, status: 'cancelled', output: undefined });
  }
  await cancelChildren(desk, children);
}

async function cancelChildren(desk: Desk, rows: readonly OpenChildRow[]): Promise<void> {
  const keys = rows.map(({ tenantId, workflowId, step, generation }) => ({
    tenantId,
    id: childWorkflowId(workflowId, step, generation),
  }));
  if (keys.length > 0) await obtainRuns(desk, keys);
  const reason = 'the workflow that started it was given up';
  for (const key of keys) {
    const parked = parkedAt(desk, key);
    if (parked) desk.discards.set(parked.id, { parked, reason });
    const run = runAt(desk, key);
    if (run === undefined) continue;
    onBehalf(desk, run, () => {
      const before = run.cancelReason;
      run.cancelReason = reason;
      const decision = act(desk, run, { type: 'cancel', compensate: false });
      if ('refusal' in decision || decision.length === 0) run.cancelReason = before;
    });
  }
}
