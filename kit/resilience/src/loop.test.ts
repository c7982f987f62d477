import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualClock, seededRandom, signal, silentTelemetry, tryStartsAndStops } from '@taskflow/kit-testing';
import { createLoop, type LoopOptions } from './loop.ts';

function loopWith(options: Pick<LoopOptions, 'run'> & Partial<LoopOptions>) {
  const clock = manualClock();
  const errors: string[] = [];
  const loop = createLoop({
    name: 'sweep',
    intervalMs: 1_000,
    deadlineMs: 5_000,
    clock,
    random: seededRandom(1),
    log: { ...silentTelemetry().log, error: (...args: unknown[]) => void errors.push(String(args.at(-1))) },
    ...options,
  });
  return { clock, loop, errors };
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
  let most = 0;
  const turns = signal();
  const { clock, loop } = loopWith({
    run: async () => {
      running += 1;
      most = Math.max(most, running);
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
  assert.equal(most, 1);
});

test('a failing run is reported and repeated after a growing pause, whose beginning a wake does not shorten', async () => {
  let runs = 0;
  const { clock, loop, errors } = loopWith({
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
  assert.equal(errors.length, 1, 'one reason is told once');
  await loop.stop();
});

test('a wake ends the pause after many failures once a fifth of a second is over, and no pause exceeds two seconds', async () => {
  let runs = 0;
  const { clock, loop, errors } = loopWith({
    run: async () => {
      runs += 1;
      throw new Error('broken');
    },
    random: { next: () => 1 },
  });
  await loop.start();
  for (let round = 0; round < 20; round += 1) await clock.advance(2_000);
  assert.ok(runs >= 20, `${runs} runs`);
  assert.ok(errors.length <= 6, 'not one message per run');
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
  const { clock, loop, errors } = loopWith({
    run: () => {
      runs += 1;
      return runs === 1 ? new Promise(() => undefined) : Promise.resolve();
    },
  });
  await loop.start();
  await clock.advance(10_000);
  await clock.advance(200);
  assert.equal(runs, 2);
  assert.equal(errors.length, 1);
  await loop.stop();
});

test('stop aborts the run in progress and waits for it', async () => {
  let ended = false;
  const { clock, loop } = loopWith({
    run: (abort) =>
      new Promise((resolve) => {
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
  const told: string[] = [];
  const log = {
    ...silentTelemetry().log,
    error: () => void told.push('fails'),
    info: () => void told.push('runs again'),
  };
  const { clock, loop } = loopWith({
    run: () => (isBroken ? Promise.reject(new Error('broken')) : Promise.resolve()),
    log,
  });
  const begun = clock.now();
  await loop.start();
  await clock.advance(60_000);
  assert.deepEqual([loop.trouble(), told], [{ since: begun, reason: 'broken' }, ['fails']]);
  isBroken = false;
  await clock.advance(60_000);
  assert.deepEqual([loop.trouble(), told], [undefined, ['fails', 'runs again']]);
  await loop.stop();
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
      engage: () => loop.wake(),
      left: () => [
        ...Array.from({ length: running }, () => 'a run'),
        ...Array.from({ length: clock.pending }, () => 'a timer'),
      ],
    };
  }));
