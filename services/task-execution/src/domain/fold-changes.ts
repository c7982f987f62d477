import type { NewWork, UnfitWork } from './work.ts';

/** A change that another service's event asks for; changes stand in the order in which they were published. */
export type WorkChange =
  | { readonly kind: 'arrive'; readonly work: NewWork; readonly isRetry: boolean }
  | { readonly kind: 'refuse'; readonly work: UnfitWork }
  | { readonly kind: 'cancel'; readonly tenantId: string; readonly taskId: string; readonly generation: number }
  | {
      readonly kind: 'reprioritize';
      readonly tenantId: string;
      readonly taskId: string;
      readonly generation: number;
      readonly priority: number;
    };

export interface TaskRef {
  readonly tenantId: string;
  readonly taskId: string;
  readonly generation: number;
}

export interface FoldedChanges {
  /** To be queued. */
  readonly arrivals: readonly NewWork[];
  /** Arrivals of a finished task's next generation; their dead letters are done with. */
  readonly retried: readonly TaskRef[];
  /** Arrived and cancelled within these changes: never queued, ended all the same. */
  readonly cancelledOnArrival: readonly NewWork[];
  /** Ended by name. */
  readonly refused: readonly UnfitWork[];
  /** To be taken out, wherever they are. */
  readonly cancels: readonly TaskRef[];
  readonly priorities: readonly (TaskRef & { readonly priority: number })[];
}

/** Folds changes per task, so that a task that comes and goes within one batch never costs a row. */
export function foldChanges(changes: readonly WorkChange[]): FoldedChanges {
  const arriving = new Map<string, NewWork>();
  const retried: TaskRef[] = [];
  const cancelledOnArrival: NewWork[] = [];
  const refused: UnfitWork[] = [];
  const cancels: TaskRef[] = [];
  const priorities = new Map<string, TaskRef & { priority: number }>();

  for (const change of changes) {
    if (change.kind === 'arrive') {
      arriving.set(change.work.taskId, change.work);
      if (change.isRetry) retried.push(change.work);
      continue;
    }
    if (change.kind === 'refuse') {
      refused.push(change.work);
      continue;
    }
    const arrival = arriving.get(change.taskId);
    const isOfArrival = arrival?.generation === change.generation;
    if (change.kind === 'cancel') {
      if (isOfArrival) {
        arriving.delete(change.taskId);
        cancelledOnArrival.push(arrival);
      } else cancels.push(change);
    } else if (isOfArrival) arriving.set(change.taskId, { ...arrival, priority: change.priority });
    else priorities.set(change.taskId, change);
  }
  return {
    arrivals: [...arriving.values()],
    retried,
    cancelledOnArrival,
    refused,
    cancels,
    priorities: [...priorities.values()],
  };
}
