import type { EventRecord } from '@taskflow/kit-messaging';
import type { Emission } from '../events/emission.ts';
import { taskCreated, taskRetryRequested } from '../events/task-events.ts';
import type { AdvanceTransaction } from '../ports/advance-store.ts';
import { stepAddress } from '../records/step-address.ts';
import { firstGeneration, type NewStepRow, type NewTask } from '../records/task-record.ts';
import { PoisonedTransactionError } from './on-behalf.ts';
import { OutdatedStateError } from './outdated-state.ts';
import type { StartedItem } from './pending-writes.ts';
import { makeTask } from './step-rows.ts';

/** Starts items that have rows, and announces them. */
export async function startItems(
  tx: AdvanceTransaction,
  emission: Emission,
  items: readonly StartedItem[],
): Promise<EventRecord[]> {
  const started = await tx.startItems(items);
  return items.map(({ id, instance, step, item, causationId }) => {
    const row = started.get(id);
    if (row === undefined) throw new OutdatedStateError('an item had been started before');
    const cause = { now: emission.now, causationId };
    const task = makeTask(instance, { step, part: 'item', item }, row.payload, cause);
    return announce(emission, task, row.generation);
  });
}

/** Gives items rows of a fan-out that has run before, and announces those that start. */
export async function layItemsAgain(
  tx: AdvanceTransaction,
  emission: Emission,
  rows: readonly NewStepRow[],
): Promise<EventRecord[]> {
  const generations = await tx.layItemsAgain(rows);
  const faults = new Map<string, unknown>();
  const events: EventRecord[] = [];
  for (const row of rows) {
    const generation = generations.get(row.id);
    const workflow = row.step?.workflowId ?? '';
    if (generation === undefined) faults.set(workflow, faults.get(workflow) ?? new ItemAtWorkError(row));
    else if (row.status === 'queued') events.push(announce(emission, row, generation));
  }
  if (faults.size > 0) throw new PoisonedTransactionError(faults);
  return events;
}

function announce(emission: Emission, task: NewTask, generation: number): EventRecord {
  if (generation === firstGeneration) return taskCreated(emission, task);
  return taskRetryRequested(emission, task, generation);
}

/** Its workflow was given up and runs again before this has ended: the workflow is parked until somebody retries it. */
class ItemAtWorkError extends Error {
  constructor({ step }: NewStepRow) {
    const address = step === undefined ? '' : stepAddress(step);
    super(`the item "${address}" has not ended since the workflow was given up`);
    this.name = 'ItemAtWorkError';
  }
}
