export type { StandardSchemaV1 } from '@standard-schema/spec';
export type { TaskFlow, TaskFlowOptions, StartItem } from './client/create-taskflow.ts';
export { createTaskFlow } from './client/create-taskflow.ts';
export type { EmbeddedEngine, EmbeddedEngineOptions } from './client/embedded-engine.ts';
export type {
  ResultOptions,
  TaskBody,
  TaskHandle,
  TaskStatus,
  WorkflowBody,
  WorkflowHandle,
  WorkflowStatus,
} from './client/handle.ts';
export { type ApiRequest, createHttpApi, type HttpApi, type HttpApiOptions } from './client/http-api.ts';
export type { StartOptions } from './client/start-options.ts';
export type { Log, TaskContext } from './definitions/context.ts';
export { type Duration, durationMs } from './definitions/duration.ts';
export type { GraphBuilder, Output, Ref, StepOptions } from './definitions/graph-builder.ts';
export { event, on, schedule, signal } from './definitions/not-available.ts';
export { type QueueDef, type QueueOptions, queue } from './definitions/queue.ts';
export type { InputOf, OutputOf, Startable } from './definitions/startable.ts';
export {
  type AnyTask,
  type Priority,
  type RetryPolicy,
  type TaskDef,
  type TaskOptions,
  type Timeouts,
  task,
} from './definitions/task.ts';
export { type AnyWorkflow, type WorkflowDef, type WorkflowOptions, workflow } from './definitions/workflow.ts';
export {
  CancelledError,
  ConflictError,
  type Failure,
  type InputIssue,
  InvalidInputError,
  NotFoundError,
  RetryableError,
  TaskFailedError,
  TaskFlowError,
  TerminalError,
  TimedOutError,
  UnauthorizedError,
  UnavailableError,
  WorkflowFailedError,
} from './errors.ts';
export { builtIn } from './worker/built-in-tasks.ts';
export { createWorker, type Worker, type WorkerOptions } from './worker/create-worker.ts';
export type { Definition } from './worker/handlers.ts';
export { type LoadedDefinitions, loadDefinitions } from './load-definitions.ts';
