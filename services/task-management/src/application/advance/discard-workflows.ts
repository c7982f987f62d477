import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import { workflowCancelled } from '../workflow-events.ts';
import { childWorkflowId } from '../workflow-record.ts';
import type { DiscardedPart, DiscardPage, OpenChildRow, TakenWait } from '../ports/advance-store.ts';
import { act, cancelCost } from './decisions.ts';
import { onBehalf } from './on-behalf.ts';
import { type Desk, obtainRuns, parkedAt, runAt } from './turn-desk.ts';
import { OutdatedStateError } from './outdated-state.ts';

/** What is gone through of a workflow that was given up, in this order. */
export type DiscardStage = 'steps' | DiscardedPart;

const stages: readonly DiscardStage[] = ['steps', 'inputs', 'waits', 'fan-outs'];

/** Rows of one workflow that are looked at, however many are gone through in a turn: small ones take one page. */
const fewestRows = 10;

/**
 * Gives workflows up that are stuck, without deciding anything of them: they are cancelled, their live tasks are asked to
 * end, and whoever started them goes on. Their rows may be a million; later turns go through them. Until then nothing is
 * decided of them, and they are not retried.
 */
export async function discardParked(desk: Desk): Promise<void> {
  const { tx, turn, writes, context } = desk;
  const given = [...desk.discards.values()];
  desk.discards.clear();
  const rows = given.map(({ parked: { tenantId, id }, reason }) => ({ tenantId, id, reason }));
  const discarded = await tx.discardWorkflows(rows);
  if (discarded !== given.length) throw new OutdatedStateError('a workflow was not stuck any more');
  for (const { parked, reason } of given) {
    turn.parked.set(parked.id, { ...parked, status: 'cancelled', fault: undefined });
    turn.ended.push({ id: parked.id, status: 'cancelled' });
    writes.leaveDiscard(parked, 'steps', null);
    writes.cancelTasks({ tenantId: parked.tenantId, id: parked.id, cancelReason: reason });
    writes.events.push(workflowCancelled(context.emission, parked, undefined, reason));
    if (parked.parent) desk.work.childEnds.push({ child: parked, status: 'cancelled', output: undefined });
  }
}

/** The next page of each: what waits or is to start ends, its children are asked to end, and what is kept besides goes. */
export async function discardRows(desk: Desk, due: readonly TakenWait[]): Promise<void> {
  const most = Math.max(fewestRows, Math.floor(desk.budget.bounds.discardedRows / due.length));
  let through: DiscardPage[] = [];
  for (const stage of stages) {
    const begun = due.filter(({ name }) => name === stage);
    const pages = [...begun.map(({ tenantId, workflowId: id, key: after }) => ({ tenantId, id, after })), ...through];
    if (pages.length === 0) continue;
    const rest = await discardStage(desk, stage, pages, most);
    for (const page of rest) desk.writes.leaveDiscard(page, stage, page.after);
    const left = new Set(rest.map(({ id }) => id));
    through = pages.filter(({ id }) => !left.has(id)).map(({ tenantId, id }) => ({ tenantId, id, after: null }));
  }
}

async function discardStage(
  desk: Desk,
  stage: DiscardStage,
  pages: readonly DiscardPage[],
  most: number,
): Promise<readonly DiscardPage[]> {
  if (stage !== 'steps') return desk.tx.discardRows(stage, pages, most);
  const affordable = affordableChildren(desk);
  const mostChildren = (i: number) => Math.floor((affordable + pages.length - 1 - i) / pages.length);
  const shares = pages.map((page, i) => ({ ...page, mostChildren: mostChildren(i) }));
  const { children, rest } = await desk.tx.closeSteps(shares, most);
  await cancelChildren(desk, children);
  return rest;
}

/** How many children the turn may ask to end. */
function affordableChildren({ budget }: Desk): number {
  const { starts, atLeastOne } = budget.allowance('left');
  return Math.max(atLeastOne ? 1 : 0, Math.floor(starts / cancelCost.rows));
}

async function cancelChildren(desk: Desk, rows: readonly OpenChildRow[]): Promise<void> {
  const keys = rows.map(({ tenantId, workflowId, step, generation }) => ({
    tenantId,
    id: childWorkflowId(workflowId, step, generation),
  }));
  if (keys.length > 0) await obtainRuns(desk, keys);
  const reason = 'the workflow that started it was given up';
  for (const key of keys) {
    desk.budget.charge('left', cancelCost);
    const parked = parkedAt(desk, key);
    if (parked && !isFinalWorkflow(parked.status)) desk.discards.set(parked.id, { parked, reason });
    const run = runAt(desk, key);
    if (run === undefined) continue;
    onBehalf(desk, run, () => {
      const before = run.cancelReason;
      run.cancelReason = reason;
      const decision = act(desk, run, { type: 'cancel', compensate: false }, { share: 'left' });
      if ('refusal' in decision || decision.length === 0) run.cancelReason = before;
    });
  }
}
