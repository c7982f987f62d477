import { isFinal } from '../../domain/task/task-status.ts';
import type { ReadingStore } from '../ports/reading-store.ts';
import type { TaskRecord } from '../records/task-record.ts';
import { createBatchedReader } from './batched-reader.ts';
import type { ResultSubscribers } from './result-subscribers.ts';

export interface WaitRequest {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export interface GetTaskDependencies {
  readonly reading: Pick<ReadingStore, 'readTasks'>;
  readonly subscribers: ResultSubscribers;
}

/** Reads a task; with a wait, as soon as it has ended or the time is up. */
export function createGetTask({ reading, subscribers }: GetTaskDependencies) {
  const tasks = createBatchedReader((keys) => reading.readTasks(keys), { maxKeys: 200, maxInFlight: 2 });

  return async (tenantId: string, id: string, wait: WaitRequest | undefined): Promise<TaskRecord | undefined> => {
    if (wait === undefined) return tasks.read(tenantId, id);
    const read = async () => (await tasks.read(tenantId, id)) ?? null;
    const isOver = (task: TaskRecord | null) => task === null || isFinal(task.status);
    return (await subscribers.await(id, { ...wait, read, isOver })) ?? undefined;
  };
}
