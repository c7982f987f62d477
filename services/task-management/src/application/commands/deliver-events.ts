import type { Service } from '@taskflow/kit-lifecycle';
import { createLoop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { AdvanceCommand, AdvanceOutcome } from '../advance/advance-command.ts';
import type { ManagementBounds } from '../bounds.ts';
import type { EventDeliveryStore, Key } from '../ports/advance-store.ts';

/** Nothing but a lost wake-up waits this long. */
const intervalMs = 30_000;

export interface EventDeliveries extends Service {
  /** An event has not met all of its waits. */
  wake(): void;
}

export interface EventDeliveriesDependencies {
  readonly store: EventDeliveryStore;
  readonly submit: (command: AdvanceCommand) => Promise<AdvanceOutcome>;
  readonly bounds: Pick<ManagementBounds, 'eventsPerRead'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
}

/**
 * Brings events to the waits that were too many for one turn, a page of each at a time. How far each has come lies in
 * the database, so that a restart goes on where it was.
 */
export function createEventDeliveries(dependencies: EventDeliveriesDependencies): EventDeliveries {
  const { store, submit, clock, log } = dependencies;
  const { eventsPerRead } = dependencies.bounds;

  async function run(signal: AbortSignal): Promise<void> {
    let failure: unknown;
    for (let after: Key | undefined, rest = true; rest; ) {
      const deliveries = await store.readEventDeliveries(after, eventsPerRead);
      if (signal.aborted) return;
      const commands = deliveries.map(
        (delivery) => ({ type: 'deliver-event', tenantId: delivery.tenantId, delivery }) as const,
      );
      // One that cannot be delivered keeps no other from going on.
      const ended = await Promise.allSettled(commands.map((command) => submit(command)));
      failure ??= ended.find(({ status }) => status === 'rejected');
      after = deliveries.at(-1);
      rest = deliveries.length === eventsPerRead;
    }
    if (failure !== undefined) throw (failure as PromiseRejectedResult).reason;
  }

  return createLoop({ name: 'deliver-events', intervalMs, run, clock, log });
}
