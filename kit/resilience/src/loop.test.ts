import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, seededRandom, signal, silentTelemetry, tryStartsAndStops } from '@taskflow/kit-testing';
import { createLoop, type LoopDependencies } from './loop.ts';

type Run = (signal: AbortSignal) => Promise<unknown>;

const errors = (reported: readonly string[]) => reported.filter((line) => line.includes('failed')).length;

/** A loop of one run a second; what a run gives is counted where it is a number. */
function loopWith({ run, random = seededRandom(1) }: { run: Run } & Pick<LoopDependencies, 'random'>) {
  const clock = manualClock();
  const reported: string[] = [];
  const report = (...args: unknown[]) => void reported.push(String(args.at(-1)));
  const silent = silentTelemetry();
  const telemetry = { ...silent, log: { ...silent.log, error: report, info: report } };
  const loop = createLoop(
    { name: 'sweep', intervalMs: 1_000, deadlineMs: 5_000, run: async (abort) => Number((await run(abort)) ?? 0) },
    { clock, random, telemetry },
  );
  return { clock, loop, reported, telemetry };
}

test('runs at once, then at every interval', async () => {
  let runs = 0;
  const { clock, loop } = loopWith({ run: async () => void (runs += 1) });
  await loop.start();
  await clock.advance(0);
  assert.equal(runs, 1);
  await clock.advance(999);
  assert.equal(runs, 1);
  await clock.advance(1);
  assert.equal(runs, 2);
  await loop.stop();
});

test('wakes that come during a run count as one further run', async () => {
  let runs = 0;
  const release = signal();
  const { clock, loop } = loopWith({
    run: async () => {
      runs += 1;
      if (runs === 1) await release.next();
    },
  });
  await loop.start();
  loop.wake();
  loop.wake();
  loop.wake();
  release.send();
  await clock.advance(0);
  assert.equal(runs, 2);
  await loop.stop();
});

test('a wake ends the pause', async () => {
  let runs = 0;
  const { clock, loop } = loopWith({ run: async () => void (runs += 1) });
  await loop.start();
  await clock.advance(10);
  loop.wake();
  await clock.advance(0);
  assert.equal(runs, 2);
  await loop.stop();
});

test('runs never overlap', async () => {
  let running = 0;
  let limit = 0;
  const turns = signal();
  const { clock, loop } = loopWith({
    run: async () => {
      running += 1;
      limit = Math.max(limit, running);
      await turns.next();
      running -= 1;
    },
  });
  await loop.start();
  for (let round = 0; round < 3; round += 1) {
    loop.wake();
    await clock.advance(2_000);
    turns.send();
    await clock.advance(0);
  }
  turns.send();
  await loop.stop();
  assert.equal(limit, 1);
});

test('a failing run is reported and repeated after a growing pause, whose beginning a wake does not shorten', async () => {
  let runs = 0;
  const { clock, loop, reported } = loopWith({
    run: async () => {
      runs += 1;
      if (runs <= 2) throw new Error('broken');
    },
    random: { next: () => 0 },
  });
  await loop.start();
  await clock.advance(0);
  loop.wake();
  await clock.advance(49);
  assert.equal(runs, 1, 'the pause lasts although it was woken');
  await clock.advance(1);
  assert.equal(runs, 2);
  await clock.advance(99);
  assert.equal(runs, 2, 'the second pause is longer');
  await clock.advance(1);
  assert.equal(runs, 3);
  assert.equal(errors(reported), 1, 'one reason is told once');
  await loop.stop();
});

test('a wake ends the pause after many failures once a fifth of a second is over, and no pause exceeds two seconds', async () => {
  let runs = 0;
  const { clock, loop, reported } = loopWith({
    run: async () => {
      runs += 1;
      throw new Error('broken');
    },
    random: { next: () => 1 },
  });
  await loop.start();
  for (let round = 0; round < 20; round += 1) await clock.advance(2_000);
  assert.ok(runs >= 20, `${runs} runs`);
  assert.ok(errors(reported) <= 6, 'not one message per run');
  const latest = runs;
  while (runs === latest) await clock.advance(1);
  const before = runs;
  await clock.advance(100);
  loop.wake();
  await clock.advance(99);
  assert.equal(runs, before);
  await clock.advance(1);
  assert.equal(runs, before + 1);
  await loop.stop();
});

test('a run past its deadline is aborted', async () => {
  const aborted = signal<unknown>();
  const { clock, loop } = loopWith({
    run: (abort) =>
      new Promise((_, reject) => {
        abort.addEventListener('abort', () => {
          aborted.send(abort.reason);
          reject(abort.reason as Error);
        });
      }),
  });
  await loop.start();
  await clock.advance(5_000);
  assert.match(String(await aborted.next()), /within 5000 ms/);
  await loop.stop();
});

test('a run that ignores its abort is given up, and the loop goes on', async () => {
  let runs = 0;
  const { clock, loop, reported } = loopWith({
    run: () => {
      runs += 1;
      return runs === 1 ? new Promise(() => undefined) : Promise.resolve();
    },
  });
  await loop.start();
  await clock.advance(10_000);
  await clock.advance(200);
  assert.equal(runs, 2);
  assert.equal(errors(reported), 1);
  await loop.stop();
});

test('stop aborts the run in progress and waits for it', async () => {
  let ended = false;
  const { clock, loop } = loopWith({
    run: (abort) =>
      new Promise<void>((resolve) => {
        abort.addEventListener('abort', () => {
          setImmediate(() => {
            ended = true;
            resolve();
          });
        });
      }),
  });
  await loop.start();
  await clock.advance(0);
  await loop.stop();
  assert.equal(ended, true);
  assert.equal(clock.pending, 0, 'no timer is left behind');
});

test('a loop whose runs fail is in trouble since the first of them, and the log tells of it once and of its end', async () => {
  let isBroken = true;
  const { clock, loop, reported } = loopWith({
    run: () => (isBroken ? Promise.reject(new Error('broken')) : Promise.resolve()),
  });
  const begun = clock.now();
  await loop.start();
  await clock.advance(60_000);
  const fails = 'background loop failed; it will be repeated';
  assert.deepEqual([loop.trouble(), reported], [{ since: begun, reason: 'broken' }, [fails]]);
  isBroken = false;
  await clock.advance(60_000);
  assert.deepEqual([loop.trouble(), reported], [undefined, [fails, 'background loop runs again']]);
  await loop.stop();
});

test('runs when something is due, at the earliest of the moments that it was told of', async () => {
  const runs: number[] = [];
  const { clock, loop } = loopWith({ run: async () => void runs.push(clock.monotonic()) });
  await loop.start();
  await clock.advance(0);
  loop.wakeIn(700);
  loop.wakeIn(300);
  await clock.advance(900);
  assert.deepEqual(runs, [0, 301]);
  await loop.stop();
});

test('what a run says is due next is not forgotten by its end, and is after a stop', async () => {
  const runs: number[] = [];
  const { clock, loop } = loopWith({
    run: async () => {
      runs.push(clock.monotonic());
      loop.wakeIn(10);
    },
  });
  await loop.start();
  await clock.advance(25);
  assert.deepEqual(runs, [0, 11, 22]);
  await loop.stop();
  loop.wakeIn(10);
  assert.equal(clock.pending, 0);
});

test('each run is measured: how long it took, what it found, whether it failed', async () => {
  const found = [3, 4, new Error('broken'), 5];
  const { clock, loop, telemetry } = loopWith({
    run: async () => {
      await new Promise<void>((resolve) => clock.after(20, resolve));
      const next = found.shift();
      if (next instanceof Error) throw next;
      return next;
    },
    random: { next: () => 0 },
  });
  await loop.start();
  await clock.advance(20 + 1_020 + 1_020 + 70 + 20);
  await loop.stop();
  const shown = (await telemetry.metrics.metrics())
    .split('\n')
    .filter((line) => /^background_\w+(_total|_count|_sum)/.test(line));
  const labels = '{service="silent",loop="sweep"}';
  assert.deepEqual(shown.sort(), [
    `background_failures_total${labels} 1`,
    `background_items_total${labels} 12`,
    `background_run_duration_seconds_count${labels} 4`,
    `background_run_duration_seconds_sum${labels} 0.08`,
  ]);
});

test('a run that the stop cuts short is no failure', async () => {
  const { clock, loop, reported, telemetry } = loopWith({
    run: (abort) => new Promise((_, reject) => abort.addEventListener('abort', () => reject(abort.reason as Error))),
  });
  await loop.start();
  await clock.advance(0);
  await loop.stop();
  assert.doesNotMatch(await telemetry.metrics.metrics(), /^background_failures_total\{/m);
  assert.deepEqual(reported, []);
});

test('holds under starts and stops in any order, with and without a run under way', () =>
  tryStartsAndStops(() => {
    let running = 0;
    const { clock, loop } = loopWith({
      run: async () => {
        running += 1;
        await new Promise<void>((resolve) => clock.after(300, resolve));
        running -= 1;
      },
    });
    return {
      service: loop,
      pass: () => clock.advance(150),
      engage: () => {
        loop.wake();
        loop.wakeIn(400);
      },
      left: () => [
        ...Array.from({ length: running }, () => 'a run'),
        ...Array.from({ length: clock.pending }, () => 'a timer'),
      ],
    };
  }));
