import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { event } from '../definitions/event.ts';
import { signal } from '../definitions/signal.ts';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { CancelledError, InvalidInputError, TaskFlowError, WorkflowFailedError } from '../errors.ts';
import { type FakePlatform, fakePlatform, type RecordedRequest } from '../testing/fake-platform.ts';
import { createTaskFlow } from './create-taskflow.ts';
import type { WorkflowHandle } from './workflow-handle.ts';

const id = '01a1fc07-1729-710a-b3cf-20916ad65c27';
const path = `/api/v1/workflows/${id}`;
const now = task({ id: 'now', run: (at: Date) => at });
const wait = workflow({ id: 'wait', input: z.object({ at: z.date() }) }, (w) =>
  w.output({ at: w.step('now', now, { input: ({ input }) => input.at }) }, ({ at }) => at),
);
const Approved = signal({ id: 'order/approved', payload: z.object({ by: z.string(), at: z.date() }) });
const Scanned = event({
  id: 'scanned',
  payload: z.object({ belt: z.string().transform(Number) }),
  key: ({ belt }) => belt + 1,
});

async function withHandle(
  use: (handle: WorkflowHandle<Date>, platform: FakePlatform, sent: () => RecordedRequest) => Promise<void>,
): Promise<void> {
  await using platform = await fakePlatform();
  const handle = await createTaskFlow({ url: platform.url }).handle(wait, id);
  await use(handle, platform, () => {
    const request = platform.requests.at(-1);
    assert.ok(request);
    return request;
  });
}
/** The workflow as it is read from now on. */
function reading(platform: FakePlatform, ...bodies: object[]): void {
  platform.answer(() => {
    const body = bodies.length > 1 ? bodies.shift() : bodies[0];
    return { status: 200, body: { id, name: 'wait', ...body } };
  });
}
const refused = (code: string) => (error: unknown) => error instanceof TaskFlowError && error.code === code;

describe('a workflow handle', () => {
  for (const [what, call, verb, body] of [
    ['cancels', (handle) => handle.cancel(), 'cancel', {}],
    [
      'cancels and undoes',
      (handle) => handle.cancel({ reason: 'no', compensate: true }),
      'cancel',
      { reason: 'no', compensate: true },
    ],
    ['pauses', (handle) => handle.pause(), 'pause', {}],
    ['pauses with a reason', (handle) => handle.pause('audit'), 'pause', { reason: 'audit' }],
    ['resumes', (handle) => handle.resume(), 'resume', {}],
    ['retries', (handle) => handle.retry(), 'retry', {}],
    [
      'retries from a step',
      (handle) => handle.retry({ from: 'now', version: 'latest' }),
      'retry',
      { from: 'now', version: 'latest' },
    ],
    [
      'settles a compensation',
      (handle) => handle.settleCompensation('pay$1', 'by hand'),
      'steps/pay%241/compensation/settle',
      { reason: 'by hand' },
    ],
  ] as readonly (readonly [string, (handle: WorkflowHandle<Date>) => Promise<unknown>, string, object])[]) {
    it(what, async () => {
      await withHandle(async (handle, _platform, sent) => {
        await call(handle);
        assert.deepEqual([sent().method, sent().path, sent().body], ['POST', `${path}/${verb}`, body]);
      });
    });
  }

  it('goes on after a retry', async () => {
    await withHandle(async (handle) => assert.equal(await handle.retry(), handle));
  });

  it('reads what a cancel would undo', async () => {
    await withHandle(async (handle, platform, sent) => {
      const plan = { compensations: [], pastPointOfNoReturn: ['ship'], withoutCompensation: [] };
      platform.answer(() => ({ status: 200, body: plan }));
      assert.deepEqual(await handle.compensationPlan(), plan);
      assert.deepEqual([sent().method, sent().path], ['GET', `${path}/compensation-plan`]);
    });
  });

  it('sends a signal as its sender gave it, once', async () => {
    await withHandle(async (handle, _platform, sent) => {
      const at = new Date(0);
      await handle.signal(Approved, { by: 'ana', at });
      assert.equal(sent().path, `${path}/signals/order%2Fapproved`);
      assert.deepEqual(sent().body, { by: 'ana', at: { $taskflow: 'Date', value: at.toISOString() } });
      const first = sent().headers['idempotency-key'];
      await handle.signal(Approved, { by: 'ana', at });
      assert.ok(first !== undefined && first !== sent().headers['idempotency-key']);
      await handle.signal(Approved, { by: 'ana', at }, { idempotencyKey: 'mine' });
      assert.equal(sent().headers['idempotency-key'], 'mine');
    });
  });

  it('refuses a signal whose payload its schema refuses, before anything is sent', async () => {
    await withHandle(async (handle, platform) => {
      await assert.rejects(handle.signal(Approved, { by: 5 } as never), (error: unknown) => {
        return error instanceof InvalidInputError && error.message.includes('order/approved');
      });
      assert.equal(platform.requests.length, 0);
    });
  });

  it('refuses options that it does not have, instead of ignoring them', async () => {
    await withHandle(async (handle, platform) => {
      await assert.rejects(handle.retry({ input: {} as never }), refused('not_available'));
      await assert.rejects(handle.retry({ step: 'a' } as never), refused('unknown_option'));
      await assert.rejects(handle.cancel({ because: 'a' } as never), refused('unknown_option'));
      const payload = { by: 'ana', at: new Date(0) };
      await assert.rejects(handle.signal(Approved, payload, { key: 'a' } as never), refused('unknown_option'));
      const alone = await createTaskFlow({ url: platform.url }).handle(now, id);
      await assert.rejects(alone.cancel({ compensate: true } as never), refused('unknown_option'));
      assert.equal(platform.requests.length, 0);
    });
  });

  it('refuses verbs that are not there yet', async () => {
    await withHandle(async (handle) => {
      for (const verb of ['events', 'explain'] as const) {
        assert.throws(() => handle[verb](undefined as never), refused('not_available'));
      }
    });
  });
});

describe('the result of a workflow', () => {
  const error = { code: 'card_declined', message: 'no money', step: 'pay' };

  it('is the value that the output step returned', async () => {
    await withHandle(async (handle, platform) => {
      reading(platform, { status: 'completed', output: { $taskflow: 'Date', value: '2026-01-02T03:04:05.000Z' } });
      assert.deepEqual(await handle.result(), new Date('2026-01-02T03:04:05Z'));
    });
  });

  it('is waited for while steps are undone, and while that is stuck', async () => {
    await withHandle(async (handle, platform) => {
      const stages = ['waiting', 'paused', 'compensating', 'compensation-stuck', 'compensating', 'compensated'];
      reading(platform, ...stages.map((status) => ({ status, error })));
      await assert.rejects(handle.result(), (thrown: unknown) => {
        assert.ok(thrown instanceof WorkflowFailedError);
        assert.deepEqual([thrown.code, thrown.step, thrown.undone], ['card_declined', 'pay', true]);
        return thrown.message.includes('undone');
      });
      assert.equal(platform.requests.length, stages.length);
    });
  });

  it('says of a failure that nothing was undone', async () => {
    await withHandle(async (handle, platform) => {
      reading(platform, { status: 'failed', error });
      await assert.rejects(handle.result(), (thrown: unknown) => {
        return thrown instanceof WorkflowFailedError && !thrown.undone && !thrown.message.includes('undone');
      });
    });
  });

  it('is a cancel where it was cancelled, undone or not', async () => {
    await withHandle(async (handle, platform) => {
      reading(platform, { status: 'cancelled', cancelRequested: true });
      await assert.rejects(handle.result(), (thrown: unknown) => {
        return thrown instanceof CancelledError && !thrown.message.includes('undone');
      });
      reading(platform, { status: 'compensated', cancelRequested: true, reason: 'no' });
      await assert.rejects(handle.result(), (thrown: unknown) => {
        return thrown instanceof CancelledError && thrown.message.includes('undone');
      });
    });
  });
});

describe('emit()', () => {
  it('sends the event to the waits that its key names', async () => {
    await using platform = await fakePlatform();
    platform.answer(() => ({ status: 202, body: { matched: 3 } }));
    const taskflow = createTaskFlow({ url: platform.url });
    assert.deepEqual(await taskflow.emit(Scanned, { belt: '7' }, { idempotencyKey: 'mine' }), { matched: 3 });
    const [request] = platform.requests;
    assert.deepEqual([request?.method, request?.path], ['POST', '/api/v1/workflow-events/scanned']);
    assert.deepEqual(request?.body, { key: 8, payload: { belt: '7' } });
    assert.equal(request?.headers['idempotency-key'], 'mine');
  });

  it('refuses an event that finds no wait, and a payload that its schema refuses', async () => {
    await using platform = await fakePlatform();
    const taskflow = createTaskFlow({ url: platform.url });
    const keyless = event({ id: 'keyless', payload: z.object({}) });
    await assert.rejects(taskflow.emit(keyless, {}), refused('event_without_key'));
    await assert.rejects(taskflow.emit(Scanned, { belt: 7 } as never), refused('invalid_input'));
    assert.equal(platform.requests.length, 0);
  });
});

describe('values on the way to the server', () => {
  it('are written so that they come back', async () => {
    await using platform = await fakePlatform();
    const ended = { id, status: 'completed', result: { $taskflow: 'undefined' } };
    platform.answer(() => ({ status: 201, body: { ...ended, tasks: [ended] } }));
    const taskflow = createTaskFlow({ url: platform.url });
    const at = { $taskflow: 'Date', value: '1970-01-01T00:00:00.000Z' };
    assert.equal(await taskflow.execute(now, new Date(0)), undefined);
    await taskflow.startMany(now, [{ input: new Date(0) }]);
    await taskflow.start(wait, { at: new Date(0) });
    const bodies = platform.requests.filter(({ method }) => method === 'POST').map(({ body }) => body);
    assert.deepEqual(bodies[0], { type: 'now', payload: at });
    assert.deepEqual(bodies[1], { tasks: [{ type: 'now', payload: at }] });
    assert.deepEqual(bodies[3], { definition: 'wait', version: 1, input: { at } });
  });

  it('are refused with their place', async () => {
    await using platform = await fakePlatform();
    const taskflow = createTaskFlow({ url: platform.url });
    const loose = task({ id: 'loose', run: (input: unknown) => input });
    await assert.rejects(taskflow.start(loose, { deep: [() => 1] }), (error: unknown) => {
      return error instanceof InvalidInputError && error.message.includes('/deep/0');
    });
    assert.equal(platform.requests.length, 0);
  });
});
