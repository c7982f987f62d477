import { types } from 'node:util';
import { createTaskFlow } from '../client/create-taskflow.ts';
import type { TaskFlow } from '../client/taskflow.ts';
import { type Duration, durationMs } from '../definitions/duration.ts';
import { refuseUnknown } from '../definitions/not-available.ts';
import { checkOptions, isDefinition, isDuration, isListOf, isObject } from '../definitions/option-rules.ts';
import type { InputOf, Startable } from '../definitions/startable.ts';
import type { Definition } from '../worker/handlers.ts';
import { type CrashOptions, crashAtEveryCheckpoint } from './crash-runs.ts';
import type { Mock } from './mock.ts';
import {
  explained,
  handlerPatienceMs,
  impatient,
  isFinal,
  type StartedHandle,
  quiescenceError,
  TimeHand,
  withCallOrder,
} from './quiescence.ts';
import type { AnyStartable } from './test-workers.ts';
import { TestEnvironment } from './test-environment.ts';

export interface TestkitOptions {
  readonly mocks?: readonly Mock[];
  /** The instant at which virtual time begins; default 2026-01-01T00:00:00Z. */
  readonly startAt?: Date;
  /** Definitions that others start by name; those that the test starts need not be named. */
  readonly definitions?: readonly Definition[];
  /** Real time that settling may take; default `"30s"`. */
  readonly settleWithin?: Duration;
}

const rules = {
  mocks: isListOf(isObject),
  startAt: (value: unknown) => (types.isDate(value) && !Number.isNaN(value.getTime()) ? undefined : 'a valid Date'),
  definitions: isListOf(isDefinition('task', 'workflow', 'queue')),
  settleWithin: isDuration,
};

/** The calls of a definition's handlers. */
export interface Calls<Called> {
  /** Attempts of a task, also of a mocked one; starts of a workflow by this kit. */
  readonly times: number;
  /** In the order of the calls; of a task as its handler saw them. */
  readonly inputs: readonly InputOf<Called>[];
}

/**
 * The real engine in this process, on the embedded PostgreSQL, in time that stands still. Nothing is shared with
 * another kit, in this process or any other.
 */
export interface TestKit extends TaskFlow {
  /**
   * Gives virtual time.
   *
   * @example
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * await using t = await testkit({ startAt: new Date('2030-01-01T00:00:00Z') });
   * console.log(t.now().toISOString()); // 2030-01-01T00:00:00.000Z
   */
  now(): Date;
  /**
   * Lets virtual time pass, from one moment at which something is due to the next, and settles at each. A handler that
   * runs for more than a second of real time does not hold it up.
   *
   * @example
   * import { workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * const order = workflow({ id: 'order' }, (w) => {
   *   const waited = w.sleep('wait', { for: '3d' });
   *   return w.output({ waited }, () => 'sent');
   * });
   *
   * await using t = await testkit();
   * const run = await t.start(order, undefined);
   * await t.advance('2d');
   * console.log(await run.status()); // waiting
   * await t.advance('1d');
   * console.log(await run.status()); // completed
   */
  advance(by: Duration): Promise<void>;
  /**
   * Resolves when nothing moves without time or a word from outside. Rejects with `TaskFlowError` of code
   * `not_settled`, which names what still moves, after half a minute of real time.
   *
   * @example
   * import { task } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * const add = task({ id: 'add', run: ([a, b]: [number, number]) => a + b });
   *
   * await using t = await testkit();
   * const run = await t.start(add, [1, 2]);
   * await t.settle();
   * console.log(await run.status()); // completed
   */
  settle(): Promise<void>;
  /**
   * Gives the calls of the definition's handlers so far.
   *
   * @example
   * import { task } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * const add = task({ id: 'add', run: ([a, b]: [number, number]) => a + b });
   *
   * await using t = await testkit();
   * await t.execute(add, [1, 2]);
   * console.log(t.calls(add)); // { times: 1, inputs: [ [ 1, 2 ] ] }
   */
  calls<Called extends Startable<never, unknown>>(definition: Called): Calls<Called>;
  /**
   * Carries the definition out once, then again for every durable write of the engine: killed before it and killed
   * after it, resumed, and compared with the first time. Rejects with `TaskFlowError` of code `crash_unsafe` at the
   * first kill that made a difference.
   *
   * @example
   * import { task } from '@taskflow/sdk';
   * import { mock, testkit } from '@taskflow/sdk/testing';
   *
   * const charge = task({ id: 'card.charge', run: (cents: number) => `charged ${cents}` });
   * const charged = new Map<string, number>();
   * const bank = mock(charge, (cents, { idempotencyKey }) => {
   *   charged.set(idempotencyKey, cents);
   *   return `charged ${cents}`;
   * });
   *
   * await using t = await testkit({ mocks: [bank] });
   * const { outputs } = await t.crashAtEveryCheckpoint(charge, 250, {
   *   before: () => charged.clear(),
   *   observe: () => charged.size,
   * });
   * console.log(new Set(outputs)); // Set(1) { 'charged 250' }
   */
  crashAtEveryCheckpoint<Input, Output>(
    definition: Startable<Input, Output>,
    input: NoInfer<Input>,
    options?: CrashOptions<Output>,
  ): Promise<{ readonly crashes: number; readonly outputs: Output[] }>;
}

/**
 * Opens a kit; closing it (`await using`) ends it at once, whatever still runs.
 *
 * @example
 * import { workflow } from '@taskflow/sdk';
 * import { testkit } from '@taskflow/sdk/testing';
 *
 * const reminder = workflow({ id: 'reminder' }, (w) => {
 *   const waited = w.sleep('wait', { for: '30d' });
 *   return w.output({ waited }, () => 'remember');
 * });
 *
 * await using t = await testkit({ startAt: new Date('2030-01-01T00:00:00Z') });
 * const run = await t.start(reminder, undefined);
 * await t.advance('30d');
 * console.log(await run.result(), t.now().toISOString()); // remember 2030-01-31T00:00:00.000Z
 */
export async function testkit(options: TestkitOptions = {}): Promise<TestKit> {
  refuseUnknown('testkit', options, Object.keys(rules));
  checkOptions('testkit', options, rules);
  const { mocks = [], startAt, definitions = [], settleWithin } = options;
  const environmentOptions = {
    mocks,
    startAt: startAt?.getTime(),
    settleWithinMs: settleWithin === undefined ? undefined : durationMs(settleWithin),
  };
  const environment = await TestEnvironment.open(environmentOptions);
  try {
    await environment.learn(definitions);
  } catch (error) {
    await environment.stop();
    throw error;
  }
  const client = createTaskFlow({ url: environment.platform.url }, { api: environment.api });
  const started = new Map<AnyStartable, unknown[]>();
  const hand = new TimeHand();
  const watched = <Handle extends StartedHandle>(handle: Handle): Handle =>
    impatient(
      withCallOrder(handle, () => environment.calls.order()),
      environment.platform,
      hand,
    );
  let closing: Promise<void> | undefined;

  /** Held by a worker before it is started, and counted. */
  const begin = async (definition: AnyStartable, inputs: readonly unknown[]): Promise<TaskFlow> => {
    await environment.following(environment.learn([definition]));
    if (definition.kind === 'workflow') started.set(definition, [...(started.get(definition) ?? []), ...inputs]);
    return client;
  };
  const start = async (definition: never, input: never, startOptions: never): Promise<StartedHandle> =>
    (await begin(definition, [input])).start(definition, input, startOptions);
  const startMany = async (definition: never, items: readonly { readonly input: never }[]) => {
    const client = await begin(
      definition,
      items.map((item) => item.input),
    );
    const handles: readonly StartedHandle[] = await client.startMany(definition, items);
    return handles.map(watched);
  };

  async function execute(definition: never, input: never, all: Parameters<TaskFlow['execute']>[2] = {}) {
    const { timeout, signal, ...startOptions } = all;
    const handle = await start(definition, input, startOptions as never);
    const result = handle.result({ timeout, signal });
    result.catch(() => {});
    for (;;) {
      await hand.hold(() => explained(environment.platform.settle(handlerPatienceMs)));
      if (isFinal(await handle.status())) return result;
      if (!(await hand.hold(() => explained(environment.platform.advanceToNextDue()))))
        throw quiescenceError(handle.id);
    }
  }

  return {
    ready: () => client.ready(),
    start: (async (...asked: Parameters<typeof start>) => watched(await start(...asked))) as TestKit['start'],
    startMany: startMany as unknown as TestKit['startMany'],
    execute: execute as unknown as TestKit['execute'],
    handle: (async (definition: never, id: string) =>
      watched(await client.handle(definition, id))) as TestKit['handle'],
    emit: ((...asked: Parameters<TaskFlow['emit']>) => client.emit(...asked)) as TestKit['emit'],
    attach: ((...asked: Parameters<TaskFlow['attach']>) => client.attach(...asked)) as TestKit['attach'],
    fetch: ((...asked: Parameters<TaskFlow['fetch']>) => client.fetch(...asked)) as TestKit['fetch'],
    now: () => new Date(environment.platform.now()),
    advance: (by) => hand.hold(() => explained(environment.platform.advance(durationMs(by)))),
    settle: async () => {
      await hand.hold(() => explained(environment.platform.settle()));
    },
    calls<Called extends Startable<never, unknown>>(definition: Called): Calls<Called> {
      const asked = definition as unknown as AnyStartable;
      const inputs = asked.kind === 'task' ? environment.calls.inputsOf(asked) : (started.get(asked) ?? []);
      return { times: inputs.length, inputs: [...inputs] as InputOf<Called>[] };
    },
    crashAtEveryCheckpoint: (definition, input, crashOptions = {}) =>
      crashAtEveryCheckpoint(environmentOptions, definitions, definition, input, crashOptions),
    close: () => (closing ??= environment.stop()),
    [Symbol.asyncDispose]: () => (closing ??= environment.stop()),
  };
}
