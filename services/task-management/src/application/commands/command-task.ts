import type { TaskCommand } from '../../domain/task/task-commands.ts';
import type { AdvanceCommand, AdvanceOutcome, RefusedCommand } from '../advance/advance-command.ts';
import type { ReadingStore } from '../ports/reading-store.ts';
import type { TaskRecord } from '../records/task-record.ts';

export type CommandResult<T> =
  | { readonly subject: T }
  | Omit<RefusedCommand, 'kind'>
  | { readonly refusal: 'not-found' };

export interface CommandTaskDependencies {
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  readonly reading: Pick<ReadingStore, 'readTasks'>;
}

/** Cancels, retries or re-prioritises a task. Resolves once the command is durable, with the task as it is then. */
export function createCommandTask({ submit, reading }: CommandTaskDependencies) {
  return async (
    tenantId: string,
    taskId: string,
    command: TaskCommand,
    reason?: string,
  ): Promise<CommandResult<TaskRecord>> => {
    const outcome = await submit({ kind: 'command-task', tenantId, taskId, command, reason });
    if (outcome.kind === 'not-found') return { refusal: 'not-found' };
    if (outcome.kind === 'refused') return outcome;
    const [task] = (await reading.readTasks([{ tenantId, id: taskId }])).items;
    return task ? { subject: task } : { refusal: 'not-found' };
  };
}
