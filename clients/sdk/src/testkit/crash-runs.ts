import { randomUUID } from 'node:crypto';
import type { WaitKind } from '@taskflow/contracts-task-management';
import { startTask, startWorkflow } from '../client/start.ts';
import type { WorkflowHandle } from '../client/workflow-handle.ts';
import type { Startable } from '../definitions/startable.ts';
import type { Definition } from '../worker/handlers.ts';
import { compareRuns, type Outcome, type Run } from './compare-runs.ts';
import type { Checkpoint } from './platform-testing.ts';
import { explained, handlerPatienceMs, isFinal, type StartedHandle, quiescenceError } from './quiescence.ts';
import type { AnyStartable } from './test-workers.ts';
import { TestEnvironment, type TestEnvironmentOptions } from './test-environment.ts';

export interface CrashOptions<Output> {
  /** Before each run: puts what handlers act upon back to its beginning. */
  readonly before?: () => void | Promise<void>;
  /** After each run: what handlers did to the world, to be the same every time. */
  readonly observe?: () => unknown;
  /**
   * Called for each signal or event that the workflow waits for when nothing else moves: sends it. Without it, time
   * passes until the wait runs out. It is called again where a kill came in between.
   */
  readonly onWait?: (run: WorkflowHandle<Output>, wait: Wait) => void | Promise<void>;
}

/** A signal or event that a step waits for. */
export interface Wait {
  readonly step: string;
  readonly kind: WaitKind;
  /** The name of the signal or event. */
  readonly name: string;
}

interface Body {
  readonly status: string;
  readonly error?: { readonly code?: string; readonly step?: string };
  readonly steps?: readonly {
    readonly key: string;
    readonly waitsFor?: { readonly kind: WaitKind; readonly name?: string };
  }[];
}

const moments = ['before', 'after'] as const;
/**
 * "The k-th write" is the k-th of one pool of connections, counted from the start: writes of one pool come in the same
 * order each time, though not always in the same groups. A run with fewer writes than k ends that pool's turn.
 */
export async function crashAtEveryCheckpoint<Input, Output>(
  environment: TestEnvironmentOptions,
  definitions: readonly Definition[],
  definition: Startable<Input, Output>,
  input: Input,
  options: CrashOptions<Output>,
): Promise<{ readonly crashes: number; readonly outputs: Output[] }> {
  const work: Work = {
    definition: definition as unknown as AnyStartable,
    input,
    definitions,
    options: options as CrashOptions<never>,
  };
  const whole = await runOnce(environment, work);
  const outputs: Output[] = [];
  let crashes = 0;
  for (const pool of whole.writes.keys()) {
    for (let ordinal = 1; ; ordinal += 1) {
      let reached = false;
      for (const moment of moments) {
        const at = { pool, ordinal, moment };
        const run = await runOnce(environment, work, at);
        if (!run.crashed) continue;
        reached = true;
        crashes += 1;
        compareRuns(whole, run, at);
        if (run.outcome.status === 'completed') outputs.push(run.outcome.output as Output);
      }
      if (!reached) break;
    }
  }
  return { crashes, outputs };
}

interface Work {
  readonly definition: AnyStartable;
  readonly input: unknown;
  readonly definitions: readonly Definition[];
  readonly options: CrashOptions<never>;
}

/** Runs it from start to end, killed at most once on its way. */
async function runOnce(environmentOptions: TestEnvironmentOptions, work: Work, at?: Checkpoint): Promise<Run> {
  await work.options.before?.();
  const environment = await TestEnvironment.open(environmentOptions);
  let crashed = false;
  let handle: StartedHandle | undefined;
  try {
    await environment.learn([...work.definitions, work.definition]);
    environment.platform.armCheckpoints(at);
    const key = randomUUID();
    for (;;) {
      try {
        handle ??= await started(environment, work, key);
        const body = await untilEnded(environment, work, handle);
        const outcome = await outcomeOf(handle, body, work.options);
        if (environment.platform.killed === undefined) {
          const { writes } = environment.platform;
          return {
            outcome,
            crashed,
            writes: new Map(writes),
            repeated: environment.calls.repeated(),
          };
        }
      } catch (error) {
        if (environment.platform.killed === undefined) throw error;
      }
      crashed = true;
      await environment.revive();
    }
  } finally {
    await environment.stop();
  }
}

/** The same start however often it is sent. */
function started(
  { api }: TestEnvironment,
  { definition, input }: Work,
  idempotencyKey: string,
): Promise<StartedHandle> {
  const options = { idempotencyKey };
  return definition.kind === 'task'
    ? startTask(api, definition, input, options)
    : startWorkflow(api, definition, input, options);
}

/** Lets time pass, and gives what is waited for, until it has ended and all that it set going has. */
async function untilEnded({ platform }: TestEnvironment, { options }: Work, handle: StartedHandle): Promise<Body> {
  const answered = new Set<string>();
  for (;;) {
    await explained(platform.settle(handlerPatienceMs));
    const body: Body = await handle.details();
    if (isFinal(body.status) || body.status === 'compensation-stuck' || body.status === 'stuck') return body;
    const waits = waitsOf(body).filter(({ step }) => options.onWait !== undefined && !answered.has(step));
    for (const wait of waits) {
      await options.onWait?.(handle as never, wait);
      answered.add(wait.step);
    }
    if (waits.length === 0 && !(await explained(platform.advanceToNextDue()))) throw quiescenceError(handle.id);
  }
}

function waitsOf({ steps = [] }: Body): Wait[] {
  return steps.flatMap(({ key, waitsFor }) =>
    waitsFor?.name === undefined ? [] : [{ step: key, kind: waitsFor.kind, name: waitsFor.name }],
  );
}

async function outcomeOf(handle: StartedHandle, body: Body, { observe }: CrashOptions<never>): Promise<Outcome> {
  const output = body.status === 'completed' ? await handle.result() : undefined;
  return { status: body.status, output, failedStep: body.error?.step, observed: await observe?.() };
}
