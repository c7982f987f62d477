import { workflowStepWaiting } from '../workflow-events.ts';
import { causeOf, mayCarry, putOff } from './beginning.ts';
import { act } from './decisions.ts';
import { fanOutPayload } from './rebuild-run.ts';
import { makeBlockedItem, makeOpenRow, makeTask } from './step-tasks.ts';
import type { Desk, StepStart } from './turn-desk.ts';
import { addressOf, besideOf, type WorkflowRun } from './workflow-run.ts';

/** Rows of items that one turn brings, unless one fan-out alone has more: others begin with the next turn. */
const maxFannedRows = 20_000;

/** A fan-out begins: all its items get rows, and as many of them start as may be at work at once. */
export function beginItems(desk: Desk, start: StepStart, payloads: readonly string[]): void {
  const { run, step, causationId } = start;
  const { writes, context } = desk;
  const { fanned } = writes;
  if (fanned > 0 && fanned + payloads.length > maxFannedRows) return putOff(desk, start);
  if (mayCarry(desk, start, payloads) === 'later') return putOff(desk, start);
  const total = payloads.length;
  const decision = act(desk, run, { type: 'begin-items', step, total }, { causationId });
  const begun = 'refusal' in decision ? undefined : decision.find(({ type }) => type === 'items-begun');
  if (begun?.type !== 'items-begun') return;
  writes.fanned += total;
  const fan = run.state.fanOuts.get(step);
  if (fan) besideOf(run).fanOuts.set(step, fan);
  const cause = causeOf(desk, start);
  const key = addressOf(run, step);
  writes.addRow(run, key, makeOpenRow(run, step, fanOutPayload(total), cause));
  writes.events.push(workflowStepWaiting(context.emission, run, causationId, { step: key, kind: 'items' }));
  for (const [item, payload] of payloads.entries()) {
    const role = { role: 'item', item } as const;
    const task = makeTask(run, step, role, payload, cause);
    const address = addressOf(run, step, role);
    if (item < begun.started) writes.start(run, address, task);
    else writes.addRow(run, address, makeBlockedItem(task));
  }
  closeFormerItems(desk, run, step, total);
}

/** Items that the step had in a former run and does not have any more. */
function closeFormerItems({ writes }: Desk, run: WorkflowRun, step: number, total: number): void {
  let end = total;
  for (;;) {
    const former = run.beside?.rows.get(addressOf(run, step, { role: 'item', item: end }));
    if (former?.reset !== true) break;
    end += 1;
  }
  writes.closeItems(run, step, total, end);
}
