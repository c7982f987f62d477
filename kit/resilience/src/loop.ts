import { createLifecycle, Duty, type Service, type Trouble } from '@taskflow/kit-lifecycle';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, type Random, systemRandom } from '@taskflow/kit-time';
import { Alarm } from './alarm.ts';
import { backoff } from './backoff.ts';
import { DeadlineError, withDeadline } from './deadline.ts';
import { createLoopMeter } from './loop-meter.ts';

export interface LoopOptions {
  name: string;
  /** Longest pause between two runs, in milliseconds. */
  intervalMs: number;
  /**
   * One round of work. Gives how many things it dealt with; which they are, whoever knows the loop knows. The signal
   * aborts at the deadline and when the loop stops.
   */
  run(signal: AbortSignal): Promise<number>;
  /** Time that one run has, in milliseconds; 30,000 unless told. */
  deadlineMs?: number;
}

/** The dependencies of every loop; whoever makes one passes on what it was given. */
export interface LoopDependencies {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly random?: Random;
}

export interface Loop extends Service {
  /** Runs now, or once more right after the run in progress. Any number of calls in between count as one. */
  wake(): void;
  /**
   * Something is due in so many milliseconds: runs then. Of several such moments the earliest counts, and one that is
   * more than a minute away does not: the run that the alarm or the interval brings says what comes next.
   */
  wakeIn(ms: number): void;
  /** Runs that failed, one after the other. */
  trouble(): Trouble | undefined;
}

/** A database that answers again is made use of within seconds, whatever it went through before. */
const backoffBounds = { baseMs: 100, capMs: 2_000 };

/** What is woken all the time must not run all the time when each run fails. */
const leastPauseMs = 200;

/**
 * The skeleton of every background loop. Runs follow each other and never overlap: at once after `wake`, at the moment of
 * `wakeIn`, else every `intervalMs`. A run that fails is repeated after a growing, jittered pause, which `wake` shortens
 * to a fifth of a second at least: there is work now, and what failed may be over. The log tells when that begins, when
 * the reason changes and when it ends. A run past its deadline is aborted; one that ignores the abort for as long again
 * is given up and reported, because a hung call must not stop the loop until somebody restarts the process. Each run is
 * measured.
 */
export function createLoop(options: LoopOptions, dependencies: LoopDependencies): Loop {
  const { name, intervalMs, deadlineMs = 30_000 } = options;
  const { clock, telemetry, random = systemRandom } = dependencies;
  const { log } = telemetry;
  const meter = createLoopMeter(telemetry, name);
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  const duty = new Duty(clock);
  let woken = false;
  let endPause: (() => void) | undefined;
  const alarm = new Alarm(clock, wake);

  async function runOnce(): Promise<void> {
    const abort = new AbortController();
    const onStop = () => abort.abort(stopping.signal.reason);
    stopping.signal.addEventListener('abort', onStop, { once: true });
    const cancel = clock.after(deadlineMs, () => abort.abort(new DeadlineError(`loop ${name}`, deadlineMs)));
    const begun = clock.monotonic();
    try {
      const items = await withDeadline(deadlineMs * 2, options.run(abort.signal), `loop ${name}`, clock);
      meter.ran(clock.monotonic() - begun, items);
      const failures = duty.done();
      if (failures > 0) log.info({ loop: name, failures }, 'background loop runs again');
    } catch (error) {
      if (stopping.signal.aborted) return;
      meter.failed(clock.monotonic() - begun);
      const isNews = duty.failed(error);
      const { failures } = duty;
      if (isNews) log.error({ loop: name, failures, err: error }, 'background loop failed; it will be repeated');
    } finally {
      cancel();
      stopping.signal.removeEventListener('abort', onStop);
    }
  }

  async function pause(ms: number, wakeable: boolean): Promise<void> {
    if (stopping.signal.aborted || (wakeable && woken)) return;
    await new Promise<void>((resolve) => {
      const cancel = clock.after(ms, end);
      const wakeUp = wakeable ? end : undefined;
      endPause = wakeUp;
      stopping.signal.addEventListener('abort', end, { once: true });
      function end() {
        cancel();
        stopping.signal.removeEventListener('abort', end);
        if (endPause === wakeUp) endPause = undefined;
        resolve();
      }
    });
  }

  async function pauseAfterFailure(ms: number): Promise<void> {
    await pause(Math.min(ms, leastPauseMs), false);
    if (ms > leastPauseMs) await pause(ms - leastPauseMs, true);
  }

  async function cycle(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = false;
      await runOnce();
      if (duty.failures === 0) await pause(intervalMs, true);
      else await pauseAfterFailure(backoff(duty.failures, backoffBounds, random));
    }
  }

  function wake(): void {
    woken = true;
    endPause?.();
  }

  function start(): void {
    running = cycle();
  }

  async function stop(): Promise<void> {
    stopping.abort(new Error(`loop ${name} is stopping`));
    alarm.switchOff();
    await running;
  }

  return {
    ...createLifecycle({ name, start, stop }),
    trouble: () => duty.trouble(),
    wake,
    wakeIn: (ms) => alarm.setIn(ms),
  };
}
