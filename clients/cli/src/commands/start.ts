import { randomUUID } from 'node:crypto';
import {
  CancelledError,
  deadlineSignal,
  durationMs,
  TaskFailedError,
  TimedOutError,
  WorkflowFailedError,
  type Duration,
  type TaskBody,
  type WorkflowBody,
} from '@taskflow/sdk';
import type { CommandContext } from '../command-context.ts';
import { StuckError } from '../exit-code.ts';
import { type Followed, follow } from '../follow.ts';
import { readInput } from '../input-argument.ts';
import { parsePriority, parseTags } from '../option-values.ts';

export interface StartOptions {
  readonly input?: string;
  readonly task?: boolean;
  readonly definitionVersion?: number;
  readonly priority?: string;
  readonly queue?: string;
  readonly tag?: readonly string[];
  readonly key?: string;
  readonly wait?: boolean;
  readonly timeout?: string;
}

/** Starts a workflow by its registered definition, or with `--task` a task by its type. */
export async function start(context: CommandContext, name: string, options: StartOptions): Promise<void> {
  const input = options.input === undefined ? undefined : await readInput(options.input, context.readStdin);
  const kind = options.task === true ? 'tasks' : 'workflows';
  const body = kind === 'tasks' ? taskBody(name, input, options) : workflowBody(name, input, options);
  const started = await context.api.request<TaskBody & WorkflowBody>({
    method: 'POST',
    path: `/api/v1/${kind}`,
    body,
    idempotencyKey: options.key ?? randomUUID(),
  });
  const url = `${context.api.url}/api/v1/${kind}/${started.id}`;
  if (options.wait !== true) {
    context.terminal.one(
      started,
      [
        ['id', started.id],
        ['status', started.status],
        ['url', url],
      ],
      started.id,
    );
    return;
  }
  context.terminal.note(`started ${started.id}`);
  const ended = await wait(context, { kind, body: started }, options.timeout);
  context.terminal.json(resultOf(ended));
}

function workflowBody(definition: string, input: unknown, options: StartOptions): object {
  return {
    definition,
    ...(options.definitionVersion !== undefined && { version: options.definitionVersion }),
    ...(input !== undefined && { input }),
    ...(options.priority !== undefined && { priority: parsePriority(options.priority) }),
  };
}

function taskBody(type: string, payload: unknown, options: StartOptions): object {
  return {
    type,
    ...(payload !== undefined && { payload }),
    ...(options.priority !== undefined && { priority: parsePriority(options.priority) }),
    ...(options.queue !== undefined && { queue: options.queue }),
    ...(options.tag !== undefined && { tags: parseTags(options.tag) }),
  };
}

/** Follows to the end; Ctrl-C and the timeout let go of it without cancelling. */
async function wait(context: CommandContext, started: Followed, timeout: string | undefined): Promise<Followed> {
  const { id } = started.body;
  const goesOn = `it goes on; taskflow ${started.kind} cancel ${id} cancels it`;
  return context.detachable(`detached from ${id}: ${goesOn}`, async (interrupt) => {
    if (timeout === undefined) return follow(context.api, context.terminal, started, interrupt);
    const limit = deadlineSignal(durationMs(timeout as Duration));
    try {
      return await follow(context.api, context.terminal, started, AbortSignal.any([interrupt, limit.signal]));
    } catch (error) {
      if (limit.signal.aborted && !interrupt.aborted)
        throw new TimedOutError('timed_out', `${id} did not end within ${timeout}: ${goesOn}`);
      throw error;
    } finally {
      limit.stop();
    }
  });
}

/** The result of what completed; throws what says of the rest that it did not. */
export function resultOf({ kind, body }: Followed): unknown {
  const failure = body.error ?? { code: 'failed', message: 'no reason was recorded' };
  if (body.status === 'cancelled' || body.status === 'skipped')
    throw new CancelledError(`${body.id} was ${body.status}`);
  if (body.status === 'stuck') throw parked(kind, body.id, failure.message);
  if (kind === 'tasks') {
    if (body.status === 'completed') return body.result;
    throw new TaskFailedError(body.id, body.type, body.attempts, failure);
  }
  if (body.status === 'completed') return body.output;
  if (body.status === 'compensation-stuck') throw stuck(body);
  const compensated = body.status === 'compensated';
  if (compensated && (body.cancelRequested === true || body.error === undefined))
    throw new CancelledError(`${body.id} was cancelled, and its steps were undone`);
  throw new WorkflowFailedError(body.id, body.name, body.error?.step, failure, compensated);
}

function parked(kind: Followed['kind'], id: string, why: string): StuckError {
  return new StuckError(
    `${id} is parked: ${why} taskflow ${kind} retry ${id} tries it again; taskflow ${kind} cancel ${id} gives it up`,
  );
}

function stuck({ id, steps }: WorkflowBody): StuckError {
  const failed = steps.filter(({ compensation }) => compensation?.status === 'failed').map(({ key }) => key);
  const which = failed.length === 0 ? '' : ` of ${failed.join(', ')}`;
  return new StuckError(
    `${id} is parked: the undoing${which} failed for good. taskflow workflows retry ${id} tries it again; ` +
      `taskflow workflows settle ${id} <step> --reason <text> says that it was undone by hand`,
  );
}
