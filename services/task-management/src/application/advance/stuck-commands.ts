import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
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
import { type Desk, parkedAt, rebuild } from './turn-desk.ts';
import { loadStored, obtainGraphs } from './workflow-runs.ts';

/** The workflow that a command finds stuck and may move: it is decided about from its rows, after everything else. */
export function stuckSubject(desk: Desk, command: AdvanceCommand): ParkedRun | undefined {
  if (command.type !== 'retry-workflow' && command.type !== 'cancel-workflow') return undefined;
  const parked = parkedAt(desk, { tenantId: command.tenantId, id: command.workflowId });
  return parked === undefined || isFinalWorkflow(parked.status) ? undefined : parked;
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
  if (command.from !== undefined || command.onto !== undefined || desk.discards.has(parked.id)) return refused;
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
    // What follows from items that have ended meanwhile.
    if (run.state.fanOuts.size > 0) act(desk, run, { type: 'continue', allowance: desk.budget.allowance('fresh') });
  });
}
