import { http } from '@taskflow/contracts-task-management';
import {
  decodeCursor,
  encodeCursor,
  type HttpAnswer,
  type HttpRequest,
  type Problem,
  type Route,
  route,
} from '@taskflow/kit-http';
import { z } from 'zod';
import type { CommandResult } from '../application/commands/command-task.ts';
import type { CreateTasksResult, RequestOrigin, TaskRequest } from '../application/commands/create-tasks.ts';
import type { CannotApply } from '../application/commands/refuse-poison.ts';
import type { Page, TaskFilter } from '../application/ports/reading-store.ts';
import type { TaskRecord } from '../application/records/task-record.ts';
import type { TaskCommand } from '../domain/task/task-commands.ts';
import { idempotencyKeyOf, replayedHeaders } from './idempotency-key.ts';
import { onceEnded, waited, waitOf } from './preferred-wait.ts';
import {
  cannotCreate,
  keyMismatch,
  limits,
  notFound,
  payloadText,
  refusedCommand,
  refuseUnavailable,
} from './refusals.ts';
import { encodeReceipt, encodeTask } from './task-json.ts';
import { defaultTenant } from './tenant.ts';

export interface TaskUseCases {
  createTasks(requests: readonly TaskRequest[], origin: RequestOrigin): Promise<CreateTasksResult | CannotApply>;
  commandTask(
    tenantId: string,
    taskId: string,
    command: TaskCommand,
    reason?: string,
  ): Promise<CommandResult<TaskRecord>>;
  /** Waits up to `seconds` for the end. */
  getTask(
    tenantId: string,
    id: string,
    wait: { seconds: number; signal: AbortSignal } | undefined,
  ): Promise<TaskRecord | undefined>;
  listTasks(tenantId: string, filter: TaskFilter, below: string | undefined, limit: number): Promise<Page<TaskRecord>>;
}

const { tasks: bodies, scalars } = http;
const idParameter = z.object({ id: scalars.id });
const defaultPageSize = 50;

export function taskRoutes(useCases: TaskUseCases): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/tasks',
      summary: 'Create a task; with Prefer: wait=N answered when it has ended, or after N seconds',
      tag: 'tasks',
      body: bodies.createTask,
      answers: { 201: createdTask, 200: createdTask },
      bodyLimit: limits.taskBodyBytes,
      handle: async (request) => {
        const { body } = request;
        refuseUnavailable(unavailableMembers(body, []));
        const result = await useCases.createTasks([taskRequest(body, [])], originOf(request, 'tasks'));
        if ('refusal' in result) throw refusedCreation(result);
        const task = result.tasks[0] as TaskRecord;
        const { subject, headers } = await onceEnded(task, request, (wait) =>
          useCases.getTask(defaultTenant, task.id, wait),
        );
        const answer = createdAs(request, result, (encode) => encode(subject), `/api/v1/tasks/${task.id}`);
        return withPreferences(answer, headers);
      },
    }),
    route({
      method: 'POST',
      path: '/api/v1/tasks/batch',
      summary: 'Create up to 1000 tasks, all or none',
      tag: 'tasks',
      body: bodies.createTaskBatch,
      answers: { 201: createdBatch, 200: createdBatch },
      bodyLimit: limits.batchBodyBytes,
      handle: async (request) => {
        const { tasks } = request.body;
        refuseUnavailable(tasks.flatMap((task, i) => unavailableMembers(task, ['tasks', i])));
        const requests = tasks.map((task, i) => taskRequest(task, ['tasks', i]));
        const result = await useCases.createTasks(requests, originOf(request, 'tasks/batch'));
        if ('refusal' in result) throw refusedCreation(result);
        return createdAs(request, result, (encode) => `{"tasks":[${result.tasks.map(encode).join(',')}]}`);
      },
    }),
    ...readingRoutes(useCases),
    ...commandRoutes(useCases),
  ];
}

function refusedCreation(result: Extract<CreateTasksResult, { readonly refusal: string }> | CannotApply): Problem {
  return result.refusal === 'cannot-apply' ? cannotCreate(result.reason) : keyMismatch();
}

function readingRoutes(useCases: TaskUseCases): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/tasks/:id',
      summary: 'A task; with Prefer: wait=N as soon as it has ended, or after N seconds',
      tag: 'tasks',
      params: idParameter,
      answers: { 200: bodies.task },
      handle: async (request) => {
        const { id } = request.params;
        const task = await useCases.getTask(defaultTenant, id, waitOf(request));
        if (!task) throw notFound('task', id);
        return { status: 200, json: encodeTask(task), headers: waited(request) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/tasks',
      summary: 'Tasks, newest first; a page may be short or empty and still have a next one',
      tag: 'tasks',
      query: bodies.listTasks,
      answers: { 200: bodies.taskList },
      handle: async ({ query: { limit = defaultPageSize, cursor, ...filters } }) => {
        const filter = taskFilter(filters);
        const list = ['tasks', filter];
        const page = await useCases.listTasks(defaultTenant, filter, decodeCursor(cursor, list), limit);
        const next = page.below === undefined ? null : encodeCursor(page.below, list);
        const items = page.items.map(encodeTask).join(',');
        return { status: 200, json: `{"items":[${items}],"nextCursor":${JSON.stringify(next)}}` };
      },
    }),
  ];
}

function commandRoutes({ commandTask }: TaskUseCases): Route[] {
  const answer = async (status: number, id: string, command: TaskCommand, reason?: string): Promise<HttpAnswer> => {
    const result = await commandTask(defaultTenant, id, command, reason);
    if ('subject' in result) return { status, json: encodeTask(result.subject) };
    throw 'status' in result ? refusedCommand('task', result) : notFound('task', id);
  };
  return [
    route({
      method: 'POST',
      path: '/api/v1/tasks/:id/cancel',
      summary: 'Ask a task to end; it is cancelled once its execution confirms',
      tag: 'tasks',
      params: idParameter,
      body: bodies.cancelTask,
      answers: { 202: bodies.task },
      handle: ({ params, body }) => answer(202, params.id, { kind: 'cancel' }, body.reason),
    }),
    route({
      method: 'POST',
      path: '/api/v1/tasks/:id/retry',
      summary: 'Run a failed or cancelled task again, as a new generation',
      tag: 'tasks',
      params: idParameter,
      body: z.strictObject({}),
      answers: { 202: bodies.task },
      handle: ({ params }) => answer(202, params.id, { kind: 'retry' }),
    }),
    route({
      method: 'PATCH',
      path: '/api/v1/tasks/:id',
      summary: 'Change the priority of a task that has not ended',
      tag: 'tasks',
      params: idParameter,
      body: bodies.patchTask,
      answers: { 200: bodies.task },
      handle: ({ params, body }) => answer(200, params.id, { kind: 'change-priority', priority: body.priority }),
    }),
  ];
}

type TaskBody = z.output<typeof bodies.createTask>;

function unavailableMembers(body: TaskBody, path: readonly PropertyKey[]): PropertyKey[][] {
  if (body.runAt === undefined && body.delay === undefined && body.sla === undefined) return [];
  return (['runAt', 'delay', 'sla'] as const).filter((name) => body[name] !== undefined).map((name) => [...path, name]);
}

function taskRequest(body: TaskBody, path: readonly PropertyKey[]): TaskRequest {
  const payload = payloadText(body.payload, [...path, 'payload']);
  const { type, queue, priority, retry, timeout, tags } = body;
  return { type, payload, queue, priority, retry, timeout, tags };
}

export function originOf(
  request: Pick<HttpRequest, 'headers' | 'traceparent' | 'body'>,
  routeName: string,
): RequestOrigin {
  const key = idempotencyKeyOf(request.headers);
  return {
    tenantId: defaultTenant,
    traceparent: request.traceparent,
    idempotency: key === undefined ? undefined : { route: routeName, key, body: request.body },
  };
}

/** With `Prefer: return=minimal` the tasks are named and not repeated. */
const createdTask = z.union([bodies.task, bodies.taskReceipt]);
const createdBatch = z.union([bodies.taskBatch, bodies.taskReceiptBatch]);

function createdAs(
  { wantsMinimal }: Pick<HttpRequest, 'wantsMinimal'>,
  { replayed }: { readonly replayed: boolean },
  json: (encode: (task: TaskRecord) => string) => string,
  location?: string,
): HttpAnswer {
  const answer = created(replayed, json(wantsMinimal ? encodeReceipt : encodeTask), location);
  if (!wantsMinimal) return answer;
  return withPreferences(answer, { 'preference-applied': 'return=minimal', vary: 'prefer' });
}

/** One more preference that the answer followed. */
function withPreferences(answer: HttpAnswer, applied: Readonly<Record<string, string>>): HttpAnswer {
  const all = [answer.headers?.['preference-applied'], applied['preference-applied']].filter(Boolean).join(', ');
  return { ...answer, headers: { ...answer.headers, ...applied, ...(all !== '' && { 'preference-applied': all }) } };
}

/** 201 for what this request created, 200 for what an earlier one with its key did. */
export function created(replayed: boolean, json: string, location?: string): HttpAnswer {
  return {
    status: replayed ? 200 : 201,
    json,
    headers: { ...(location !== undefined && { location }), ...(replayed && replayedHeaders) },
  };
}

function taskFilter(query: Record<string, unknown>): TaskFilter {
  const given = Object.entries(query).filter(([name]) => name.startsWith('tag.'));
  const tags = Object.fromEntries(given.map(([name, value]) => [name.slice('tag.'.length), String(value)]));
  const { status, type, queue, workflow } = query as TaskFilter;
  return { status, type, queue, workflow, tags: given.length > 0 ? tags : undefined };
}
