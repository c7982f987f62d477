import { http as execution, taskExecutionEvents } from '@taskflow/contracts-task-execution';
import { http as management, taskManagementEvents } from '@taskflow/contracts-task-management';
import {
  heartbeatAnswer,
  register,
  registered,
  serverFrame,
  workerFrame,
  workerHttp,
} from '@taskflow/contracts-worker-protocol';
import type { z } from 'zod';

/**
 * `produced` by TaskFlow and read by programs that may be older; `accepted` from programs that may be older.
 * What may be added to the one is not what may be added to the other.
 */
export type Direction = 'produced' | 'accepted';

export interface PublishedContract {
  /** Package below contracts/ that owns it. */
  readonly owner: string;
  /** Path of its golden messages below the owner's golden/, without `.json`. */
  readonly name: string;
  readonly direction: Direction;
  readonly schema: z.ZodType;
}

type Schemas = Readonly<Record<string, z.ZodType>>;

const { tasks, workflows } = management;

const managementRequests: Schemas = {
  'create-task': tasks.createTask,
  'create-task-batch': tasks.createTaskBatch,
  'cancel-task': tasks.cancelTask,
  'patch-task': tasks.patchTask,
  'list-tasks': tasks.listTasks,
  'start-inline': workflows.startInline,
  'start-registered': workflows.startRegistered,
  'register-definition': workflows.registerDefinition,
  'cancel-workflow': workflows.cancelWorkflow,
  'pause-workflow': workflows.pauseWorkflow,
  'retry-workflow': workflows.retryWorkflow,
  'settle-compensation': workflows.settleCompensation,
  'restart-workflows': workflows.restartWorkflows,
  'publish-event': workflows.publishEvent,
  'list-workflows': workflows.listWorkflows,
};
const managementAnswers: Schemas = {
  task: tasks.task,
  'task-list': tasks.taskList,
  'task-batch': tasks.taskBatch,
  'task-receipt': tasks.taskReceipt,
  'task-receipt-batch': tasks.taskReceiptBatch,
  workflow: workflows.workflow,
  'workflow-list': workflows.workflowList,
  'workflow-graph': workflows.workflowGraph,
  definition: workflows.definition,
  'definition-list': workflows.definitionList,
  'definition-detail': workflows.definitionDetail,
  'compensation-plan': workflows.compensationPlan,
  'restart-result': workflows.restartResult,
  'event-receipt': workflows.eventReceipt,
};
const executionRequests: Schemas = {
  'patch-queue': execution.patchQueue,
  'list-dead-letters': execution.listDeadLetters,
};
const executionAnswers: Schemas = {
  queue: execution.queue,
  'queue-list': execution.queueList,
  worker: execution.worker,
  'worker-list': execution.workerList,
  'dead-letter': execution.deadLetter,
  'dead-letter-list': execution.deadLetterList,
};
const workerRequests: Schemas = {
  'register-request': register,
  'claim-request': workerHttp.claimRequest,
  'heartbeat-request': workerHttp.heartbeatRequest,
  'progress-request': workerHttp.progressRequest,
  'complete-request': workerHttp.completeRequest,
  'fail-request': workerHttp.failRequest,
};
const workerAnswers: Schemas = {
  'register-answer': registered,
  'claim-answer': workerHttp.claimAnswer,
  'heartbeat-answer': heartbeatAnswer,
  'outcomes-answer': workerHttp.outcomesAnswer,
};

export const publishedContracts: readonly PublishedContract[] = [
  ...named('task-management', 'events/v1', 'produced', taskManagementEvents),
  ...named('task-management', 'http/v1', 'accepted', managementRequests),
  ...named('task-management', 'http/v1', 'produced', managementAnswers),
  ...named('task-execution', 'events/v1', 'produced', taskExecutionEvents),
  ...named('task-execution', 'http/v1', 'accepted', executionRequests),
  ...named('task-execution', 'http/v1', 'produced', executionAnswers),
  ...named('worker-protocol', 'v1/http', 'accepted', workerRequests),
  ...named('worker-protocol', 'v1/http', 'produced', workerAnswers),
  ...named('worker-protocol', 'v1/worker-frames', 'accepted', byKind(workerFrame.options)),
  ...named('worker-protocol', 'v1/server-frames', 'produced', byKind(serverFrame.options)),
];

function named(owner: string, folder: string, direction: Direction, schemas: Schemas): PublishedContract[] {
  return Object.entries(schemas).map(([name, schema]) => ({ owner, name: `${folder}/${name}`, direction, schema }));
}

interface Frame extends z.ZodType {
  readonly shape: { readonly kind: { readonly value: string } };
}

function byKind(frames: readonly Frame[]): Schemas {
  return Object.fromEntries(frames.map((frame) => [frame.shape.kind.value, frame]));
}
