import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Standing } from './engine-databases.ts';
import { EngineKilledError, NotSettledError, Quiescence, type Workload } from './quiescence.ts';

type Running = ReturnType<Workload['running']>;

interface Acted {
  readonly running?: Running;
  readonly asked?: number;
  readonly limitMs?: number;
}

/** An engine of which the test says how it stands, by how often its pauses were ended. */
function engine(look: (pauses: number) => Partial<Standing>, { running = [], asked = 0, limitMs = 5_000 }: Acted = {}) {
  const life = { isOver: false, inFlight: 0, sent: 0, quiet: () => Promise.resolve() };
  let pauses = 0;
  const quiescence = new Quiescence({
    databases: { look: async () => ({ moving: [], leased: 0, nextDueAt: undefined, ...look(pauses) }) },
    workload: { types: () => [], asked: () => asked, running: () => running },
    life: () => life,
    endPauses: async () => {
      pauses += 1;
    },
    limitMs,
  });
  return { life, quiescence };
}

const handler = (asleep: boolean) => ({ key: '1', label: 'the handler of "a"', asleep });

test('it stands still when the databases say that nothing should move', async () => {
  const { quiescence } = engine(() => ({ nextDueAt: 7 }));
  assert.equal((await quiescence.reached(Number.POSITIVE_INFINITY)).nextDueAt, 7);
});

test('what should move and does not is helped over a short pause of the engine', async () => {
  const waiting = { moving: ['1 task waits for the worker'] };
  const { quiescence } = engine((pauses) => (pauses < 2 ? waiting : {}));
  await quiescence.reached(Number.POSITIVE_INFINITY);
});

test('an attempt that the engine has handed out and no handler runs is on its way', async () => {
  const { quiescence } = engine(() => ({ leased: 1 }), { limitMs: 50 });
  await assert.rejects(quiescence.reached(Number.POSITIVE_INFINITY), (error) => {
    assert.ok(error instanceof NotSettledError);
    assert.match(error.message, /1 of the attempts are on their way/);
    return true;
  });
});

test('a handler that runs holds it up, one that waits for virtual time does not', async () => {
  const awake = engine(() => ({ leased: 1 }), { running: [handler(false)], limitMs: 50 });
  await assert.rejects(awake.quiescence.reached(Number.POSITIVE_INFINITY), /the handler of "a" runs/);
  const asleep = engine(() => ({ leased: 1 }), { running: [handler(true)] });
  await asleep.quiescence.reached(Number.POSITIVE_INFINITY);
});

test('a handler is overtaken when patience with it ends, until it is waited for anew', async () => {
  const { quiescence } = engine(() => ({ leased: 1 }), { running: [handler(false)], limitMs: 200 });
  await quiescence.reached(5);
  await quiescence.reached(Number.POSITIVE_INFINITY);
  quiescence.forgetSlowHandlers();
  await assert.rejects(quiescence.reached(Number.POSITIVE_INFINITY), NotSettledError);
});

test('a request that is not answered holds it up', async () => {
  const { quiescence } = engine(() => ({}), { asked: 1, limitMs: 50 });
  await assert.rejects(quiescence.reached(Number.POSITIVE_INFINITY), /1 of the test's requests are not answered/);
});

test('nobody settles a dead engine', async () => {
  const { life, quiescence } = engine(() => ({ moving: ['something'] }));
  const settling = quiescence.reached(Number.POSITIVE_INFINITY);
  life.isOver = true;
  await assert.rejects(settling, EngineKilledError);
});
