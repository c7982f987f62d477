import type { Database, ServerRuns, Statement } from '@taskflow/kit-postgres';
import type { Counters } from '../counters.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';
import type { DatabaseServer } from './database-server.ts';
import type { DatabaseFaults } from './fault-plan.ts';
import type { Flights } from './flights.ts';
import type { ServiceName, Store } from './simulation-server.ts';
import type { VirtualNow } from './virtual-now.ts';

/** Changes what a service asks its database, to plant a bug. */
export interface Rewriting {
  statement?(name: string, statement: Statement, service: ServiceName): Statement;
  /** The statement runs by itself, outside of the transaction that it belongs to. */
  runsApart?(name: string): boolean;
  /** The transaction is reported as committed before it is. */
  acknowledgesEarly?: boolean;
  /** What these services hold in memory is not dropped when the server begins another run. */
  outlivesTheServer?: readonly ServiceName[];
}

export interface GateEnvironment {
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly flights: Flights;
  readonly server: DatabaseServer;
  /** Ends the server after so many virtual milliseconds, unless it has been ended often enough. */
  readonly crashServer: (afterMs: number) => void;
  readonly now: VirtualNow;
  readonly stores: Readonly<Record<ServiceName, Store>>;
  readonly counters: Counters;
  /** What may go wrong at this moment. */
  readonly faults: () => DatabaseFaults;
  readonly rewriting: Rewriting;
  /** Mean virtual milliseconds that a statement is on its way. */
  readonly latencyMs: number;
}

export interface GateOptions extends GateEnvironment {
  readonly owner: Owner;
  /** Ends the engine at once. */
  readonly crash: (reason: string) => void;
}

/** One pool of one engine, as the gate sees it. */
export interface Pool extends GateOptions {
  readonly store: Store;
  /** Real connections of the present run of the server. */
  readonly real: () => Database;
  /** Which run the engine knows of. */
  readonly runs: ServerRuns;
  readonly queryTimeoutMs: number;
}

const hashed = /_[0-9a-f]{8}$/;
export const nameOf = (statement: Statement): string => statement.name.replace(hashed, '');
