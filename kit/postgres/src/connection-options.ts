import type pg from 'pg';
import { ownAddress } from './own-address.ts';
import { resultTypes } from './result-types.ts';

/**
 * `data-path` pins the shape of plans for statements on hot tables: a plan cached while such a table was empty must
 * not turn into a scan or a hash join once it is full, so only index probes are left to choose from. Where rows are
 * wanted in order, sorting comes last, so that the index which has that order is taken.
 * `general` leaves the planner free, and makes it plan each time: a plan that outlived the state of the tables for
 * which it was made would do for a full table what is best for an empty one.
 */
export type DatabaseProfile = 'data-path' | 'general';

export interface ConnectionSettings {
  url: string;
  /** Shown as `application_name`. */
  name: string;
  profile: DatabaseProfile;
  queryTimeoutMs: number;
  connectTimeoutMs: number;
}

const profileSettings: Readonly<Record<DatabaseProfile, Readonly<Record<string, string>>>> = {
  'data-path': {
    plan_cache_mode: 'force_generic_plan',
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    enable_material: 'off',
    enable_sort: 'off',
    enable_bitmapscan: 'on',
    jit: 'off',
  },
  general: { plan_cache_mode: 'force_custom_plan', jit: 'off' },
};

/**
 * The client's timeout is a little longer than the server's: in the usual case the server ends the statement and
 * the connection stays usable; the client's own is for a server that no longer answers, and costs the connection.
 */
const clientTimeoutMarginMs = 250;

export function connectionOptions(settings: ConnectionSettings): pg.ClientConfig & { pipeline: boolean } {
  const { url, name, profile, queryTimeoutMs, connectTimeoutMs } = settings;
  const address = new URL(url);
  const given = address.searchParams.get('options') ?? '';
  address.searchParams.delete('options');
  const session: Record<string, string> = {
    ...profileSettings[profile],
    TimeZone: 'UTC',
    DateStyle: 'ISO',
    statement_timeout: String(queryTimeoutMs),
    idle_in_transaction_session_timeout: String(queryTimeoutMs * 2),
  };
  const options = Object.entries(session).map(([key, value]) => `-c ${key}=${value}`);
  return {
    ...ownAddress(address.href),
    application_name: name,
    options: [...options, given].join(' ').trim(),
    query_timeout: queryTimeoutMs + clientTimeoutMarginMs,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: resultTypes as pg.CustomTypesConfig,
    pipeline: true,
  };
}
