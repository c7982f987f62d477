import type { http } from '@taskflow/contracts-task-management';
import type { TaskBody } from '@taskflow/sdk';
import type { CommandContext } from '../command-context.ts';
import type { Line } from '../terminal.ts';
import { parseTags } from '../option-values.ts';
import { age, queryOf } from './list-query.ts';

export interface ListTasksOptions {
  readonly status?: string;
  readonly type?: string;
  readonly queue?: string;
  readonly workflow?: string;
  readonly tag?: readonly string[];
  readonly limit?: number;
  readonly cursor?: string;
}

export async function listTasks(
  { api, terminal }: CommandContext,
  { tag = [], ...filters }: ListTasksOptions,
): Promise<void> {
  const tags = Object.entries(parseTags(tag)).map(([key, value]) => [`tag.${key}`, value]);
  const path = `/api/v1/tasks${queryOf({ ...filters, ...Object.fromEntries(tags) })}`;
  const { items, nextCursor } = await api.request<http.tasks.TaskListBody>({ method: 'GET', path });
  terminal.list(
    items,
    [
      { title: 'ID', value: (task) => task.id },
      { title: 'TYPE', value: (task) => task.type },
      { title: 'STATUS', value: (task) => terminal.status(task.status) },
      { title: 'QUEUE', value: (task) => task.queue },
      { title: 'PRIORITY', value: (task) => task.priorityName ?? String(task.priority) },
      { title: 'ATTEMPTS', value: (task) => String(task.attempts) },
      { title: 'AGE', value: (task) => age(task.createdAt) },
    ],
    (task) => task.id,
  );
  if (nextCursor !== null) terminal.note(`more: --cursor ${nextCursor}`);
}

export async function getTask({ api, terminal }: CommandContext, id: string): Promise<void> {
  const task = await api.request<TaskBody>({ method: 'GET', path: `/api/v1/tasks/${encodeURIComponent(id)}` });
  terminal.one(task, taskLines(task, terminal.status(task.status)), task.id);
}

function taskLines(task: TaskBody, status: Line): [string, Line][] {
  const lines: [string, Line | undefined][] = [
    ['id', task.id],
    ['type', task.type],
    ['status', status],
    ['queue', task.queue],
    ['priority', task.priorityName ?? String(task.priority)],
    ['attempts', String(task.attempts)],
    ['progress', task.progress && `${Math.round(task.progress.fraction * 100)}% ${task.progress.message ?? ''}`.trim()],
    ['workflow', task.workflowId && `${task.workflowId} (${task.stepKey})`],
    ['payload', JSON.stringify(task.payload)],
    ['result', JSON.stringify(task.result)],
    ['error', task.error && `${task.error.code}: ${task.error.message}`],
    ...causesOf(task.error?.details).map((cause): [string, string] => ['  because', cause]),
    ['created', task.createdAt],
    ['started', task.startedAt],
    ['finished', task.finishedAt],
  ];
  return lines.filter((line): line is [string, Line] => line[1] !== undefined);
}

/** The chain of causes that a worker in TypeScript reports; others may say something else in `details`. */
function causesOf(details: unknown): string[] {
  const causes: string[] = [];
  for (let at = memberOf(details, 'cause'); at !== undefined && causes.length < 10; at = memberOf(at, 'cause')) {
    const [code, message] = [memberOf(at, 'code'), memberOf(at, 'message')];
    causes.push([code, message ?? JSON.stringify(at)].filter((part) => part !== undefined).join(': '));
  }
  return causes;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

/** `cancel` and `retry`: accepted by the server, carried out by it. */
export async function commandTask(context: CommandContext, verb: 'cancel' | 'retry', id: string): Promise<void> {
  const path = `/api/v1/tasks/${encodeURIComponent(id)}`;
  const body = verb === 'cancel' ? {} : undefined;
  await context.api.request({ method: 'POST', path: `${path}/${verb}`, body });
  context.terminal.note(`${verb} accepted`);
  await getTask(context, id);
}
