import type { EventRecord } from '@taskflow/kit-messaging';
import { type Emission, taskCreated } from '../event-records.ts';
import type { AdvanceTransaction, Key } from '../ports/advance-store.ts';
import { stepAddress } from '../step-address.ts';
import { taskRetryRequested } from '../task-events.ts';
import { firstGeneration, type NewStepRow, type NewTask } from '../task-record.ts';
import { PoisonedTurnError } from './on-behalf.ts';
import { OutdatedStateError } from './outdated-state.ts';
import { makeTask } from './step-tasks.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** An item that waited for its turn and starts now. */
export interface StartedItem extends Key {
  readonly run: WorkflowRun;
  readonly step: number;
  readonly item: number;
  readonly causationId: string | undefined;
}

/** Starts items that have rows, and announces them. */
export async function startItems(
  tx: AdvanceTransaction,
  emission: Emission,
  items: readonly StartedItem[],
): Promise<EventRecord[]> {
  const started = await tx.startItems(items);
  return items.map(({ id, run, step, item, causationId }) => {
    const row = started.get(id);
    if (row === undefined) throw new OutdatedStateError('an item had been started before');
    const cause = { now: emission.now, causationId };
    return announce(emission, makeTask(run, step, { role: 'item', item }, row.payload, cause), row.generation);
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
  if (faults.size > 0) throw new PoisonedTurnError(faults);
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
