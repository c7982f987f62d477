import type { EventRecord } from '@taskflow/kit-messaging';
import type { TransactionBounds } from '../bounds.ts';
import type { AdvanceTransaction, CancelPage, FanOutRow, WorkflowChangeRow } from '../ports/advance-store.ts';
import { taskCancelRequested } from '../events/task-events.ts';
import { restOfTasks } from '../records/workflow-record.ts';
import { layItemsAgain, startItems } from './announce-items.ts';
import { headerChange } from './header-change.ts';
import { OutdatedStateError } from './outdated-state.ts';
import { noWrites, type PendingWrites } from './pending-writes.ts';
import { timerOf } from './step-rows.ts';
import type { WriteSet } from './write-set.ts';

/** Statements that were sent: `late` ones give events of what they find. */
interface SentRows {
  readonly writes: Promise<void>[];
  readonly late: Promise<EventRecord[]>[];
}

type CancelBounds = Pick<TransactionBounds, 'cancelledTasks' | 'cancelledPerWorkflow'>;

/** Sends what was collected about rows, one statement per table; headers follow with the last of them. */
export function sendRows(tx: AdvanceTransaction, set: WriteSet, bounds: CancelBounds): SentRows {
  const { rows } = set;
  set.rows = noWrites();
  const { signals, items, itemsAgain, cancels, closedItems } = rows;
  const writes = [...sendSteps(tx, rows), ...sendOthers(tx, rows)];
  if (rows.inputs.length > 0) writes.push(tx.keepInputs(rows.inputs));
  if (rows.endedItems.size > 0) writes.push(tx.countEndedItems([...rows.endedItems.values()]));
  if (rows.deliveries.length > 0) writes.push(tx.insertEventDeliveries(rows.deliveries));
  if (signals.length > 0) writes.push(tx.keepSignals(signals));
  const late: Promise<EventRecord[]>[] = [];
  if (items.length > 0) late.push(startItems(tx, set.emission, items));
  if (itemsAgain.size > 0) late.push(layItemsAgain(tx, set.emission, [...itemsAgain.values()]));
  if (cancels.size > 0) late.push(requestCancels(tx, set, [...cancels.values()], bounds));
  if (closedItems.length > 0) writes.push(tx.closeItems(closedItems, set.emission.now));
  return { writes, late };
}

function sendSteps(tx: AdvanceTransaction, rows: PendingWrites): Promise<void>[] {
  const added = [...rows.rows.values()];
  const fresh = added.filter(({ generation }) => generation === undefined).map(({ row }) => row);
  const again = added.flatMap(({ row, generation }) => (generation === undefined ? [] : [{ ...row, generation }]));
  return [
    expectCount(rows.ends, (ends) => tx.endSteps(ends), 'a step had ended before'),
    expectCount(rows.resets, (resets) => tx.resetSteps(resets), 'a step was not to be run again'),
    expectCount(rows.tasks, (tasks) => tx.insertSteps(tasks), 'a step had been started before'),
    expectCount(fresh, (steps) => tx.insertStepRows(steps), 'a step had been started before'),
    expectCount(again, (steps) => tx.restartSteps(steps), 'a step had been started again before'),
    expectCount(rows.resolvedCompensations, (ones) => tx.settleCompensations(ones), 'a compensation was not stuck'),
  ];
}

function sendOthers(tx: AdvanceTransaction, rows: PendingWrites): Promise<void>[] {
  const fans = takeFanOuts(rows);
  const begunFans = fans.filter(({ revision }) => revision === 0);
  const changedFans = fans.filter(({ revision }) => revision > 0);
  const { children, movedDeliveries, endedDeliveries, endedFanOuts, endedTimers } = rows;
  return [
    expectCount(children, (ones) => tx.insertChildren(ones), 'a child had been started before'),
    expectCount([...rows.descendants.values()], (roots) => tx.countDescendants(roots), 'a root was gone'),
    expectCount(movedDeliveries, (ones) => tx.moveEventDeliveries(ones), 'an event had gone on before'),
    expectCount(endedDeliveries, (ones) => tx.endEventDeliveries(ones), 'an event had met its waits before'),
    expectCount(begunFans, (ones) => tx.insertFanOuts(ones), 'a fan-out was under way already'),
    expectCount(changedFans, (ones) => tx.updateFanOuts(ones), 'a fan-out had changed before'),
    expectCount(endedFanOuts, (ones) => tx.deleteFanOuts(ones), 'a fan-out had changed before'),
    expectCount(endedTimers, (ones) => tx.deleteWaits(ones), 'a wait had ended before'),
    expectCount([...rows.timers.values()], (ones) => tx.insertWaits(ones), 'a step waited already'),
    expectCount([...rows.claims.values()], async (ones) => (await tx.claimKeys(ones)).length, 'a key was taken'),
  ];
}

/** Fan-outs to be written, each under the revision that its row has. */
function takeFanOuts({ fanOuts }: PendingWrites): FanOutRow[] {
  const rows: FanOutRow[] = [];
  for (const [held, key] of fanOuts) {
    rows.push({ ...key, ...held.fan, revision: held.revision });
    held.revision += 1;
  }
  return rows;
}

export function sendHeaders(tx: AdvanceTransaction, { headers, emission }: WriteSet): Promise<void> {
  const rows: WorkflowChangeRow[] = [];
  for (const [instance, { output, isFull }] of headers) {
    if (!isFull && instance.state.status === instance.storedStatus) continue;
    rows.push(headerChange(instance, output, emission.now));
    instance.storedStatus = instance.state.status;
  }
  return expectCount(rows, (changes) => tx.updateWorkflows(changes), 'a workflow had changed before');
}

/** Of a workflow with more tasks than one transaction looks at, the others follow in later ones. */
async function requestCancels(
  tx: AdvanceTransaction,
  set: WriteSet,
  cancels: readonly CancelPage[],
  { cancelledTasks, cancelledPerWorkflow }: CancelBounds,
): Promise<EventRecord[]> {
  const { emission } = set;
  const reasons = new Map(cancels.map(({ id, reason }) => [id, reason]));
  const limit = Math.max(cancelledPerWorkflow, Math.floor(cancelledTasks / cancels.length));
  const { tasks, rest } = await tx.requestCancels(cancels, limit);
  if (rest.length > 0) {
    const timers = rest.map(({ tenantId, id, after }) => {
      const left = { step: restOfTasks, kind: 'cancel-tasks', key: after, name: reasons.get(id) ?? null } as const;
      return timerOf({ tenantId, id }, left, emission.now);
    });
    // Of a cancel before the last retry one may be left, which has come further.
    const first = new Set(cancels.filter(({ after }) => after === null).map(({ id }) => id));
    const anew = timers.filter(({ workflowId }) => first.has(workflowId));
    if (anew.length > 0) await tx.deleteWaits(anew);
    await tx.insertWaits(timers);
    set.nextDueInMs = 0;
  }
  return tasks.map((task) => taskCancelRequested(emission, task, reasons.get(task.workflowId) ?? null));
}

/** Every count that does not match means that something else was there before. */
async function expectCount<R>(
  rows: readonly R[],
  send: (rows: readonly R[]) => Promise<number>,
  otherwise: string,
): Promise<void> {
  if (rows.length > 0 && (await send(rows)) !== rows.length) throw new OutdatedStateError(otherwise);
}
