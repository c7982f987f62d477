import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { signal } from '../definitions/signal.ts';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { CancelledError, ConflictError, TerminalError, WorkflowFailedError } from '../errors.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { createWorker } from '../worker/create-worker.ts';
import { systemClock } from '../worker/worker-clock.ts';
import { createTaskFlow } from './create-taskflow.ts';
import type { TaskFlow } from './taskflow.ts';
import type { WorkflowHandle } from './workflow-handle.ts';

/** Lines that handlers reported, in order. */
const reported: string[] = [];
let broken = false;
const report = task({ id: 'report', run: (what: string) => void reported.push(what) });
const odd = task({
  id: 'odd',
  run: (n: number) => {
    if (n % 2 === 0) throw new TerminalError(`${n} is even`, { code: 'even' });
    return n;
  },
});
const work = task({
  id: 'work',
  run: (what: string) => {
    reported.push(what);
    if (what === 'breaks' && broken) throw new TerminalError('broken', { code: 'broken' });
    return what;
  },
});
const Go = signal({ id: 'go', payload: z.object({}) });

const fans = workflow({ id: 'fans', input: z.object({ list: z.array(z.number()) }) }, (w) => {
  const all = w.each('all', odd, {
    over: ({ input }) => input.list,
    concurrency: 1,
    input: (n) => n,
    compensate: {
      task: report,
      input: ({ output }) => `undo ${output.join()}`,
      unknown: ({ input }) => `undo some of ${input.list.join()}`,
    },
  });
  const last = w.step('last', odd, { needs: { all }, input: () => 2 });
  return w.output({ last }, ({ last }) => last);
});
const inner = workflow({ id: 'inner', input: z.object({ waits: z.boolean() }) }, (w) => {
  const first = w.run('first', { compensate: { task: report, input: () => 'undo inner' } }, () => 1n);
  const wait = w.waitFor('wait', Go, { needs: { first }, when: ({ input }) => input.waits, timeout: '20s' });
  return w.output({ first, wait }, ({ first }) => first);
});
const outer = workflow({ id: 'outer', input: z.object({ waits: z.boolean() }) }, (w) => {
  const child = w.child('child', inner, {
    input: ({ input }) => input,
    compensate: { task: report, input: ({ output }) => `undo child ${output + 1n}` },
  });
  const last = w.step('last', odd, { needs: { child }, input: () => 2 });
  return w.output({ last }, ({ last }) => last);
});
const forever = task({
  id: 'forever',
  retry: { maxAttempts: 1 },
  timeout: { attempt: '50ms' },
  run: () => new Promise<string>(() => {}),
});
const unsure = workflow({ id: 'unsure' }, (w) => {
  const undo = { task: report, input: ({ output }: { output: string }) => `undo ${output}` };
  const asked = w.step('asked', forever, { input: () => null, compensate: { ...undo, unknown: () => 'undo in case' } });
  const blind = w.step('blind', forever, { input: () => null, compensate: undo });
  return w.output({ asked, blind }, () => 1);
});
const badOver = workflow({ id: 'bad-over' }, (w) => {
  const all = w.each('all', odd, {
    over: (): number[] => {
      throw new RangeError('no list today');
    },
    input: (n) => n,
  });
  return w.output({ all }, ({ all }) => all);
});
const line = (version: number, last: string) =>
  workflow({ id: 'line', version }, (w) => {
    const first = w.step('first', work, { input: () => 'first' });
    const second = w.step('second', work, { needs: { first }, input: () => 'breaks' });
    const third = w.step(last, work, { needs: { second }, input: () => last });
    return w.output({ third }, ({ third }) => third);
  });
const [line1, line2] = [line(1, 'third'), line(2, 'another')];

describe('a running workflow in code', () => {
  let taskflow: TaskFlow;
  before(async () => {
    const definitions = [fans, outer, unsure, badOver, line1, line2];
    taskflow = createTaskFlow({ definitions, dataDir: false, log: recordingLog() });
    await taskflow.ready();
  });
  after(() => taskflow.close({ drain: 0 }));

  /** Resolves when the workflow has reached `status`. */
  async function reached(handle: WorkflowHandle<unknown>, status: string): Promise<void> {
    while ((await handle.details({ waitSeconds: 1 })).status !== status);
  }

  it('undoes a fan-out by its list, or by what is known where it ended in the middle', async () => {
    reported.length = 0;
    await assert.rejects(taskflow.execute(fans, { list: [1, 3] }), WorkflowFailedError);
    await assert.rejects(taskflow.execute(fans, { list: [5, 4, 7] }), WorkflowFailedError);
    assert.deepEqual(reported, ['undo 1,3', 'undo some of 5,4,7']);
  });

  it('undoes a step of which nobody knows whether it has done its work, without a result', async () => {
    reported.length = 0;
    await assert.rejects(taskflow.execute(unsure, undefined), (error: unknown) => {
      return error instanceof WorkflowFailedError && error.code === 'attempt_timeout' && error.undone;
    });
    assert.deepEqual(reported.toSorted(), ['undo in case', 'undo undefined']);
  });

  it('names the step and the function when a mapping throws', async () => {
    await assert.rejects(taskflow.execute(badOver, undefined), (error: unknown) => {
      assert.ok(error instanceof WorkflowFailedError);
      assert.deepEqual([error.step, error.code], ['all', 'mapping_failed']);
      return error.message.includes('"over" of step "all" of workflow "bad-over" threw: no list today');
    });
  });

  it('undoes a child that completed by what undoes its step', async () => {
    reported.length = 0;
    await assert.rejects(taskflow.execute(outer, { waits: false }), WorkflowFailedError);
    assert.deepEqual(reported, ['undo child 2']);
  });

  it('lets a child that still runs undo itself', async () => {
    reported.length = 0;
    const handle = await taskflow.start(outer, { waits: true });
    await reached(handle, 'waiting');
    const childId = (await handle.details()).steps.find(({ key }) => key === 'child')?.childId ?? '';
    const child = await taskflow.handle(inner, childId);
    await reached(child, 'waiting');
    await handle.cancel({ compensate: true });
    await assert.rejects(handle.result({ timeout: '20s' }), CancelledError);
    await assert.rejects(child.result({ timeout: '20s' }), CancelledError);
    assert.deepEqual(reported, ['undo inner']);
  });

  it('goes on from a step, and in the latest version', async () => {
    reported.length = 0;
    broken = true;
    const handle = await taskflow.start(line1, undefined);
    await assert.rejects(handle.result(), WorkflowFailedError);
    broken = false;
    assert.equal(await (await handle.retry()).result(), 'third');
    assert.deepEqual(reported, ['first', 'breaks', 'breaks', 'third']);

    broken = true;
    const second = await taskflow.start(line1, undefined);
    await assert.rejects(second.result(), WorkflowFailedError);
    broken = false;
    reported.length = 0;
    await taskflow.start(line2, undefined).then((other) => other.result());
    reported.length = 0;
    assert.equal(await (await second.retry({ from: 'first', version: 'latest' })).result(), 'another');
    assert.deepEqual(reported, ['first', 'breaks', 'another']);
  });

  it('keeps its graph while a worker puts a changed one in its place', async () => {
    const { url } = await taskflow.ready();
    const options = { url, definitions: [line(1, 'changed')], concurrency: 1 };
    const environment = { clock: systemClock, random: Math.random };
    const strict = createWorker({ ...options, log: recordingLog() }, { ...environment, production: true });
    await assert.rejects(strict.run(), (error: unknown) => {
      assert.ok(error instanceof ConflictError);
      assert.match(error.message, /added: changed; removed: third; changed: \$output \(.*dependsOn/);
      return true;
    });
    const log = recordingLog();
    const lenient = createWorker({ ...options, log }, { ...environment, production: false });
    const running = lenient.run();
    await lenient.ready();
    assert.ok(log.lines.some(({ level, message }) => level === 'warn' && message.includes('added: changed')));
    await lenient.drain(0);
    await running;
  });
});
