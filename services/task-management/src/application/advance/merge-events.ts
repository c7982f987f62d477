import { emptyUpdate, mergeEvent, type TaskUpdate } from '../../domain/task/task-update.ts';
import { firstGeneration } from '../records/task-record.ts';
import type { ReceivedEvent } from './advance-command.ts';

/** Adds execution events up, one update per task and generation, in the order in which each was first heard of. */
export function mergeEvents(events: readonly ReceivedEvent[], into: Map<string, TaskUpdate>): void {
  for (const { tenantId, taskId, generation, eventId, event } of events) {
    const key = updateKey(taskId, generation);
    let update = into.get(key);
    if (update === undefined) {
      update = emptyUpdate(tenantId, taskId, generation);
      into.set(key, update);
    }
    mergeEvent(update, event, eventId);
  }
}

export function updateKey(taskId: string, generation: number): string {
  return generation === firstGeneration ? taskId : `${taskId}/${generation}`;
}
