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

/** What task-execution reports about one generation of a task; `skipped`: its step had nothing to do. */
export const executionFacts = [
  'started',
  'progressed',
  'retry-scheduled',
  'completed',
  'skipped',
  'failed',
  'execution-cancelled',
] as const;
export type ExecutionFactType = (typeof executionFacts)[number];

/** What somebody asks of a task. */
export const taskCommands = ['cancel', 'change-priority', 'retry'] as const;
export type TaskCommandType = (typeof taskCommands)[number];

export type TaskEventType = ExecutionFactType | TaskCommandType;

/** The status that follows; `ignored` leaves everything as it is; `refused` is told to whoever asked. */
export type Transition = TaskStatus | 'ignored' | 'refused';

const refusedCommands = { cancel: 'refused', 'change-priority': 'refused', retry: 'refused' } as const;
const ignoredFacts = {
  started: 'ignored',
  progressed: 'ignored',
  'retry-scheduled': 'ignored',
  completed: 'ignored',
  skipped: 'ignored',
  failed: 'ignored',
  'execution-cancelled': 'ignored',
} as const;
const factsOfLiveTask = {
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
 * 2. Facts about a live task lead to the same status whichever live status it has (progress alone leaves it),
 *    so a batch of facts can be folded without reading the task first.
 * 3. A cancel of a live task is a request: the status changes when task-execution confirms it.
 *
 * `scheduled` and `blocked` are work that has not been handed to task-execution: no fact about it can be true, and
 * no command on it is available yet. A `stuck` task has ended at task-execution, and its ending could not be written:
 * only somebody's command moves it on.
 */
export const taskTransitions: Readonly<Record<TaskStatus, Readonly<Record<TaskEventType, Transition>>>> = {
  scheduled: { ...ignoredFacts, ...refusedCommands },
  blocked: { ...ignoredFacts, ...refusedCommands },
  queued: { ...factsOfLiveTask, progressed: 'queued', cancel: 'queued', 'change-priority': 'queued', retry: 'refused' },
  running: {
    ...factsOfLiveTask,
    progressed: 'running',
    cancel: 'running',
    'change-priority': 'running',
    retry: 'refused',
  },
  retrying: {
    ...factsOfLiveTask,
    progressed: 'retrying',
    cancel: 'retrying',
    'change-priority': 'retrying',
    retry: 'refused',
  },
  completed: { ...ignoredFacts, ...refusedCommands },
  failed: { ...ignoredFacts, ...refusedCommands, retry: 'queued' },
  cancelled: { ...ignoredFacts, ...refusedCommands, retry: 'queued' },
  skipped: { ...ignoredFacts, ...refusedCommands },
  stuck: { ...ignoredFacts, ...refusedCommands, cancel: 'cancelled', retry: 'queued' },
};

/** Handed to task-execution and not ended: facts apply to it. */
export function isLive(status: TaskStatus): boolean {
  return status === 'queued' || status === 'running' || status === 'retrying';
}

/** Ended: nothing but a new generation changes it. */
export function isFinal(status: TaskStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled' || status === 'skipped';
}

/** After this fact nothing else is reported about the generation. */
export function isEnding(fact: ExecutionFactType): boolean {
  return isFinal(factsOfEveryLiveTask[fact]);
}

const factsOfEveryLiveTask = { ...factsOfLiveTask, progressed: 'running' } as const;
