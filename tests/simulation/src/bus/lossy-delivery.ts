import type { EventBus, Publisher } from '@taskflow/kit-messaging';
import type { Counters } from '../counters.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';

export interface TellingFaults {
  /** An entry is not told of: the bus has to find it in the log. */
  readonly lost: number;
  readonly twice: number;
  /** Told late, so that entries behind it come first. */
  readonly late: number;
}

export interface TellingOptions {
  readonly kernel: Kernel;
  readonly owner: Owner;
  readonly chance: Chance;
  readonly counters: Counters;
  readonly faults: () => TellingFaults;
}

/** The bus of production, told of its entries late, twice, out of order or not at all. */
export function lossyDelivery(bus: EventBus, { kernel, owner, chance, counters, faults }: TellingOptions): EventBus {
  const spoil = (publisher: Publisher): Publisher => ({
    committed: (entry) => {
      const { lost, twice, late } = faults();
      const print = (ms: number) =>
        void kernel.after(ms, owner, `told of ${entry.source} ${entry.seq}`, () => publisher.committed(entry));
      if (chance.happens(lost)) return counters.hit('entry not told of');
      if (chance.happens(twice)) {
        counters.hit('entry told of twice');
        print(chance.between(1, 500));
      }
      if (!chance.happens(late)) return publisher.committed(entry);
      counters.hit('entry told of late');
      print(chance.between(1, 800));
    },
    recheckLog: (stream) => publisher.recheckLog(stream),
  });
  return {
    name: bus.name,
    start: () => bus.start(),
    stop: () => bus.stop(),
    attach: (log) => spoil(bus.attach(log)),
    subscribe: (subscription) => bus.subscribe(subscription),
  };
}
