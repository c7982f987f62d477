import { createDatabase, type Database, type DatabaseProfile, ServerRuns } from '@taskflow/kit-postgres';
import type { ServiceDependencies } from './service-dependencies.ts';

export interface PoolOptions {
  /** At one time, at most. */
  readonly connections: number;
  readonly profile: DatabaseProfile;
}

export type Pools<Name extends string> = Readonly<Record<Name, Database>>;

/**
 * The pools of one service, as `<service>-<pool>`. They share what they know of the server's runs: one that connects to a
 * new run tells the others before any of them lends a session of the old one.
 */
export function createPools<Name extends string>(
  service: string,
  asked: Readonly<Record<Name, PoolOptions>>,
  { postgres, telemetry, clock, openDatabase = createDatabase }: ServiceDependencies,
): Pools<Name> {
  const { url } = postgres;
  const incarnation = new ServerRuns();
  const pools: Partial<Record<Name, Database>> = {};
  for (const pool of Object.keys(asked) as Name[]) {
    const { connections: poolSize, profile } = asked[pool];
    pools[pool] = openDatabase({ url, name: `${service}-${pool}`, poolSize, profile, incarnation, telemetry, clock });
  }
  return pools as Pools<Name>;
}
