import type { Duration } from './duration.ts';
import type { AnyEvent } from './event.ts';
import type { GraphDrawing } from './graph-drawing.ts';
import type { AnySignal } from './signal.ts';
import type { UncheckedMapping, UncheckedOptions, Ref } from './step-options.ts';

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

/** The verbs whose steps wait: they need a worker only where a function of theirs is to be evaluated. */
export function waitVerbs(drawing: GraphDrawing) {
  const waitFor = (key: string, signal: AnySignal, options: UncheckedWaitOptions): Ref<never> =>
    drawing.add(key, options, { known: ['timeout'] }, (place) => {
      drawing.definition(place, 'signal', signal);
      const form = { signal: signal.id, timeout: options.timeout };
      drawing.checkForm(place, 'waitForSignal', form);
      return { work: { kind: 'signal', signal }, request: { waitForSignal: form }, mapped: false };
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
      const mapping = drawing.mapping(place, 'key', options.key);
      return { work: { kind: 'event', event, key: mapping }, request: { waitForEvent: form }, mapped: true };
    });

  const sleep = (key: string, options: UncheckedSleepOptions): Ref<never> =>
    drawing.add(key, options, { known: ['for', 'until'] }, (place) => {
      const { for: span, until } = options;
      if ((span === undefined) === (until === undefined)) {
        return drawing.refuse(`${place}: a sleep has either "for" or "until"`);
      }
      if (until !== undefined) drawing.mapping(place, 'until', until);
      const form = span === undefined ? {} : { for: span };
      drawing.checkForm(place, 'sleep', form);
      return { work: { kind: 'sleep', until }, request: { sleep: form }, mapped: until !== undefined };
    });

  return { waitFor, waitForEvent, sleep };
}
