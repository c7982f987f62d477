export const taskStatuses = [
  'scheduled',
  'blocked',
  'queued',
  'running',
  'retrying',
  'completed',
  'failed',
  'cancelled',
  'skipped',
  'stuck',
] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** The reports of task-execution about one generation of a task; `skipped`: its step had nothing to do. */
export const executionEvents = [
  'started',
  'progressed',
  'retry-scheduled',
  'completed',
  'skipped',
  'failed',
  'execution-cancelled',
] as const;
export type ExecutionEventKind = (typeof executionEvents)[number];

/** The commands that somebody may give to a task. */
export const taskCommands = ['cancel', 'change-priority', 'retry'] as const;
export type TaskCommandKind = (typeof taskCommands)[number];

export type TaskEventKind = ExecutionEventKind | TaskCommandKind;

/** The status that follows; `ignored` leaves everything as it is; `refused` is told to whoever asked. */
export type Transition = TaskStatus | 'ignored' | 'refused';

const refusedCommands = { cancel: 'refused', 'change-priority': 'refused', retry: 'refused' } as const;
const ignoredEvents = {
  started: 'ignored',
  progressed: 'ignored',
  'retry-scheduled': 'ignored',
  completed: 'ignored',
  skipped: 'ignored',
  failed: 'ignored',
  'execution-cancelled': 'ignored',
} as const;
const eventsOfLiveTask = {
  started: 'running',
  'retry-scheduled': 'retrying',
  completed: 'completed',
  skipped: 'skipped',
  failed: 'failed',
  'execution-cancelled': 'cancelled',
} as const;

/**
 * The one table of a task's life. Three rules shape it:
 * 1. A final status never changes within a generation: whichever ending comes first is the only one.
 * 2. Events of a live task lead to the same status whichever live status it has (progress alone leaves it),
 *    so a batch of events can be merged without reading the task first.
 * 3. A cancel of a live task is a request: the status changes when task-execution confirms it.
 *
 * `scheduled` and `blocked` are work that has not been handed to task-execution: no event of it can be true, and
 * no command on it is available yet. A `stuck` task has ended at task-execution, and its ending could not be written:
 * only somebody's command moves it on.
 */
export const taskTransitions: Readonly<Record<TaskStatus, Readonly<Record<TaskEventKind, Transition>>>> = {
  scheduled: { ...ignoredEvents, ...refusedCommands },
  blocked: { ...ignoredEvents, ...refusedCommands },
  queued: {
    ...eventsOfLiveTask,
    progressed: 'queued',
    cancel: 'queued',
    'change-priority': 'queued',
    retry: 'refused',
  },
  running: {
    ...eventsOfLiveTask,
    progressed: 'running',
    cancel: 'running',
    'change-priority': 'running',
    retry: 'refused',
  },
  retrying: {
    ...eventsOfLiveTask,
    progressed: 'retrying',
    cancel: 'retrying',
    'change-priority': 'retrying',
    retry: 'refused',
  },
  completed: { ...ignoredEvents, ...refusedCommands },
  failed: { ...ignoredEvents, ...refusedCommands, retry: 'queued' },
  cancelled: { ...ignoredEvents, ...refusedCommands, retry: 'queued' },
  skipped: { ...ignoredEvents, ...refusedCommands },
  stuck: { ...ignoredEvents, ...refusedCommands, cancel: 'cancelled', retry: 'queued' },
};

/** Handed to task-execution and not ended: events apply to it. */
export function isLive(status: TaskStatus): boolean {
  return status === 'queued' || status === 'running' || status === 'retrying';
}

/** Ended: nothing but a new generation changes it. */
export function isFinal(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'skipped';
}

/** After this event nothing else is reported about the generation. */
export function isEnding(event: ExecutionEventKind): boolean {
  return isFinal(eventsOfEveryLiveTask[event]);
}

const eventsOfEveryLiveTask = { ...eventsOfLiveTask, progressed: 'running' } as const;
