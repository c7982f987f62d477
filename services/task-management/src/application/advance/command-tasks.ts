import type { EventRecord } from '@taskflow/kit-messaging';
import { decideTaskCommand, evolveTask, type TaskChange, type TaskState } from '../../domain/task/task-commands.ts';
import type { Emission } from '../events/emission.ts';
import type { LockedTask, TaskChangeRow } from '../ports/advance-store.ts';
import { type NewTask, parseOptions } from '../records/task-record.ts';
import { isStepRow } from './step-rows.ts';
import { taskCancelled, taskCancelRequested, taskPriorityChanged, taskRetryRequested } from '../events/task-events.ts';
import { type AdvanceOutcome, type CommandTask, granted, notFound } from './advance-command.ts';

interface Commanded {
  readonly task: LockedTask;
  state: TaskState;
  cancelReason: string | null;
  finishedAt: number | null;
  changed: boolean;
}

/** Tasks that the commands of a transaction are about, locked, as the commands before have left them. */
export interface CommandedTasks {
  decide(command: CommandTask): AdvanceOutcome;
  changes(): TaskChangeRow[];
  readonly events: readonly EventRecord[];
}

export function commandTasks(locked: readonly LockedTask[], emission: Emission): CommandedTasks {
  const tasks = new Map<string, Commanded>();
  for (const task of locked) {
    const { status, generation, priority, cancelRequested, cancelReason } = task;
    const isStep = task.workflowId !== null;
    const hasWork = !isStepRow(task.type);
    const state = { status, generation, priority, cancelRequested, isStep, hasWork };
    tasks.set(task.id, { task, state, cancelReason, finishedAt: null, changed: false });
  }
  const events: EventRecord[] = [];

  function decide({ tenantId, taskId, command, reason }: CommandTask): AdvanceOutcome {
    const commanded = tasks.get(taskId);
    if (commanded?.task.tenantId !== tenantId) return notFound;
    const decision = decideTaskCommand(commanded.state, command);
    if ('refusal' in decision) {
      const { refusal } = decision;
      const { workflowId } = commanded.task;
      const names = refusal === 'not_available' && workflowId !== null && { workflowId };
      return { kind: 'refused', refusal, status: commanded.state.status, ...names };
    }
    if (decision.change) apply(commanded, decision.change, reason ?? null);
    return granted;
  }

  function apply(commanded: Commanded, change: TaskChange, reason: string | null): void {
    commanded.state = evolveTask(commanded.state, change);
    commanded.changed = true;
    if (change.kind === 'retry-requested') commanded.cancelReason = null;
    else if (change.kind !== 'priority-changed') commanded.cancelReason = reason;
    commanded.finishedAt = change.kind === 'cancelled' ? emission.now : null;
    events.push(announce(emission, commanded, change, reason));
  }

  return {
    decide,
    events,
    changes: () =>
      [...tasks.values()]
        .filter(({ changed }) => changed)
        .map(({ task, state, cancelReason, finishedAt }) => ({
          tenantId: task.tenantId,
          id: task.id,
          generation: state.generation,
          priority: state.priority,
          cancelRequested: state.cancelRequested,
          cancelReason,
          finishedAt,
        })),
  };
}

function announce(
  emission: Emission,
  { task, state }: Commanded,
  change: TaskChange,
  reason: string | null,
): EventRecord {
  const subject = { ...task, generation: state.generation };
  switch (change.kind) {
    case 'cancel-requested':
      return taskCancelRequested(emission, subject, reason);
    case 'cancelled':
      return taskCancelled(emission, { ...subject, cancelReason: reason }, undefined, undefined);
    case 'priority-changed':
      return taskPriorityChanged(emission, subject, change);
    case 'retry-requested':
      return taskRetryRequested(emission, taskOf(task, state.priority), change.generation);
  }
}

/** As its creation would say it. A step is not retried by itself, so there is none to name. */
function taskOf({ tenantId, id, type, queue, payload, options, createdAt }: LockedTask, priority: number): NewTask {
  return {
    tenantId,
    id,
    type,
    queue,
    priority,
    payload,
    options: parseOptions(options),
    step: undefined,
    createdAt,
    causationId: undefined,
  };
}
