import type { StreamEntry } from '@taskflow/kit-messaging';
import type { Clock } from '@taskflow/kit-time';
import type { Counters } from '../counters.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';
import type { Broker } from './broker.ts';

export interface BrokerFaults {
  readonly duplicate: number;
  /** Lost on the way to the consumer; comes again later. */
  readonly lost: number;
  readonly lostAcknowledgement: number;
  /** What was applied before is handed to the consumer all the same. */
  readonly stale: number;
  /** The engine dies between publishing and noting it. */
  readonly crashAfterPublish: number;
}

/** Planted bugs of a bus. */
export interface BusBugs {
  readonly marksFirst?: boolean;
  readonly acknowledgesFirst?: boolean;
  /** Reads what lies behind a cursor, numbers it by itself, and never looks back. */
  readonly readBehind?: (source: string, cursor: number) => Promise<StreamEntry[]>;
}

export interface BrokerBusOptions {
  readonly kernel: Kernel;
  readonly owner: Owner;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly counters: Counters;
  readonly broker: Broker;
  readonly faults: () => BrokerFaults;
  readonly crash: (reason: string) => void;
  readonly bugs: BusBugs;
}
