import type { EventBus, EventRecord, Publisher, StreamEntry } from '@taskflow/kit-messaging';
import { createMemoryLog, manualIncarnation, type MemoryLog } from '@taskflow/kit-messaging/testing';
import { systemIds } from '@taskflow/kit-time';

export const tenant = '00000000-0000-0000-0000-000000000000';

export interface NewTask {
  readonly taskId?: string;
  readonly generation?: number;
  readonly type?: string;
  readonly queue?: string;
  readonly priority?: number;
  readonly payload?: unknown;
  readonly retry?: Record<string, unknown>;
  readonly timeout?: { attemptMs?: number; totalMs?: number };
  readonly tags?: Record<string, string>;
  readonly workflow?: Record<string, unknown>;
  readonly definition?: string;
  readonly maxResultBytes?: number;
}

/** Events as task-management publishes them. */
export const managementEvents = {
  created: (task: NewTask = {}) => work('taskflow.task.created.v1', task),
  retryRequested: (task: NewTask) => work('taskflow.task.retry-requested.v1', { generation: 2, ...task }),
  cancelRequested: (taskId: string, generation = 1) =>
    event('taskflow.task.cancel-requested.v1', taskId, { generation, requestedAt: new Date().toISOString() }),
  priorityChanged: (taskId: string, priority: number, generation = 1) =>
    event('taskflow.task.priority-changed.v1', taskId, {
      generation,
      priority,
      previousPriority: 500,
      changedAt: new Date().toISOString(),
    }),
};

function work(type: string, task: NewTask): EventRecord {
  const { taskId = systemIds.next(), generation = 1, payload = null, ...rest } = task;
  const data = {
    generation,
    type: 'work',
    queue: 'default',
    priority: 500,
    createdAt: new Date().toISOString(),
    ...rest,
  };
  return event(type, taskId, data, { payload: JSON.stringify(payload) });
}

function event(type: string, taskId: string, data: Record<string, unknown>, raw?: Record<string, string>): EventRecord {
  const id = systemIds.next();
  return {
    id,
    type,
    subject: `tasks/${taskId}`,
    key: taskId,
    time: Date.now(),
    tenantId: tenant,
    data: { eventId: id, taskId, ...data },
    raw,
  };
}

export function taskIdOf(event: EventRecord): string {
  return String(event.data.taskId);
}

/** The other service, seen from its streams alone: it publishes what a test tells it to and hears what comes back. */
export interface ManagementDouble {
  /** Everything that task-execution has published, in order. */
  readonly heard: EventRecord[];
  readonly entries: StreamEntry[];
  readonly log: MemoryLog;
  /** Publishes these events as one entry. */
  publish(...events: EventRecord[]): StreamEntry;
  /** Event types heard of one task, without prefix and version, such as `started`. */
  storyOf(taskId: string): string[];
  /** The heard events of one type. */
  ofType(name: string): EventRecord[];
}

/** `before` is the double of a run that ended: its log and position go on. */
export function createManagementDouble(bus: EventBus, before?: ManagementDouble): ManagementDouble {
  const log = before?.log ?? createMemoryLog('task-management');
  const publisher: Publisher = bus.attach(log);
  const heard: EventRecord[] = before?.heard ?? [];
  const entries: StreamEntry[] = before?.entries ?? [];
  let position = entries.at(-1)?.seq ?? 0;

  bus.subscribe({
    consumer: 'task-management',
    source: 'task-execution',
    types: [
      'taskflow.task.queued.v1',
      'taskflow.task.started.v1',
      'taskflow.task.progress-updated.v1',
      'taskflow.task.completed.v1',
      'taskflow.task.failed.v1',
      'taskflow.task.retry-scheduled.v1',
      'taskflow.task.execution-cancelled.v1',
      'taskflow.task.dead-lettered.v1',
      'taskflow.worker.lost.v1',
    ],
    incarnation: manualIncarnation(),
    position: (stream) => Promise.resolve({ source: 'task-execution', stream, seq: position }),
    durable: () => Promise.resolve(position),
    apply: (received) => {
      for (const entry of received) {
        position = entry.seq;
        entries.push(entry);
        heard.push(...entry.events);
      }
      return Promise.resolve();
    },
  });

  return {
    heard,
    entries,
    log,
    publish: (...events) => {
      const entry = log.append(0, events);
      publisher.committed(entry);
      return entry;
    },
    storyOf: (taskId) =>
      heard.filter((one) => one.data.taskId === taskId).map(({ type }) => type.split('.').at(-2) ?? type),
    ofType: (name) => heard.filter(({ type }) => type === `taskflow.${name}.v1`),
  };
}
