import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { CancelledError, InvalidInputError, TaskFailedError, WorkflowFailedError } from '../errors.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { builtIn } from '../worker/built-in-tasks.ts';
import { createTaskFlow } from './create-taskflow.ts';
import type { TaskFlow } from './taskflow.ts';

const seen: { attempt: number; key: string }[] = [];
const flaky = task({
  id: 'flaky',
  retry: { maxAttempts: 3, initial: '10ms', jitter: 'none' },
  run: (_input: null, { attempt, idempotencyKey }) => {
    seen.push({ attempt, key: idempotencyKey });
    if (attempt < 3) throw new Error(`attempt ${attempt}`);
    return attempt;
  },
});
const declined = task({
  id: 'declined',
  retry: { nonRetryable: [RangeError] },
  run: (_input: null): null => {
    throw new RangeError('too much');
  },
});
const endless = { began: Promise.withResolvers<void>(), aborted: Promise.withResolvers<unknown>() };
const waits = task({
  id: 'waits',
  run: (_input: null, { signal }) => {
    endless.began.resolve();
    signal.addEventListener('abort', () => endless.aborted.resolve(signal.reason));
    return new Promise<null>(() => {});
  },
});
const add = task({ id: 'add', input: z.object({ a: z.number(), b: z.number() }), run: ({ a, b }) => ({ sum: a + b }) });
const sums = workflow({ id: 'sums', input: z.object({ n: z.number().default(1) }) }, (w) => {
  const left = w.step('left', add, { input: ({ input }) => ({ a: input.n, b: 1 }) });
  const right = w.step('right', add, { input: ({ input }) => ({ a: input.n, b: 2 }) });
  const both = w.step('both', add, {
    needs: { left, right },
    input: (results) => ({ a: results.left.sum, b: results.right.sum }),
  });
  return w.output({ both, left }, (results) => ({ total: results.both.sum, left: results.left.sum }));
});
const fails = workflow({ id: 'fails' }, (w) => {
  const bad = w.step('bad', declined, { input: () => null });
  const never = w.step('never', add, { needs: { bad }, input: () => ({ a: 1, b: 1 }) });
  return w.output({ never }, (results) => results.never.sum);
});

describe('TaskFlow in this process', () => {
  let taskflow: TaskFlow;
  before(async () => {
    const definitions = [flaky, declined, waits, sums, fails];
    taskflow = createTaskFlow({ definitions, dataDir: false, log: recordingLog() });
    await taskflow.ready();
  });
  after(() => taskflow.close({ drain: 0 }));

  it('carries a typed workflow out: defaults, mappings, fan-in and output', async () => {
    assert.deepEqual(await taskflow.execute(sums, { n: 40 }), { total: 83, left: 41 });
    assert.deepEqual(await taskflow.execute(sums, {}), { total: 5, left: 2 });
  });

  it('tries a task again, with the same key for third parties', async () => {
    assert.equal(await taskflow.execute(flaky, null), 3);
    assert.deepEqual(
      seen.map(({ attempt }) => attempt),
      [1, 2, 3],
    );
    assert.equal(new Set(seen.map(({ key }) => key)).size, 1);
  });

  it('does not try again what can never succeed', async () => {
    await assert.rejects(taskflow.execute(declined, null), (error: unknown) => {
      assert.ok(error instanceof TaskFailedError);
      assert.equal(error.attempts, 1);
      return error.failure.message === 'too much';
    });
  });

  it('names the step that failed a workflow', async () => {
    await assert.rejects(taskflow.execute(fails, undefined), (error: unknown) => {
      return error instanceof WorkflowFailedError && error.step === 'bad';
    });
  });

  it('aborts a running handler when its task is cancelled', async () => {
    const handle = await taskflow.start(waits, null);
    await endless.began.promise;
    await handle.cancel({ reason: 'not needed any more' });
    assert.ok((await endless.aborted.promise) instanceof CancelledError);
    await assert.rejects(handle.result(), CancelledError);
  });

  it('starts the same task for the same key', async () => {
    const options = { idempotencyKey: 'once' };
    const [first, second] = [
      await taskflow.start(builtIn.noop, { a: 1 }, options),
      await taskflow.start(builtIn.noop, { a: 1 }, options),
    ];
    assert.equal(first.id, second.id);
    await assert.rejects(taskflow.start(builtIn.noop, { a: 2 }, options), InvalidInputError);
  });

  it('starts many and gives each its own result', async () => {
    const items = Array.from({ length: 1_200 }, (_, n) => ({ input: { n } }));
    const handles = await taskflow.startMany(builtIn.noop, items);
    assert.deepEqual(await handles.at(0)?.result(), { n: 0 });
    assert.deepEqual(await handles.at(-1)?.result(), { n: 1_199 });
  });

  it('refuses what its worker does not hold, instead of letting it wait for ever', async () => {
    const stranger = task({ id: 'stranger', run: () => 1 });
    await assert.rejects(taskflow.start(stranger, null), (error: unknown) => {
      return error instanceof InvalidInputError && error.code === 'definition_not_held';
    });
  });
});
