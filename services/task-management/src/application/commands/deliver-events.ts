import { createLoop, type Loop, type LoopDependencies, repeatWhileFull } from '@taskflow/kit-resilience';
import type { AdvanceCommand, AdvanceOutcome } from '../advance/advance-command.ts';
import type { ManagementBounds } from '../bounds.ts';
import type { Key } from '../ports/advance-store.ts';
import type { EventDeliveryStore } from '../ports/event-delivery-store.ts';

/** Nothing but a lost wake-up waits this long. */
const intervalMs = 30_000;

export interface EventDeliveriesDependencies extends LoopDependencies {
  readonly store: EventDeliveryStore;
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  readonly bounds: Pick<ManagementBounds, 'eventsPerRead'>;
}

/**
 * Brings events to the waits that were too many for one transaction, a page of each at a time; woken when an event has not met
 * all of its waits. How far each has come lies in the database, so that a restart goes on where it was.
 */
export function createEventDeliveries(dependencies: EventDeliveriesDependencies): Loop {
  const { store, submit } = dependencies;
  const { eventsPerRead } = dependencies.bounds;

  async function run(signal: AbortSignal): Promise<number> {
    let failure: PromiseRejectedResult | undefined;
    let after: Key | undefined;
    const step = async () => {
      const deliveries = await store.readEventDeliveries(after, eventsPerRead);
      if (signal.aborted) return 0;
      const commands = deliveries.map(
        (delivery) => ({ kind: 'deliver-event', tenantId: delivery.tenantId, delivery }) as const,
      );
      // One that cannot be delivered keeps no other from going on.
      const ended = await Promise.allSettled(commands.map((command) => submit(command)));
      failure ??= ended.find((one) => one.status === 'rejected');
      after = deliveries.at(-1);
      return deliveries.length;
    };
    const delivered = await repeatWhileFull(signal, step, eventsPerRead);
    if (failure !== undefined) throw failure.reason;
    return delivered;
  }

  return createLoop({ name: 'deliver-events', intervalMs, run }, dependencies);
}
