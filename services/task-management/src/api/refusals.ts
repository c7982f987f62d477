import { Problem, type ProblemDetail } from '@taskflow/kit-http';
import { jsonPointer } from '@taskflow/kit-json';
import type { RefusedCommand, WorkflowRefusal } from '../application/advance/advance-command.ts';
import type { TaskRefusal } from '../domain/task/task-commands.ts';
import { isFinalWorkflow, type WorkflowStatus } from '../domain/workflow/workflow-status.ts';
import type { GraphProblem } from '../domain/workflow/graph.ts';

export const limits = {
  /** Bytes of one payload or input. */
  payloadBytes: 256 * 1024,
  taskBodyBytes: 1024 * 1024,
  workflowBodyBytes: 8 * 1024 * 1024,
  batchBodyBytes: 16 * 1024 * 1024,
} as const;

/** Members that are part of the documented surface and not built yet: refused by name, never ignored. */
export function refuseUnavailable(present: readonly (readonly PropertyKey[])[]): void {
  if (present.length === 0) return;
  const errors = present.slice(0, 50).map((path) => ({
    pointer: jsonPointer(path),
    code: 'not_available',
    detail: 'is not available in this version',
  }));
  const names = [...new Set(present.map((path) => String(path.at(-1))))].join(', ');
  throw new Problem(422, {
    code: 'not_available',
    detail: `This version does not have ${names} yet. Leave it out; nothing was created.`,
    errors,
  });
}

/** JSON text of a payload, or 413. */
export function payloadText(payload: unknown, path: readonly PropertyKey[]): string {
  const text = JSON.stringify(payload) ?? 'null';
  // A UTF-16 unit takes at most three bytes in UTF-8, so most texts need no counting.
  if (text.length * 3 <= limits.payloadBytes || Buffer.byteLength(text) <= limits.payloadBytes) return text;
  const detail = `is larger than ${limits.payloadBytes} bytes`;
  throw new Problem(413, {
    code: 'payload_too_large',
    detail: `The value at ${jsonPointer(path)} ${detail}. Store it elsewhere and pass a reference to it.`,
    errors: [{ pointer: jsonPointer(path), code: 'payload_too_large', detail }],
  });
}

export function notFound(what: 'task' | 'workflow' | 'definition', id: string): Problem {
  return new Problem(404, { code: 'not_found', detail: `There is no ${what} "${id}".` });
}

export function keyMismatch(): Problem {
  return new Problem(422, {
    code: 'idempotency_key_mismatch',
    detail:
      'This Idempotency-Key was used before with another request. Send the same body again, or use a new key for a new request.',
  });
}

/** An empty answer would say that there are none. */
export function unreadableSteps(): Problem {
  return new Problem(422, {
    code: 'cannot_apply',
    detail: 'The steps of this workflow cannot be read, so that nothing can be said of them. Nothing was changed.',
  });
}

/** Refuses a request that asks for what cannot be made or written, and never will be. */
export function cannotCreate(reason: string): Problem {
  return new Problem(422, {
    code: 'cannot_apply',
    detail: `This cannot be carried out: ${reason}. Nothing was created, and the same request will be refused again.`,
  });
}

export function invalidKey(): Problem {
  return new Problem(422, {
    code: 'invalid_idempotency_key',
    detail: 'An Idempotency-Key has 1 to 255 visible ASCII characters, with or without quotes around it.',
  });
}

/** What a command was about. */
type Commanded = 'task' | 'workflow' | 'event';

type Sentence = (refused: {
  what: Commanded;
  status: string;
  names: string;
  workflowId: string;
  reason: string;
}) => string;

const sentences: Readonly<Record<TaskRefusal | WorkflowRefusal, Sentence>> = {
  already_finished: ({ what, status }) => `The ${what} is ${status} already, and a final state never changes.`,
  already_completed: ({ what }) => `The ${what} completed; only one that did not can be run again.`,
  not_finished: ({ what, status, names }) =>
    isFinalWorkflow(status as WorkflowStatus)
      ? `The ${what} is ${status}, and ${names === '' ? 'some of it' : names} has still to end. Retry it a little later.`
      : `The ${what} is ${status}; only one that has ended can be run again.`,
  retry_of_step: ({ workflowId }) =>
    `The task carries out a step of a workflow. Run the workflow again instead: POST /api/v1/workflows/${workflowId}/retry.`,
  not_available: ({ what, status, workflowId }) =>
    workflowId === ''
      ? `The ${what} is ${status}, and there is no such command for it.`
      : `No worker runs this: it stands for a step of the workflow ${workflowId}. Command the workflow instead.`,
  already_compensating: ({ status }) => `The workflow is ${status}: what it did is being undone already.`,
  cancel_requested: () =>
    'The workflow is being cancelled without compensation. When it has ended, retry it or undo its steps by hand.',
  not_running: ({ status }) => `The workflow is ${status}; only one that is running or waiting can be paused.`,
  not_paused: ({ status }) => `The workflow is ${status} and not paused.`,
  unknown_step: ({ names }) => `The workflow has no step ${names}.`,
  from_not_available: ({ status }) => `The workflow is ${status}, so it runs again as a whole. Leave "from" out.`,
  incompatible_graph: ({ names }) =>
    `The latest version does not fit what is done already: ${names} differ. Retry with version "same", or from an earlier step.`,
  not_registered: () =>
    'The workflow was started from steps in the request, so there is no later version of it. Retry with version "same".',
  compensation_not_stuck: ({ names }) => `The compensation of ${names} is not stuck, so there is nothing to settle.`,
  signal_not_expected: ({ names }) =>
    names === '' ? 'No step of the workflow waits for a signal.' : `The workflow waits for other signals: ${names}.`,
  too_many_signals: () => 'As many signals as may wait for their steps are waiting already.',
  key_mismatch: () => keyMismatch().message,
  stuck: () =>
    'The workflow is stuck and takes nothing but signals, a retry as it is (without "from" and "version") and a cancel without compensation.',
  cannot_apply: ({ what, reason }) =>
    what === 'event'
      ? `The event cannot be given to a step that waits for it: ${reason}. Nothing was changed. Send another payload.`
      : `The ${what} cannot take this: ${reason}. Nothing was changed. Send something else, or cancel the ${what}.`,
};

const statuses: Readonly<Partial<Record<TaskRefusal | WorkflowRefusal, number>>> = {
  unknown_step: 422,
  cannot_apply: 422,
  too_many_signals: 429,
};

/** Says why a command is not done: 409 unless the request itself is at fault. */
export function refusedCommand(
  what: Commanded,
  { refusal, status, names = [], workflowId = '', reason = '' }: Omit<RefusedCommand, 'kind'>,
): Problem {
  if (refusal === 'key_mismatch') return keyMismatch();
  const listed = names.slice(0, 20).map((name) => `"${name}"`);
  const detail = sentences[refusal]({ what, status, workflowId, reason, names: listed.join(', ') });
  return new Problem(statuses[refusal] ?? 409, {
    code: refusal,
    detail,
    extensions: { currentStatus: status, ...(names.length > 0 && { names: names.slice(0, 100) }) },
  });
}

/** All problems of a graph at once. The code is that of the first one. `prefix` leads to the graph in the body. */
export function invalidGraph(problems: readonly GraphProblem[], prefix: string): Problem {
  const errors = problems.map(({ code, pointer, detail, steps }) => ({
    pointer: `#${prefix}${pointer}`,
    code,
    detail,
    steps: steps.slice(0, 100),
  })) satisfies ProblemDetail[];
  const first = problems[0];
  return new Problem(422, {
    code: first?.code ?? 'invalid_graph',
    detail: first?.detail ?? 'The graph is not valid.',
    errors,
    extensions: { steps: [...new Set(problems.flatMap(({ steps }) => steps))].slice(0, 100) },
  });
}
