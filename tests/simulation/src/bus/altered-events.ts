import type { EventBus, EventRecord } from '@taskflow/kit-messaging';

/** A planted bug: consumers see other events than producers published. */
export function alteredEvents(bus: EventBus, alter: (event: EventRecord) => EventRecord): EventBus {
  return {
    name: bus.name,
    start: () => bus.start(),
    stop: () => bus.stop(),
    attach: (log) => bus.attach(log),
    subscribe: (subscription) =>
      bus.subscribe({
        ...subscription,
        position: (stream, identity) => subscription.position(stream, identity),
        apply: (entries) => subscription.apply(entries.map((entry) => ({ ...entry, events: entry.events.map(alter) }))),
      }),
  };
}
