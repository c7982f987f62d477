export type { StandardSchemaV1 } from '@standard-schema/spec';
export { createTaskFlow } from './client/create-taskflow.ts';
export type { StartItem, TaskFlow, TaskFlowOptions } from './client/taskflow.ts';
export type { EmbeddedEngine, EmbeddedEngineOptions } from './client/embedded-engine.ts';
export type { EmitOptions } from './client/emit-event.ts';
export type { ResultOptions } from './client/handle.ts';
export { Pace } from './client/pace.ts';
export { type ApiRequest, createHttpApi, type HttpApi, type HttpApiOptions } from './api/http-api.ts';
export type { StartOptions } from './client/start-options.ts';
export type { TaskBody, TaskHandle, TaskStatus } from './client/task-handle.ts';
export type { CompensationPlan, WorkflowBody, WorkflowHandle, WorkflowStatus } from './client/workflow-handle.ts';
export type { Log, TaskContext } from './definitions/context.ts';
export { decodeWire } from './definitions/decode-wire.ts';
export { type Duration, durationMs } from './definitions/duration.ts';
export { type AnyEvent, type EventDef, event } from './definitions/event.ts';
export type { GraphBuilder, Output } from './definitions/graph-builder.ts';
export { on, schedule } from './definitions/not-available.ts';
export { type QueueDef, type QueueOptions, queue } from './definitions/queue.ts';
export { type AnySignal, type SignalDef, signal } from './definitions/signal.ts';
export type { InputOf, OutputOf, Startable } from './definitions/startable.ts';
export type {
  ChildOptions,
  Compensate,
  EachOptions,
  Needs,
  OnError,
  Ref,
  RunOptions,
  SleepOptions,
  StepOptions,
  Visible,
  WaitForEventOptions,
  WaitOptions,
} from './definitions/step-options.ts';
export {
  type AnyTask,
  type Priority,
  type RetryPolicy,
  type TaskDef,
  type TaskOptions,
  type Timeouts,
  task,
} from './definitions/task.ts';
export type { WaitVerbs } from './definitions/wait-verbs.ts';
export { encodeWire } from './definitions/wire-value.ts';
export type { WorkVerbs } from './definitions/work-verbs.ts';
export { type WorkflowOptions, workflow } from './definitions/workflow.ts';
export type { AnyWorkflow, WorkflowDef } from './definitions/workflow-graph.ts';
export {
  CancelledError,
  ConflictError,
  type Failure,
  type InputIssue,
  InvalidInputError,
  NotFoundError,
  RetryableError,
  StartManyError,
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
export { deadlineSignal } from './long-timer.ts';
export { reasonOf } from './plain-value.ts';
export { type LoadedDefinitions, loadDefinitions } from './load-definitions.ts';
