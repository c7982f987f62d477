import assert from 'node:assert/strict';
import type { Service } from '@taskflow/kit-lifecycle';
import { withDeadline } from '@taskflow/kit-resilience';
import { systemClock } from '@taskflow/kit-time';
import { seededRandom } from './repeatable.ts';

/** A fresh instance, which nobody has started. */
export interface OnTrial {
  readonly service: Service;
  /** Lets happen what is due next, as a manual clock does when it is moved; a turn of the event loop unless given. */
  pass?(): Promise<void>;
  /** Brings the started instance into the middle of what it does: a run, a statement, a request. */
  engage?(): Promise<void> | void;
  /** What it holds, has under way or will do by itself, one by one: nothing, once it has stopped. */
  left(): readonly string[] | Promise<readonly string[]>;
  /** Gives back what belongs to the trial itself. */
  close?(): Promise<void>;
}

export interface StartStopTrials {
  /** Scripts that the seed makes up, besides those that are always tried; 20 unless told. */
  readonly scripts?: number;
  /** 1 unless told. */
  readonly seed?: number;
}

/** `settle` waits for all calls so far; the others go on without waiting. */
type Operation = 'start' | 'stop' | 'pass' | 'engage' | 'settle';

const always: readonly (readonly Operation[])[] = [
  ['start', 'settle', 'stop'],
  ['stop'],
  ['stop', 'start', 'start'],
  ['stop', 'settle', 'start'],
  ['start', 'stop'],
  ['start', 'stop', 'start', 'stop'],
  ['start', 'pass', 'stop', 'stop'],
  ['start', 'start', 'settle', 'stop', 'stop'],
  ['start', 'settle', 'stop', 'settle', 'start'],
  ['start', 'settle', 'engage', 'stop'],
  ['start', 'settle', 'engage', 'stop', 'start', 'stop'],
  ['start', 'settle', 'engage', 'pass', 'stop', 'pass', 'start'],
];
/** What the seed chooses from: more of what goes on than of what ends it. */
const acts: readonly Operation[] = ['start', 'stop', 'pass', 'pass', 'engage', 'engage', 'settle', 'settle'];
const maxScriptLength = 9;
/** Passes after the end, in which nothing may begin by itself. */
const passesAfterwards = 20;
const patienceMs = 30_000;

/**
 * Starts and stops instances in every order: twice, while the other is under way, after the other, in the middle of a run,
 * and as the seed says. Rejects with the script that breaks what `Service` promises.
 */
export async function tryStartsAndStops(
  open: () => OnTrial | Promise<OnTrial>,
  { scripts = 20, seed = 1 }: StartStopTrials = {},
): Promise<void> {
  const random = seededRandom(seed);
  const pick = (below: number) => Math.floor(random.next() * below);
  const made = Array.from(
    { length: scripts },
    () =>
      [
        pick(4) === 0 ? 'stop' : 'start',
        ...Array.from({ length: 1 + pick(maxScriptLength - 1) }, () => acts[pick(acts.length)] as Operation),
      ] as const,
  );
  for (const script of [...always, ...made]) {
    const trial = await open();
    try {
      await withDeadline(patienceMs, operate(trial, script), 'the script', systemClock);
    } catch (error) {
      throw new Error(`${trial.service.name} under ${script.join(', ')}: ${String(error)}`, { cause: error });
    } finally {
      await trial.close?.();
    }
  }
}

/** A call of `start` or `stop`, with what came of it. */
interface Call {
  readonly what: 'start' | 'stop';
  /** Whether `stop` had been called by then. */
  readonly isLate: boolean;
  readonly failure: Promise<unknown>;
}

async function operate(trial: OnTrial, script: readonly Operation[]): Promise<void> {
  const { service, pass = turn, engage = turn, left } = trial;
  const promises: Partial<Record<Call['what'], Promise<void>>> = {};
  const calls: Call[] = [];
  let isReady = false;

  function ask(what: Call['what']): void {
    const promise = service[what]();
    assert.equal(promise, (promises[what] ??= promise), `the second ${what}() gives another promise`);
    const failure = promise.then(
      () => undefined,
      (error: unknown) => error ?? new Error('nothing'),
    );
    calls.push({ what, isLate: promises.stop !== undefined, failure });
  }

  /** Time passes until all that was asked for has ended. */
  async function settle(): Promise<void> {
    let hasEnded = false;
    const all = Promise.all(calls.map(({ failure }) => failure)).then(() => (hasEnded = true));
    while (!hasEnded) await Promise.race([all, pass()]);
    isReady = promises.start !== undefined && promises.stop === undefined;
    if (isReady) await promises.start;
  }

  for (const each of script) {
    if (each === 'start' || each === 'stop') ask(each);
    else if (each === 'pass') await pass();
    else if (each === 'settle') await settle();
    else if (isReady && promises.stop === undefined) await engage();
  }
  ask('stop');
  await settle();
  await judge(calls);
  assert.deepEqual(await left(), [], 'something is left');
  for (let passed = 0; passed < passesAfterwards; passed += 1) await pass();
  assert.deepEqual(await left(), [], 'something began afterwards');
}

/** No stop fails. A first start fails for a stop alone, and does where that came before it. */
async function judge(calls: readonly Call[]): Promise<void> {
  for (const { what, failure } of calls) {
    if (what === 'stop') assert.equal(await failure, undefined, 'stop() rejects');
  }
  const first = calls.find(({ what }) => what === 'start');
  const failure = (await first?.failure) as { code?: unknown } | undefined;
  if (first?.isLate || failure !== undefined) {
    assert.equal(failure?.code, 'stopped', `start() after stop(), or with it, comes to ${String(failure)}`);
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
