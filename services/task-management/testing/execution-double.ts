import { taskManagementEvents, type TaskManagementEventType } from '@taskflow/contracts-task-management';
import { createMemoryLog, manualIncarnation, type MemoryLog } from '@taskflow/kit-messaging/testing';
import type { EventBus, EventRecord, Publisher, StreamEntry } from '@taskflow/kit-messaging';
import { systemIds } from '@taskflow/kit-time';

export const tenant = '00000000-0000-0000-0000-000000000000';
const moment = Date.UTC(2026, 0, 2);
const instant = new Date(moment).toISOString();

export interface Reference {
  readonly taskId: string;
  readonly generation?: number;
  readonly attempt?: number;
}

/** Events as task-execution publishes them. */
export const executionEvents = {
  started: ({ taskId, generation = 1, attempt = 1 }: Reference) =>
    event('taskflow.task.started.v1', taskId, { generation, attempt, worker: 'w', startedAt: instant }),
  progressed: ({ taskId, generation = 1, attempt = 1 }: Reference, fraction: number) =>
    event('taskflow.task.progress-updated.v1', taskId, { generation, attempt, fraction, at: instant }),
  completed: ({ taskId, generation = 1, attempt = 1 }: Reference, result: unknown = null) =>
    event(
      'taskflow.task.completed.v1',
      taskId,
      { generation, attempt, startedAt: instant, finishedAt: instant },
      { result: JSON.stringify(result) },
    ),
  /** Its handler found nothing to do. */
  skipped: ({ taskId, generation = 1, attempt = 1 }: Reference) =>
    event('taskflow.task.completed.v1', taskId, {
      generation,
      attempt,
      skipped: true,
      startedAt: instant,
      finishedAt: instant,
    }),
  failed: (
    { taskId, generation = 1, attempt = 1 }: Reference,
    error = { code: 'broken', message: 'it broke' },
    outcomeUnknown = false,
  ) =>
    event('taskflow.task.failed.v1', taskId, {
      generation,
      attempt,
      reason: 'terminal',
      error,
      ...(outcomeUnknown && { outcomeUnknown }),
      startedAt: instant,
      finishedAt: instant,
    }),
  retryScheduled: ({ taskId, generation = 1, attempt = 1 }: Reference, error = { code: 'flaky', message: 'again' }) =>
    event('taskflow.task.retry-scheduled.v1', taskId, {
      generation,
      attempt,
      nextAttempt: attempt + 1,
      error,
      dueAt: instant,
    }),
  cancelled: ({ taskId, generation = 1, attempt = 1 }: Reference) =>
    event('taskflow.task.execution-cancelled.v1', taskId, { generation, attempt, cancelledAt: instant }),
};

function event(type: string, taskId: string, data: Record<string, unknown>, raw?: Record<string, string>): EventRecord {
  const id = systemIds.next();
  return {
    id,
    type,
    subject: `tasks/${taskId}`,
    key: taskId,
    time: moment,
    tenantId: tenant,
    data: { eventId: id, taskId, type: 'work', queue: 'default', ...data },
    raw,
  };
}

const asksForWork = new Set(['taskflow.task.created.v1', 'taskflow.task.retry-requested.v1']);

/** The other service, seen from its streams alone: it hears what is published and reports what a test tells it to. */
export interface ExecutionDouble {
  /** Everything that task-management has published, in order. */
  readonly heard: EventRecord[];
  readonly entries: StreamEntry[];
  readonly log: MemoryLog;
  /** Publishes these events as one entry. */
  report(...events: EventRecord[]): StreamEntry;
  /** Decides what is reported for every task that is created or runs again from now on; `undefined` reports nothing. */
  respond(to: ((created: EventRecord) => EventRecord[] | undefined) | undefined): void;
}

/** `before` is the double of a run that ended: its log and position go on. */
export function createExecutionDouble(bus: EventBus, before?: ExecutionDouble): ExecutionDouble {
  const log = before?.log ?? createMemoryLog('task-execution');
  const publisher: Publisher = bus.attach(log);
  const heard: EventRecord[] = before?.heard ?? [];
  const entries: StreamEntry[] = before?.entries ?? [];
  let position = entries.at(-1)?.seq ?? 0;
  let responder: ((created: EventRecord) => EventRecord[] | undefined) | undefined;

  function report(...events: EventRecord[]): StreamEntry {
    const entry = log.append(0, events);
    publisher.committed(entry);
    return entry;
  }

  bus.subscribe({
    consumer: 'task-execution',
    source: 'task-management',
    types: Object.keys(taskManagementEvents) as TaskManagementEventType[],
    incarnation: manualIncarnation(),
    position: (stream) => Promise.resolve({ source: 'task-management', stream, seq: position }),
    durable: () => Promise.resolve(position),
    apply: (received) => {
      for (const entry of received) {
        position = entry.seq;
        entries.push(entry);
        heard.push(...entry.events);
        const reports = entry.events.flatMap((one) => (asksForWork.has(one.type) ? (responder?.(one) ?? []) : []));
        if (reports.length > 0) report(...reports);
      }
      return Promise.resolve();
    },
  });

  return {
    heard,
    entries,
    log,
    report,
    respond: (to) => {
      responder = to;
    },
  };
}
