import { pause } from '../api/backoff.ts';
import type { TaskContext } from '../definitions/context.ts';
import { task } from '../definitions/task.ts';
import { RetryableError, TerminalError } from '../errors.ts';

/** `taskflow.noop`: returns its payload. */
export const noop = task({ id: 'taskflow.noop', run: (payload: unknown) => payload });

/** `taskflow.sleep`: waits for `ms` milliseconds. */
export const sleep = task({
  id: 'taskflow.sleep',
  run(payload: { readonly ms: number }, ctx): Promise<{ ms: number }> {
    const ms = memberOf(payload, 'ms');
    if (typeof ms !== 'number' || !(ms >= 0 && ms <= 2 ** 31 - 1)) {
      throw new TerminalError('taskflow.sleep needs ms, a number of 0..2147483647', { code: 'invalid_input' });
    }
    return pause(ms, ctx.signal).then(() => ({ ms }));
  },
});

/** `taskflow.fail`: fails the first `times` attempts, or every one. */
export const fail = task({
  id: 'taskflow.fail',
  run(payload: { readonly message?: string; readonly times?: number }, ctx: TaskContext): { attempts: number } {
    const message = memberOf(payload, 'message');
    const times = memberOf(payload, 'times') ?? Number.POSITIVE_INFINITY;
    if (typeof times !== 'number') {
      throw new TerminalError('taskflow.fail: times must be a number', { code: 'invalid_input' });
    }
    if (ctx.attempt > times) return { attempts: ctx.attempt };
    throw new RetryableError(typeof message === 'string' ? message : 'failed as asked', { code: 'failed_as_asked' });
  },
});

/**
 * The task types that every worker has, usable as steps too.
 *
 * @example
 * import { builtIn, createTaskFlow } from '@taskflow/sdk';
 *
 * await using taskflow = createTaskFlow({ url: 'http://127.0.0.1:7400' });
 * console.log(await taskflow.execute(builtIn.sleep, { ms: 10 })); // { ms: 10 }
 */
export const builtIn = Object.freeze({ noop, sleep, fail });

function memberOf(payload: unknown, name: string): unknown {
  return typeof payload === 'object' && payload !== null ? Reflect.get(payload, name) : undefined;
}
