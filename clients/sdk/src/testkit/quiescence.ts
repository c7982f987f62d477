import { pause } from '../api/backoff.ts';
import type { TaskHandle } from '../client/task-handle.ts';
import type { WorkflowHandle } from '../client/workflow-handle.ts';
import { TaskFlowError } from '../errors.ts';
import type { CalledTask } from './handler-calls.ts';
import type { TestPlatform } from './platform-testing.ts';

export type StartedHandle = TaskHandle<unknown> | WorkflowHandle<unknown>;

/** Real time that a handler has before virtual time passes over it, in milliseconds. */
export const handlerPatienceMs = 1_000;
/** Real time after which a result that nobody moves time for is looked at. */
const lookAfterMs = 1_000;

const final = ['completed', 'failed', 'cancelled', 'skipped', 'compensated'];

export function isFinal(status: string): boolean {
  return final.includes(status);
}

/** `nextDueAt`: when time would move something, where it would. */
export function quiescenceError(id: string, nextDueAt?: number): TaskFlowError {
  const help =
    nextDueAt === undefined
      ? 'no time that passes will end it: give it what it waits for, such as a signal'
      : `nothing moves before ${new Date(nextDueAt).toISOString()} of virtual time: let it pass with advance(), or use execute()`;
  return new TaskFlowError('stands_still', `${id} has not ended, and ${help}`);
}

/** A test most often meets it by returning a promise, without await, from the scope of its kit. */
export function closed(cause?: unknown): TaskFlowError {
  const message = 'the test kit was closed before this was answered: await it while it is open';
  return new TaskFlowError('closed', message, { cause });
}

/** The engine's own refusals, as errors of this package. */
export async function explained<Answer>(work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'engine_killed') throw closed(error);
    if (code !== 'not_settled') throw error;
    throw new TaskFlowError('not_settled', (error as Error).message, { cause: error });
  }
}

/** Time moves at one hand: whoever comes second waits. */
export class TimeHand {
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  get isFree(): boolean {
    return this.#pending === 0;
  }

  hold<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    this.#pending += 1;
    const mine = this.#last.then(work).finally(() => {
      this.#pending -= 1;
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

const callOrder = Symbol('call order');

/** The handle, which knows in which order the kit's handlers were called. */
export function withCallOrder<Handle extends StartedHandle>(
  handle: Handle,
  order: () => readonly CalledTask[],
): Handle {
  return { ...handle, [callOrder]: order };
}

/** Throws where the handle was not given by a kit. */
export function callOrderOf(handle: StartedHandle): readonly CalledTask[] {
  const order: unknown = Reflect.get(handle, callOrder);
  if (typeof order !== 'function') {
    throw new TaskFlowError('no_testkit', `${handle.id} is no run of a testkit(), so nobody watched what it called`);
  }
  return order() as readonly CalledTask[];
}

/** The handle, whose `result` rejects instead of waiting for ever when nobody moves time. */
export function impatient<Handle extends StartedHandle>(
  handle: Handle,
  platform: TestPlatform,
  hand: TimeHand,
): Handle {
  async function standing(signal: AbortSignal): Promise<never> {
    for (;;) {
      await pause(lookAfterMs, signal);
      if (!hand.isFree) continue;
      const { nextDueAt } = await hand.hold(() => explained(platform.settle(handlerPatienceMs)));
      if (!isFinal(await handle.status()) && hand.isFree) throw quiescenceError(handle.id, nextDueAt);
    }
  }

  async function result(options?: Parameters<Handle['result']>[0]): Promise<unknown> {
    const ended = new AbortController();
    try {
      return await Promise.race([handle.result(options), standing(ended.signal)]);
    } finally {
      ended.abort();
    }
  }
  return { ...handle, result };
}
