import type { EventBus } from '@taskflow/kit-messaging';
import type { EntryBounds } from '@taskflow/kit-messaging-postgres';
import type { Database, DatabaseOptions, MigrateOptions } from '@taskflow/kit-postgres';
import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock, Ids, Random } from '@taskflow/kit-time';

/** What whoever hosts a service gives it. A service adds its own settings and bounds. */
export interface ServiceDependencies {
  /** Its own database, which exists. */
  readonly postgres: { readonly url: string };
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Of pauses that are not to coincide; the machine's unless told. */
  readonly random?: Random;
  readonly telemetry: Telemetry;
  /** Opens each of its pools; `createDatabase` unless told. Tests stand between a service and its database here. */
  readonly openDatabase?: (options: DatabaseOptions) => Database;
  /** Brings its database to the state of its migrations; `migrate` unless told. Tests bring one that is there already. */
  readonly migrateDatabase?: (options: MigrateOptions) => Promise<void>;
  /** Of the entries that it emits. Tests make them small enough to be crossed. */
  readonly entryBounds?: Partial<EntryBounds>;
}
