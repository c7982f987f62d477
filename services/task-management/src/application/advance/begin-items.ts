import { workflowStepWaiting } from '../workflow-events.ts';
import { causeOf, leaveItems, putOff } from './beginning.ts';
import { act } from './decisions.ts';
import { fanOutPayload } from './rebuild-run.ts';
import { makeItemRow, makeOpenRow, makeTask } from './step-tasks.ts';
import { rowBytes } from './turn-budget.ts';
import type { Desk, StepStart } from './turn-desk.ts';
import { addressOf } from './workflow-run.ts';

/**
 * A fan-out begins, or goes on to give its items rows: as many as the turn may take on get one, and as many of those
 * start as may be at work at once. The others follow in later turns.
 */
export function beginItems(desk: Desk, start: StepStart, payloads: readonly string[]): void {
  if (start.laid !== undefined) return layItems(desk, start, start.laid, payloads);
  const { run, step, share, causationId } = start;
  const { writes, context, budget } = desk;
  if (!budget.take(share, { rows: 1, bytes: rowBytes })) return putOff(desk, start);
  const total = payloads.length;
  const laid = countFitting(desk, start, 0, payloads);
  let largest = 0;
  for (const { length } of payloads) largest = Math.max(largest, length);
  const decision = act(desk, run, { type: 'begin-items', step, total, laid, largest }, { causationId, share });
  const begun = 'refusal' in decision ? undefined : decision.find(({ type }) => type === 'items-begun');
  if (begun?.type !== 'items-begun') return;
  const key = addressOf(run, step);
  writes.addRow(run, key, makeOpenRow(run, step, fanOutPayload(total, largest), causeOf(desk, start)));
  writes.events.push(workflowStepWaiting(context.emission, run, causationId, { step: key, kind: 'items' }));
  addItems(desk, start, payloads.slice(0, laid), { from: 0, started: begun.started });
  if (laid < total) leaveItems(desk, run, step, laid);
}

/** Rows of items from number `from` on. They are there before it is decided which of them start. */
function layItems(desk: Desk, start: StepStart, from: number, payloads: readonly string[]): void {
  const { run, step, share, causationId } = start;
  const count = countFitting(desk, start, from, payloads);
  if (from + count < payloads.length) leaveItems(desk, run, step, from + count);
  if (count === 0) return;
  addItems(desk, start, payloads.slice(from, from + count), { from, started: from });
  const allowance = { starts: count, bytes: Number.POSITIVE_INFINITY, atLeastOne: false };
  act(desk, run, { type: 'lay-items', step, count, allowance }, { causationId, share, isTaken: true });
}

/** How many of the items from this one on the turn may take on. */
function countFitting({ budget }: Desk, { share }: StepStart, from: number, payloads: readonly string[]): number {
  let count = 0;
  for (let item = from; item < payloads.length; item += 1) {
    const bytes = (payloads[item] as string).length + rowBytes;
    if (!budget.take(share, { rows: 1, bytes })) break;
    count += 1;
  }
  return count;
}

function addItems(
  desk: Desk,
  start: StepStart,
  payloads: readonly string[],
  { from, started }: { readonly from: number; readonly started: number },
): void {
  const { run, step } = start;
  const cause = causeOf(desk, start);
  for (const [i, payload] of payloads.entries()) {
    const item = from + i;
    const role = { role: 'item', item } as const;
    const task = makeTask(run, step, role, payload, cause);
    desk.writes.layItem(run, step, makeItemRow(task, item < started ? 'queued' : 'blocked'));
  }
}
