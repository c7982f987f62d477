import {
  taskCancelled,
  taskCancelRequested,
  taskCreated,
  taskPriorityChanged,
  taskRetryRequested,
  taskScheduled,
} from './task-events.ts';
import {
  workflowCancelled,
  workflowCompensated,
  workflowCompensating,
  workflowCompensationStuck,
  workflowCompleted,
  workflowFailed,
  workflowPaused,
  workflowResumed,
  workflowRetried,
  workflowStarted,
  workflowStepSettled,
  workflowStepSkipped,
  workflowStepWaiting,
} from './workflow-events.ts';

export type { WaitKind } from '../../http/v1/waits.ts';
export { defaultRetryPolicy } from './shared.ts';
export type { Failure, RetryPolicy, StepRole, Timeouts, WorkflowStep } from './shared.ts';
export type {
  TaskCancelled,
  TaskCancelRequested,
  TaskCreated,
  TaskPriorityChanged,
  TaskRetryRequested,
  TaskScheduled,
} from './task-events.ts';
export type {
  WorkflowCancelled,
  WorkflowCompensated,
  WorkflowCompensating,
  WorkflowCompensationStuck,
  WorkflowCompleted,
  WorkflowFailed,
  WorkflowPaused,
  WorkflowResumed,
  WorkflowRetried,
  WorkflowStarted,
  WorkflowStepSettled,
  WorkflowStepSkipped,
  WorkflowStepWaiting,
} from './workflow-events.ts';

/** Every event of task-management, version 1: contract name to schema of its body. */
export const taskManagementEvents = {
  'taskflow.task.created.v1': taskCreated,
  'taskflow.task.scheduled.v1': taskScheduled,
  'taskflow.task.cancel-requested.v1': taskCancelRequested,
  'taskflow.task.cancelled.v1': taskCancelled,
  'taskflow.task.priority-changed.v1': taskPriorityChanged,
  'taskflow.task.retry-requested.v1': taskRetryRequested,
  'taskflow.workflow.started.v1': workflowStarted,
  'taskflow.workflow.step-skipped.v1': workflowStepSkipped,
  'taskflow.workflow.step-waiting.v1': workflowStepWaiting,
  'taskflow.workflow.step-settled.v1': workflowStepSettled,
  'taskflow.workflow.completed.v1': workflowCompleted,
  'taskflow.workflow.failed.v1': workflowFailed,
  'taskflow.workflow.cancelled.v1': workflowCancelled,
  'taskflow.workflow.compensating.v1': workflowCompensating,
  'taskflow.workflow.compensated.v1': workflowCompensated,
  'taskflow.workflow.compensation-stuck.v1': workflowCompensationStuck,
  'taskflow.workflow.paused.v1': workflowPaused,
  'taskflow.workflow.resumed.v1': workflowResumed,
  'taskflow.workflow.retried.v1': workflowRetried,
} as const;
export type TaskManagementEventType = keyof typeof taskManagementEvents;
