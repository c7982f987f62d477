import assert from 'node:assert/strict';
import type { http } from '@taskflow/contracts-task-management';
import { eventuallyHolds } from '@taskflow/kit-testing';
import './checked-fetch.ts';

type TaskBody = ReturnType<typeof http.tasks.task.parse>;
type WorkflowBody = ReturnType<typeof http.workflows.workflow.parse>;
export type CreateTask = Parameters<typeof http.tasks.createTask.parse>[0] & Record<string, unknown>;
export type { TaskBody, WorkflowBody };

/** One answer of the platform. `body` is the parsed JSON, or `undefined` when there is none. */
export interface Answer<B = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: B;
  readonly text: string;
}

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string;
  readonly errors?: readonly { pointer: string; code: string; detail?: string }[];
}

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is; the content type stays `application/json` unless `headers` says otherwise. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the call as a failure of the test when the server never answers. */
  readonly deadlineMs?: number;
}

export const finalTaskStatuses = new Set(['completed', 'failed', 'cancelled', 'skipped']);
export const finalWorkflowStatuses = new Set(['completed', 'failed', 'cancelled', 'compensated']);

const answerDeadlineMs = 60_000;
const settleDeadlineMs = 120_000;

/** The platform's HTTP surface as a test speaks it: one method per call, no retries, nothing hidden. */
export function createApi(url: string) {
  async function call<B = Problem>(method: string, path: string, options: CallOptions = {}): Promise<Answer<B>> {
    const content = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    const response = await fetch(url + path, {
      method,
      body: content,
      headers: { ...(content === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
      signal: AbortSignal.timeout(options.deadlineMs ?? answerDeadlineMs),
    });
    const text = await response.text();
    const json = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: (json ? JSON.parse(text) : undefined) as B,
    };
  }

  async function expect<B>(status: number, method: string, path: string, options?: CallOptions): Promise<B> {
    const answer = await call<B>(method, path, options);
    assert.equal(answer.status, status, `${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 1000)}`);
    return answer.body;
  }

  /** Reads with `Prefer: wait` until the status is final; fails at a deadline that no healthy run comes near. */
  async function settled<B extends { status: string }>(path: string, final: ReadonlySet<string>): Promise<B> {
    const deadline = AbortSignal.timeout(settleDeadlineMs);
    for (;;) {
      const body = await expect<B>(200, 'GET', path, { headers: { prefer: 'wait=20' } });
      if (final.has(body.status)) return body;
      assert.ok(!deadline.aborted, `${path} is still ${body.status}: ${JSON.stringify(body).slice(0, 2000)}`);
    }
  }

  return {
    url,
    call,
    expect,
    createTask: (body: CreateTask, headers?: Record<string, string>) =>
      expect<TaskBody>(201, 'POST', '/api/v1/tasks', { body, headers }),
    createTasks: async (tasks: readonly CreateTask[]) =>
      (await expect<{ tasks: TaskBody[] }>(201, 'POST', '/api/v1/tasks/batch', { body: { tasks } })).tasks,
    task: (id: string) => expect<TaskBody>(200, 'GET', `/api/v1/tasks/${id}`),
    settledTask: (id: string) => settled<TaskBody>(`/api/v1/tasks/${id}`, finalTaskStatuses),
    startWorkflow: (body: object) => expect<WorkflowBody>(201, 'POST', '/api/v1/workflows', { body }),
    workflow: (id: string) => expect<WorkflowBody>(200, 'GET', `/api/v1/workflows/${id}`),
    /** The workflow as soon as it has this status, which need not be final. */
    workflowWith: (id: string, status: WorkflowBody['status']) =>
      eventuallyHolds(async () => {
        const workflow = await expect<WorkflowBody>(200, 'GET', `/api/v1/workflows/${id}`);
        assert.equal(workflow.status, status);
        return workflow;
      }),
    settledWorkflow: (id: string) => settled<WorkflowBody>(`/api/v1/workflows/${id}`, finalWorkflowStatuses),
  };
}

export type Api = ReturnType<typeof createApi>;
