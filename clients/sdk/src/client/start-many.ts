import { randomUUID } from 'node:crypto';
import type { http } from '@taskflow/contracts-task-management';
import { jsonRefusalOf } from '@taskflow/kit-json';
import type { AnyTask } from '../definitions/task.ts';
import type { AnyWorkflow } from '../definitions/workflow-graph.ts';
import { InvalidInputError, notAvailable, StartManyError } from '../errors.ts';
import type { HttpApi } from '../api/http-api.ts';
import { startWorkflow } from './start.ts';
import { type StartOptions, taskRequest, workflowRequest } from './start-options.ts';
import { type TaskHandle, taskHandle } from './task-handle.ts';
import type { WorkflowHandle } from './workflow-handle.ts';

/** Bounds of one batch: the contract's count, and half of its bytes so that the frame around the payloads fits too. */
const batchCount = 1_000;
const batchBytes = 8 * 1024 * 1024;
/** The server's bound on a payload or input. */
const payloadBytes = 256 * 1024;
const workflowsAtOnce = 16;

interface Item {
  readonly input: unknown;
  readonly options?: StartOptions;
}

/** An item that is ready to be sent. */
interface Prepared<Request> {
  readonly request: Request;
  readonly bytes: number;
}

/** Sends one batch after the other, so that what was started is always a beginning of the list. */
export async function startTasks(api: HttpApi, task: AnyTask, items: readonly Item[]): Promise<TaskHandle<unknown>[]> {
  const prepared = items.map(({ input, options = {} }, index) =>
    ofItem(index, () => {
      if (options.idempotencyKey !== undefined) throw notAvailable('an idempotencyKey per item of startMany');
      const request = taskRequest(task, input, options);
      return checked(request, request.payload);
    }),
  );
  const handles: TaskHandle<unknown>[] = [];
  for (const batch of batches(prepared)) {
    const from = handles.length;
    try {
      const answer = await api.request<http.tasks.TaskReceiptBatchBody>({
        method: 'POST',
        path: '/api/v1/tasks/batch',
        body: { tasks: batch.map(({ request }) => request) },
        minimal: true,
        idempotencyKey: randomUUID(),
      });
      for (const created of answer.tasks) handles.push(taskHandle(api, created.id));
    } catch (error) {
      throw partly(atTrueIndex(error, from), items.length, handles);
    }
  }
  return handles;
}

/** Starts a few at once; after the first that fails no further one, and those on their way are waited for. */
export async function startWorkflows(
  api: HttpApi,
  workflow: AnyWorkflow,
  items: readonly Item[],
): Promise<WorkflowHandle<unknown>[]> {
  for (const [index, { input, options = {} }] of items.entries()) {
    ofItem(index, () => {
      const request = workflowRequest(workflow, input, options);
      return checked(request, request.input);
    });
  }
  const handles: WorkflowHandle<unknown>[] = [];
  const pending = items.entries();
  let failed: { readonly error: unknown } | undefined;
  const slot = async (): Promise<void> => {
    for (const [index, { input, options = {} }] of pending) {
      if (failed !== undefined) return;
      try {
        handles[index] = await startWorkflow(api, workflow, input, options);
      } catch (error) {
        failed ??= { error: atItem(error, index) };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(workflowsAtOnce, items.length) }, slot));
  if (failed !== undefined) throw partly(failed.error, items.length, handles);
  return handles;
}

/** Reports what is wrong with an item with its place in the list. */
export function ofItem<Made>(index: number, prepare: () => Made): Made {
  try {
    return prepare();
  } catch (error) {
    throw atItem(error, index);
  }
}

/** Found here, before anything is started, rather than by the server when a part is. */
function checked<Request extends object>(request: Request, payload: unknown): Prepared<Request> {
  const text = payload === undefined ? '' : JSON.stringify(payload);
  const refusal = text === '' ? undefined : jsonRefusalOf(text);
  if (refusal !== undefined) {
    const issue = { pointer: refusal.pointer.slice(1), message: refusal.detail, code: refusal.code };
    throw new InvalidInputError(refusal.code, refusal.detail, [issue]);
  }
  const bytes = Buffer.byteLength(text);
  if (bytes <= payloadBytes)
    return { request, bytes: bytes + Buffer.byteLength(JSON.stringify({ ...request, payload: 0 })) };
  const message = `the input is larger than ${payloadBytes} bytes: store it elsewhere and pass a reference to it`;
  throw new InvalidInputError('payload_too_large', message, [{ pointer: '', message }]);
}

export function atItem(error: unknown, index: number): unknown {
  if (!(error instanceof InvalidInputError)) return error;
  const issues = error.issues.map((issue) => ({ ...issue, pointer: `/${index}/input${plainPointer(issue.pointer)}` }));
  return new InvalidInputError(error.code, `item ${index}: ${error.message}`, issues, { cause: error });
}

/** The server counts the items of its batch. */
function atTrueIndex(error: unknown, from: number): unknown {
  if (!(error instanceof InvalidInputError)) return error;
  const moved = (text: string): string => text.replaceAll(/#\/tasks\/(\d+)/g, (_, index) => `/${from + Number(index)}`);
  const issues = error.issues.map((issue) => ({
    ...issue,
    pointer: moved(issue.pointer).replace(/^(\/\d+)\/payload/, '$1/input'),
  }));
  return new InvalidInputError(error.code, moved(error.message), issues, { cause: error });
}

function plainPointer(pointer: string): string {
  return pointer.replace(/^#(?:\/(?:payload|input))?/, '');
}

function partly(error: unknown, of: number, handles: readonly unknown[]): unknown {
  const started = Object.entries(handles).map(([index, handle]) => ({ index: Number(index), handle }));
  if (started.length === 0) return error;
  const pointer = error instanceof InvalidInputError ? error.issues[0]?.pointer : undefined;
  const place = /^\/(\d+)/.exec(pointer ?? '')?.[1];
  return new StartManyError({ cause: error, index: place === undefined ? undefined : Number(place), of, started });
}

function* batches<Request>(prepared: readonly Prepared<Request>[]): Iterable<Prepared<Request>[]> {
  let batch: Prepared<Request>[] = [];
  let bytes = 0;
  for (const item of prepared) {
    if (batch.length === batchCount || (batch.length > 0 && bytes + item.bytes > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += item.bytes;
  }
  if (batch.length > 0) yield batch;
}
