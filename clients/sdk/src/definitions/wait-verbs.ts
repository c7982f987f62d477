import { types } from 'node:util';
import type { Duration } from './duration.ts';
import type { AnyEvent, EventDef } from './event.ts';
import type { GraphDrawing } from './graph-drawing.ts';
import type { Schema } from './schema.ts';
import type { AnySignal, SignalDef } from './signal.ts';
import type {
  Needs as AnyNeeds,
  NoNeeds,
  OnError as AnyOnError,
  Ref,
  SleepOptions,
  StepResult,
  UncheckedMapping,
  UncheckedOptions,
  WaitForEventOptions,
  WaitOptions,
} from './step-options.ts';

/** The verbs whose steps wait: they need a worker only where a function of theirs is to be evaluated. */
export interface WaitVerbs<Input> {
  /**
   * Adds a step that waits until the signal is sent to this workflow, and fails when `timeout` passes first.
   *
   * @example
   * import { signal, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   * import { z } from 'zod';
   *
   * const Approved = signal({ id: 'approved', payload: z.object({ by: z.string() }) });
   * const order = workflow({ id: 'order', input: z.object({ cents: z.int() }) }, (w) => {
   *   const approval = w.waitFor('approval', Approved, { when: ({ input }) => input.cents > 1_000, timeout: '2d' });
   *   // A step with `when` may be skipped, and its reader sees undefined then.
   *   return w.output({ approval }, (seen) => seen.approval?.by ?? 'nobody');
   * });
   *
   * await using t = await testkit();
   * console.log(await t.execute(order, { cents: 250 })); // nobody
   */
  waitFor<
    Payload,
    Needs extends AnyNeeds = NoNeeds,
    Condition extends boolean = never,
    OnError extends AnyOnError = 'fail',
  >(
    name: string,
    signal: SignalDef<never, Payload>,
    options: WaitOptions<Input, Needs, Condition, OnError> & { readonly timeout: Duration },
  ): Ref<StepResult<Payload, Condition, OnError>>;

  /**
   * Adds a step that waits for an event with this key, and fails when `timeout` passes first.
   *
   * @example
   * import { event, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   * import { z } from 'zod';
   *
   * const Paid = event({ id: 'paid', payload: z.object({ order: z.string() }), key: ({ order }) => order });
   * const order = workflow({ id: 'order', input: z.string() }, (w) => {
   *   const paid = w.waitForEvent('paid', Paid, { key: ({ input }) => input, timeout: '14d', onError: 'continue' });
   *   return w.output({ paid }, (seen) => (seen.paid === undefined ? 'never paid' : 'paid'));
   * });
   *
   * await using t = await testkit();
   * console.log(await t.execute(order, 'o-1')); // never paid
   */
  waitForEvent<
    Payload,
    Key extends string | number,
    Needs extends AnyNeeds = NoNeeds,
    Condition extends boolean = never,
    OnError extends AnyOnError = 'fail',
  >(
    name: string,
    event: EventDef<never, Payload, Key>,
    options: WaitForEventOptions<Input, Needs, NoInfer<Key>, Condition, OnError>,
  ): Ref<StepResult<Payload, Condition, OnError>>;

  /**
   * Adds a step that waits for a span, or until an instant; one in the past is over at once.
   *
   * @example
   * import { workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   * import { z } from 'zod';
   *
   * const reminder = workflow({ id: 'reminder', input: z.object({ due: z.date() }) }, (w) => {
   *   const due = w.sleep('due', { until: ({ input }) => input.due });
   *   const late = w.sleep('late', { needs: { due }, for: '1d' });
   *   return w.output({ late }, () => 'reminded');
   * });
   *
   * await using t = await testkit({ startAt: new Date('2030-01-01T00:00:00Z') });
   * console.log(await t.execute(reminder, { due: new Date('2030-02-01T00:00:00Z') })); // reminded
   * console.log(t.now().toISOString()); // 2030-02-02T00:00:00.000Z
   */
  sleep<Needs extends AnyNeeds = NoNeeds, Condition extends boolean = never>(
    name: string,
    options: SleepOptions<Input, Needs, Condition>,
  ): Ref<undefined>;
}

interface UncheckedWaitOptions extends UncheckedOptions {
  readonly timeout: Duration;
}
interface UncheckedEventOptions extends UncheckedWaitOptions {
  readonly key: UncheckedMapping;
}
interface UncheckedSleepOptions extends UncheckedOptions {
  readonly for?: Duration;
  readonly until?: UncheckedMapping;
}

/** Time brings nothing. */
const nothing: Schema = { '~standard': { version: 1, vendor: 'taskflow', validate: () => ({ value: undefined }) } };

function keyOnWire(key: unknown): string | number | undefined {
  if (typeof key === 'number') return Number.isFinite(key) ? key : undefined;
  return typeof key === 'string' && key !== '' && key.length <= 500 ? key : undefined;
}

function instantOnWire(until: unknown): string | undefined {
  return types.isDate(until) && !Number.isNaN(until.getTime()) ? until.toISOString() : undefined;
}

/** Draws what the verbs say. */
export function waitVerbs(drawing: GraphDrawing) {
  const waitFor = (key: string, signal: AnySignal, options: UncheckedWaitOptions): Ref<never> =>
    drawing.add(key, options, { known: ['timeout'] }, (place) => {
      drawing.definition(place, 'signal', signal);
      const form = { signal: signal.id, timeout: options.timeout };
      drawing.checkForm(place, 'waitForSignal', form);
      const work = { kind: 'wait', word: 'signal', subject: signal.id, payload: signal.payload } as const;
      return { work, request: { waitForSignal: form }, mapped: false };
    });

  const waitForEvent = (key: string, event: AnyEvent, options: UncheckedEventOptions): Ref<never> =>
    drawing.add(key, options, { known: ['timeout', 'key'] }, (place) => {
      drawing.definition(place, 'event', event);
      if (event.key === undefined) {
        return drawing.refuse(
          `${place}: event "${event.id}" has no key, so none of it could find this wait: give its definition one`,
        );
      }
      const form = { event: event.id, timeout: options.timeout };
      drawing.checkForm(place, 'waitForEvent', form);
      const map = drawing.mapping(place, 'key', options.key);
      const prepare = {
        name: 'key',
        map,
        onWire: keyOnWire,
        otherwise: 'neither a text of 1 to 500 characters nor a number',
      };
      const work = { kind: 'wait', word: 'event', subject: event.id, payload: event.payload, prepare } as const;
      return { work, request: { waitForEvent: form }, mapped: true };
    });

  const sleep = (key: string, options: UncheckedSleepOptions): Ref<never> =>
    drawing.add(key, options, { known: ['for', 'until'] }, (place) => {
      const { for: span, until } = options;
      if ((span === undefined) === (until === undefined)) {
        return drawing.refuse(`${place}: a sleep has either "for" or "until"`);
      }
      const form = span === undefined ? {} : { for: span };
      drawing.checkForm(place, 'sleep', form);
      const prepare = until && {
        name: 'until',
        map: drawing.mapping(place, 'until', until),
        onWire: instantOnWire,
        otherwise: 'no valid Date',
      };
      const work = { kind: 'wait', word: 'sleep', payload: nothing, prepare } as const;
      return { work, request: { sleep: form }, mapped: until !== undefined };
    });

  return { waitFor, waitForEvent, sleep };
}
