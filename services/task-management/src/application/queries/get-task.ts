import { isFinal } from '../../domain/task/task-status.ts';
import type { ReadingStore } from '../ports/reading-store.ts';
import type { TaskRecord } from '../task-record.ts';
import type { Waiters } from './waiters.ts';

export interface WaitRequest {
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Reads a task; with a wait, as soon as it has ended or the time is up. */
export function getTask({ reading, waiters }: { reading: Pick<ReadingStore, 'readTasks'>; waiters: Waiters }) {
  return async (tenantId: string, id: string, wait: WaitRequest | undefined): Promise<TaskRecord | undefined> => {
    const read = async () => (await reading.readTasks(tenantId, [id]))[0] ?? null;
    if (wait === undefined) return (await read()) ?? undefined;
    const isOver = (task: TaskRecord | null) => task === null || isFinal(task.status);
    return (await waiters.await(id, { ...wait, read, isOver })) ?? undefined;
  };
}
