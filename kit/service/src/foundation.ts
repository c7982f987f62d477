import type { Incarnation } from '@taskflow/kit-lifecycle';
import type { Publisher } from '@taskflow/kit-messaging';
import {
  type ConsumerOptions,
  createConsumer,
  createOutbox,
  createPositions,
  createPruning,
  type Outbox,
  type Positions,
} from '@taskflow/kit-messaging-postgres';
import { loadStatements, type MigrationLine, migrate, type Queryable, rolledBack } from '@taskflow/kit-postgres';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { createEmittingTransaction, type EmittingTransaction } from './emitting-transaction.ts';
import { createHostedService, type HostedService, type ServiceParts } from './hosted-service.ts';
import { createPools, type PoolOptions, type Pools } from './pools.ts';
import type { ServiceDependencies } from './service-dependencies.ts';

/** Runs `work` in a transaction that is rolled back: rejects as the real one would, and leaves nothing. */
export type TryOut = (work: (tx: Queryable) => Promise<unknown>) => Promise<void>;

/** Which pool does what every service does. */
export interface PoolRoles<Pool> {
  /** Outbox, positions, and the transactions that they belong to. */
  readonly events: Pool;
  /** Drops applied entries; with the profile `data-path`. */
  readonly pruning: Pool;
  /** Asks whether the database answers: one on which requests wait for nothing long. */
  readonly health: Pool;
}

export interface FoundationOptions<Pool extends string> {
  /** Of the service: its events come from it, its positions and pools belong to it, its log lines say it. */
  readonly name: string;
  readonly migrations: readonly MigrationLine[];
  /** In the order of their start. */
  readonly pools: Readonly<Record<Pool, PoolOptions>>;
  readonly roles: PoolRoles<Pool>;
}

/** What every service stands on, whatever its business. Nothing is opened before the hosted service starts. */
export interface Foundation<Pool extends string> {
  /** Says which service speaks. */
  readonly telemetry: Telemetry;
  readonly pools: Pools<Pool>;
  readonly incarnation: Incarnation;
  readonly outbox: Outbox;
  readonly positions: Positions;
  readonly publisher: Publisher;
  readonly transaction: EmittingTransaction;
  /** Shows whether a transaction would work, on the pool of the events. */
  readonly tryOut: TryOut;
  /** It stops: nothing new is begun. */
  isStopping(): boolean;
  /** Subscribes to the events of one producer, as `createConsumer` applies them. */
  consume<Change>(options: Omit<ConsumerOptions<Change>, 'consumer' | 'positions' | 'telemetry'>): void;
  /** The service, as its host starts it. Once: the parts of a service belong to it. */
  host(parts: ServiceParts): HostedService;
}

export function createFoundation<Pool extends string>(
  { name, migrations, pools: asked, roles }: FoundationOptions<Pool>,
  dependencies: ServiceDependencies,
): Foundation<Pool> {
  const { postgres, bus, clock, ids, entryBounds, migrateDatabase = migrate } = dependencies;
  const telemetry = dependencies.telemetry.child({ service: name });
  const sql = loadStatements(new URL('./queries/', import.meta.url), ['check-health']);
  const pools = createPools(name, asked, { ...dependencies, telemetry });
  const database = pools[roles.events];
  const { incarnation } = database;
  const outbox = createOutbox({ database, source: name, bounds: entryBounds });
  const positions = createPositions({ database });
  const publisher = bus.attach(outbox.log);
  let isStopping = false;

  return {
    telemetry,
    pools,
    incarnation,
    outbox,
    positions,
    publisher,
    transaction: createEmittingTransaction({ database, outbox, publisher, ids }),
    tryOut: (work) => rolledBack<Queryable>((run) => database.transaction(run), work),
    isStopping: () => isStopping,
    consume: (options) => bus.subscribe(createConsumer({ ...options, consumer: name, positions, telemetry })),
    host: (parts) =>
      createHostedService(
        {
          name,
          migrate: () => migrateDatabase({ url: postgres.url, lines: migrations }),
          pools: Object.values(pools),
          connections: Object.values<PoolOptions>(asked).reduce((sum, { connections }) => sum + connections, 0),
          incarnation,
          pruning: createPruning({ database: pools[roles.pruning], clock, telemetry }),
          ask: () => pools[roles.health].query(sql['check-health']),
          close: () => {
            isStopping = true;
          },
        },
        parts,
      ),
  };
}
