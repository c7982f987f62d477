import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import {
  aDelivery,
  type FakeConnection,
  type FakePlatform,
  fakePlatform,
  fakeSession,
} from '../testing/fake-platform.ts';
import { ManualWorkerClock } from '../testing/manual-worker-clock.ts';
import { recordingLog } from '../testing/recording-log.ts';
import { createWorker, type Worker, type WorkerOptions } from './create-worker.ts';
import { systemClock, type WorkerClock } from './worker-clock.ts';

interface Bench {
  readonly platform: FakePlatform;
  readonly connection: FakeConnection;
  readonly worker: Worker;
  readonly running: Promise<void>;
  readonly log: ReturnType<typeof recordingLog>;
}

/** A worker that has just registered. */
async function withWorker(
  options: Partial<WorkerOptions>,
  clock: WorkerClock,
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  await using platform = await fakePlatform();
  const log = recordingLog();
  const worker = createWorker(
    { url: platform.url, definitions: [], concurrency: 4, log, ...options },
    { clock, random: () => 0 },
  );
  const running = worker.run();
  running.catch(() => {});
  try {
    const connection = await platform.connection();
    await connection.register();
    await worker.ready();
    await use({ platform, connection, worker, running, log });
  } finally {
    platform.settleAll();
    let done = false;
    const drained = worker.drain(0).then(() => {
      done = true;
    });
    while (!done && clock instanceof ManualWorkerClock) {
      clock.advance(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await drained;
  }
}

/** A task whose attempts end when the test says so. */
function heldTask(id = 'held') {
  const begun: { readonly signal: AbortSignal; finish(result: unknown): void }[] = [];
  let count = 0;
  const waiting: ((of: (typeof begun)[number]) => void)[] = [];
  const definition = task({
    id,
    run: (_payload: unknown, { signal }) =>
      new Promise<unknown>((resolve) => {
        const attempt = { signal, finish: resolve };
        begun.push(attempt);
        count += 1;
        waiting.shift()?.(attempt);
      }),
  });
  const next = (): Promise<(typeof begun)[number]> => {
    const first = begun.shift();
    return first
      ? Promise.resolve(first)
      : new Promise((resolve) => waiting.push((it) => (begun.shift(), resolve(it))));
  };
  return { definition, next, count: () => count };
}

/** What arrived is taken in, and what it caused is sent. */
const turn = async (): Promise<void> => {
  for (let time = 0; time < 3; time += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** Time that passes while no timer fires. */
class BlockedClock extends ManualWorkerClock {
  #blockedMs = 0;

  override now(): number {
    return super.now() + this.#blockedMs;
  }

  block(ms: number): void {
    this.#blockedMs = ms - 5_000;
    this.advance(5_000);
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  );

describe('a worker', () => {
  it('says its types and asks for as much as it has slots', async () => {
    await using platform = await fakePlatform();
    const worker = createWorker({
      url: platform.url,
      definitions: [heldTask('mine').definition],
      concurrency: 7,
      name: 'w1',
    });
    const running = worker.run();
    const connection = await platform.connection();
    const registration = await connection.register();
    assert.equal(registration.name, 'w1');
    assert.equal(registration.concurrency, 7);
    assert.equal(registration.session, undefined);
    assert.deepEqual(registration.types.toSorted(), ['mine', 'taskflow.fail', 'taskflow.noop', 'taskflow.sleep']);
    assert.equal((await connection.next('credit')).upTo, 7);
    const drained = worker.drain(0);
    const { ref } = await connection.next('heartbeat');
    connection.send({ kind: 'heartbeat', ref, lost: [] });
    await Promise.all([drained, running, connection.closed]);
  });

  it('gathers what one turn completes into one frame, and gives the slots back', async () => {
    await withWorker({}, systemClock, async ({ connection }) => {
      await connection.next('credit');
      connection.deliver(aDelivery(1, { payload: { a: 1 } }), aDelivery(2, { payload: [2] }), aDelivery(3));
      const { items } = await connection.next('complete');
      assert.deepEqual(
        items.map(({ lease, taskId, result }) => [lease, taskId, result]),
        [aDelivery(1, { payload: { a: 1 } }), aDelivery(2, { payload: [2] }), aDelivery(3)].map((it) => [
          it.lease,
          it.taskId,
          it.payload,
        ]),
      );
      assert.equal(connection.waiting('complete'), 0);
      assert.equal((await connection.next('credit')).upTo, 3 + 4);
    });
  });

  it('reports a step whose condition does not hold, and what cannot be sent', async () => {
    const definition = workflow({ id: 'w' }, (w) => {
      const maybe = w.step('maybe', heldTask().definition, { when: () => false, input: () => 1 });
      return w.output({ maybe }, () => ({ deep: [() => 1] }) as never);
    });
    await withWorker({ definitions: [definition] }, systemClock, async ({ connection }) => {
      const payload = { $mapped: true, input: null, needs: {} };
      const step = (key: string) => ({ workflowId: aDelivery(9).taskId, name: 'w', version: 1, step: key });
      connection.deliver(
        aDelivery(1, { type: 'held', payload, workflow: step('maybe') }),
        aDelivery(2, { type: 'taskflow.output/w@1', payload, workflow: step('$output') }),
      );
      const { lease, taskId } = aDelivery(1);
      assert.deepEqual((await connection.next('complete')).items, [{ lease, taskId, skipped: true }]);
      const [failure] = (await connection.next('fail')).items;
      assert.deepEqual([failure?.error.code, failure?.class], ['result_not_serialisable', 'terminal']);
      assert.match(failure?.error.message ?? '', /\/deep\/0 cannot cross the wire: it is a function/);
    });
  });

  it('takes results as large as the delivery says', async () => {
    await withWorker({}, systemClock, async ({ connection }) => {
      const payload = 'x'.repeat(300 * 1024);
      connection.deliver(aDelivery(1, { payload }), aDelivery(2, { payload, maxResultBytes: 8 * 1024 * 1024 }));
      assert.equal((await connection.next('complete')).items[0]?.result, payload);
      assert.equal((await connection.next('fail')).items[0]?.error.code, 'result_too_large');
      connection.deliver(aDelivery(3, { payload: 'xxx', maxResultBytes: 4 }));
      assert.match((await connection.next('fail')).items[0]?.error.message ?? '', /larger than 4 bytes/);
    });
  });

  it('grants no slot that a running attempt holds', async () => {
    const held = heldTask();
    await withWorker({ definitions: [held.definition] }, systemClock, async ({ connection }) => {
      assert.equal((await connection.next('credit')).upTo, 4);
      connection.deliver(aDelivery(1, { type: 'held' }), aDelivery(2));
      const attempt = await held.next();
      await connection.next('complete');
      assert.equal((await connection.next('credit')).upTo, 2 + 3);
      attempt.finish('late');
      assert.equal((await connection.next('complete')).items[0]?.result, 'late');
      assert.equal((await connection.next('credit')).upTo, 2 + 4);
    });
  });

  it('keeps the slot of a handler that goes on after its attempt, says so, and gives it back when that returns', async () => {
    const clock = new ManualWorkerClock();
    const held = heldTask();
    const options = { definitions: [held.definition], concurrency: 1 };
    await withWorker(options, clock, async ({ connection, log }) => {
      assert.equal((await connection.next('credit')).upTo, 1);
      connection.deliver(aDelivery(1, { type: 'held', timeoutMs: 300 }));
      const stubborn = await held.next();
      await turn();
      clock.advance(300);
      assert.equal(stubborn.signal.aborted, true);
      const { ref } = await connection.next('fail');
      connection.send({ kind: 'settled', ref, outcomes: [] });
      clock.advance(5_000);
      assert.equal((await connection.next('heartbeat')).occupied, 1);
      assert.equal(connection.waiting('credit'), 0);
      assert.ok(log.lines.some(({ message }) => message.includes('it keeps its slot')));
      stubborn.finish('too late');
      assert.equal((await connection.next('credit')).upTo, 1 + 1);
      assert.equal(connection.waiting('complete'), 0);
    });
  });

  it('gives the slot of a handler that never returns to others after a bound, and says so', async () => {
    const clock = new ManualWorkerClock();
    const held = heldTask();
    const options = { definitions: [held.definition], concurrency: 1, abandonAfter: '8s' } as const;
    await withWorker(options, clock, async ({ connection, log }) => {
      await connection.next('credit');
      connection.deliver(aDelivery(1, { type: 'held' }));
      await held.next();
      connection.send({ kind: 'lost', leases: [aDelivery(1).lease], reason: 'cancelled' });
      connection.deliver(aDelivery(2));
      await connection.next('complete');
      clock.advance(8_000 - 1);
      await turn();
      assert.equal(connection.waiting('credit'), 1);
      assert.equal((await connection.next('credit')).upTo, 2);
      clock.advance(1);
      assert.equal((await connection.next('credit')).upTo, 3);
      assert.equal(log.lines.filter(({ level }) => level === 'error').length, 1);
    });
  });

  it('waits in a drain for handlers whose attempts have ended, and says at its end which still run', async () => {
    const clock = new ManualWorkerClock();
    const held = heldTask();
    await withWorker({ definitions: [held.definition] }, clock, async ({ platform, connection, worker, log }) => {
      connection.deliver(aDelivery(1, { type: 'held' }), aDelivery(2, { type: 'held' }));
      const [first] = [await held.next(), await held.next()];
      connection.send({ kind: 'lost', leases: [aDelivery(1).lease, aDelivery(2).lease], reason: 'cancelled' });
      await aborted(first.signal);
      platform.settleAll();
      let drained = false;
      const drain = worker.drain('10s').then(() => {
        drained = true;
      });
      await turn();
      clock.advance(9_999);
      first.finish('late');
      await turn();
      assert.equal(drained, false);
      clock.advance(1);
      await drain;
      const line = log.lines.find(({ message }) => message.includes('handlers still run'));
      const { taskId } = aDelivery(2);
      assert.deepEqual(line?.fields, { handlers: 1, tasks: [{ taskId, type: 'held', attempt: 1 }] });
    });
  });

  for (const text of ['<html>502</html>', 'null', '{"kind":"deliver"}']) {
    it(`connects again where what comes is no frame: ${text}`, async () => {
      const held = heldTask();
      await withWorker({ definitions: [held.definition] }, systemClock, async ({ platform, connection, log }) => {
        connection.deliver(aDelivery(1, { type: 'held' }));
        const attempt = await held.next();
        connection.sendText(text);
        const second = await platform.connection();
        assert.deepEqual((await second.register()).holds, [aDelivery(1).lease]);
        attempt.finish('all the same');
        assert.equal((await second.next('complete')).items[0]?.result, 'all the same');
        assert.ok(log.lines.some(({ message }) => message.includes('cannot be read')));
      });
    });
  }

  it('says that the event loop was blocked, and by what', async () => {
    const clock = new BlockedClock();
    const held = heldTask();
    await withWorker({ definitions: [held.definition] }, clock, async ({ connection, log }) => {
      connection.deliver(aDelivery(1, { type: 'held' }));
      await held.next();
      clock.block(7_000);
      await connection.next('heartbeat');
      const line = log.lines.find(({ message }) => message.includes('the event loop was blocked'));
      assert.deepEqual(line?.fields, { ms: 2_000, running: ['held'] });
    });
  });

  it('lists in its heartbeat what runs and what is not acknowledged, and nothing else', async () => {
    const clock = new ManualWorkerClock();
    const held = heldTask();
    await withWorker({ definitions: [held.definition] }, clock, async ({ connection }) => {
      connection.deliver(aDelivery(1, { type: 'held' }), aDelivery(2), aDelivery(3));
      await held.next();
      const { ref } = await connection.next('complete');
      clock.advance(5_000);
      const first = await connection.next('heartbeat');
      assert.deepEqual(first.holds, [aDelivery(1).lease, aDelivery(2).lease, aDelivery(3).lease]);
      assert.equal(first.received, 3);
      connection.send({ kind: 'settled', ref, outcomes: [] });
      connection.send({ kind: 'heartbeat', ref: first.ref, lost: [] });
      connection.deliver(aDelivery(4));
      await connection.next('complete');
      clock.advance(5_000);
      assert.deepEqual((await connection.next('heartbeat')).holds, [aDelivery(1).lease, aDelivery(4).lease]);
    });
  });

  it('aborts a lost attempt and says nothing more of it', async () => {
    const held = heldTask();
    await withWorker({ definitions: [held.definition] }, systemClock, async ({ connection }) => {
      connection.deliver(aDelivery(1, { type: 'held' }), aDelivery(2, { type: 'held' }));
      const [first, second] = [await held.next(), await held.next()];
      connection.send({ kind: 'lost', leases: [aDelivery(1).lease], reason: 'cancelled' });
      await aborted(first.signal);
      assert.match(String(first.signal.reason), /cancelled/);
      assert.equal(second.signal.aborted, false);
      first.finish('too late');
      second.finish('in time');
      const { items } = await connection.next('complete');
      assert.deepEqual(
        items.map(({ lease }) => lease),
        [aDelivery(2).lease],
      );
    });
  });

  it('takes its leases for expired one lease after the last answered heartbeat was sent', async () => {
    const clock = new ManualWorkerClock();
    const held = heldTask();
    await withWorker({ definitions: [held.definition] }, clock, async ({ connection, log }) => {
      connection.deliver(aDelivery(1, { type: 'held' }));
      const attempt = await held.next();
      clock.advance(5_000);
      const answered = await connection.next('heartbeat');
      // The answer comes 4 s late: the lease counts from the sending at 5 s, so it expires at 20 s and not at 24 s.
      clock.advance(4_000);
      connection.send({ kind: 'heartbeat', ref: answered.ref, lost: [] });
      connection.deliver(aDelivery(2));
      await connection.next('complete');
      clock.advance(20_000 - 9_000 - 1);
      assert.equal(attempt.signal.aborted, false);
      clock.advance(1);
      assert.equal(attempt.signal.aborted, true);
      attempt.finish('nobody may hear this');
      assert.equal(connection.waiting('complete'), 0);
      assert.ok(log.lines.some(({ message }) => message.includes('may have expired')));
    });
  });

  it('comes back with its session, sends again what was not acknowledged, and drops what it lost', async () => {
    const held = heldTask();
    await withWorker({ definitions: [held.definition] }, systemClock, async ({ platform, connection }) => {
      connection.deliver(aDelivery(1), aDelivery(2), aDelivery(3, { type: 'held' }), aDelivery(4, { type: 'held' }));
      const [third, fourth] = [await held.next(), await held.next()];
      await connection.next('complete');
      connection.drop();
      const second = await platform.connection();
      const registration = await second.register({ lost: [aDelivery(2).lease, aDelivery(4).lease] });
      assert.equal(registration.session, fakeSession);
      assert.deepEqual(
        registration.holds?.toSorted(),
        [1, 2, 3, 4].map((n) => aDelivery(n).lease),
      );
      const { items } = await second.next('complete');
      assert.deepEqual(
        items.map(({ lease }) => lease),
        [aDelivery(1).lease],
      );
      await aborted(fourth.signal);
      assert.equal(third.signal.aborted, false);
      // Deliveries are counted anew, and each handler that still runs holds its slot.
      assert.equal((await second.next('credit')).upTo, 4 - 2);
      fourth.finish('too late');
      assert.equal((await second.next('credit')).upTo, 4 - 1);
    });
  });

  it('ignores a delivery that it already holds', async () => {
    const held = heldTask();
    await withWorker({ definitions: [held.definition] }, systemClock, async ({ connection }) => {
      connection.deliver(aDelivery(1, { type: 'held' }));
      const attempt = await held.next();
      connection.deliver({ ...aDelivery(1, { type: 'held' }), n: 2 }, aDelivery(3));
      await connection.next('complete');
      attempt.finish('once');
      assert.deepEqual(
        (await connection.next('complete')).items.map(({ result }) => result),
        ['once'],
      );
      assert.equal(held.count(), 1);
    });
  });

  it('fails an attempt that outlives its timeout, tells it so, and ignores what it says later', async () => {
    const clock = new ManualWorkerClock();
    const held = heldTask();
    await withWorker({ definitions: [held.definition] }, clock, async ({ connection }) => {
      connection.deliver(aDelivery(1, { type: 'held', timeoutMs: 1_000 }), aDelivery(2));
      const attempt = await held.next();
      await connection.next('complete');
      clock.advance(999);
      assert.equal(attempt.signal.aborted, false);
      clock.advance(1);
      assert.equal(attempt.signal.aborted, true);
      const [failure] = (await connection.next('fail')).items;
      assert.equal(failure?.class, 'retryable');
      assert.equal(failure?.error.code, 'attempt_timeout');
      attempt.finish('too late');
      connection.deliver(aDelivery(3));
      assert.deepEqual(
        (await connection.next('complete')).items.map(({ lease }) => lease),
        [aDelivery(3).lease],
      );
    });
  });

  it('sends the latest progress of an attempt, not every one', async () => {
    const steps = task({
      id: 'steps',
      run: async (_payload: unknown, { progress }) => {
        for (let step = 1; step <= 100; step++) progress(step, 200, `step ${step}`);
        return new Promise<number>(() => {});
      },
    });
    await withWorker({ definitions: [steps] }, systemClock, async ({ connection }) => {
      connection.deliver(aDelivery(1, { type: 'steps' }));
      const { items } = await connection.next('progress');
      assert.deepEqual(items, [
        { lease: aDelivery(1).lease, taskId: aDelivery(1).taskId, fraction: 0.5, message: 'step 100' },
      ]);
    });
  });

  it('sends a refused frame again one by one, and reports the one that is refused alone', async () => {
    await withWorker({}, systemClock, async ({ connection }) => {
      connection.deliver(aDelivery(1, { payload: 'good' }), aDelivery(2, { payload: 'bad' }));
      const both = await connection.next('complete');
      connection.send({ kind: 'error', code: 'invalid_string', message: 'holds NUL', ref: both.ref });
      const [good, bad] = [await connection.next('complete'), await connection.next('complete')];
      assert.deepEqual(
        [good, bad].map(({ items }) => items.map(({ result }) => result)),
        [['good'], ['bad']],
      );
      connection.send({
        kind: 'settled',
        ref: good.ref,
        outcomes: [{ lease: aDelivery(1).lease, outcome: 'accepted' }],
      });
      connection.send({ kind: 'error', code: 'invalid_string', message: 'holds NUL', ref: bad.ref });
      const [failure] = (await connection.next('fail')).items;
      assert.equal(failure?.lease, aDelivery(2).lease);
      assert.equal(failure?.error.code, 'result_refused');
      assert.equal(failure?.class, 'terminal');
    });
  });

  it('hands back on drain what does not end in time, and what is still on its way', async () => {
    const clock = new ManualWorkerClock();
    const held = heldTask();
    await withWorker({ definitions: [held.definition] }, clock, async ({ connection, worker, running }) => {
      await connection.next('credit');
      connection.deliver(aDelivery(1, { type: 'held' }), aDelivery(2, { type: 'held' }));
      const [first, second] = [await held.next(), await held.next()];
      const drained = worker.drain(10_000);
      assert.equal((await connection.next('credit')).upTo, 2);
      const { ref } = await connection.next('heartbeat');
      connection.deliver(aDelivery(3, { type: 'held' }));
      connection.send({ kind: 'heartbeat', ref, lost: [] });
      const declined = await connection.next('fail');
      assert.deepEqual(
        declined.items.map((it) => [it.lease, it.class]),
        [[aDelivery(3).lease, 'released']],
      );
      first.finish('in time');
      const completed = await connection.next('complete');
      clock.advance(10_000);
      const released = await connection.next('fail');
      assert.deepEqual(
        released.items.map((it) => [it.lease, it.class]),
        [[aDelivery(2).lease, 'released']],
      );
      assert.equal(second.signal.aborted, true);
      for (const frame of [declined, completed, released])
        connection.send({ kind: 'settled', ref: frame.ref, outcomes: [] });
      await Promise.all([drained, running, connection.closed]);
      assert.equal(connection.waiting('credit'), 0);
    });
  });
});
