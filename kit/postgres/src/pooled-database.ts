import { backoff, UnavailableError, withDeadline } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, systemClock, systemRandom } from '@taskflow/kit-time';
import pg from 'pg';
import { connectionOptions, type DatabaseProfile } from './connection-options.ts';
import type { Database, Parameter, Queryable, Row, Statement, TransactionOptions } from './database.ts';
import { classify } from './errors.ts';
import { ask, endSession, greet, type SessionIdentity } from './session.ts';
import { runTransaction } from './transaction.ts';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  url: string;
  /** Names the pool in `pg_stat_activity`, logs and metrics. */
  name: string;
  /** Most connections at one time. */
  poolSize: number;
  profile: DatabaseProfile;
  /** Longest time of one statement, in milliseconds; 5,000 unless told. Holds against a server that has stopped, too. */
  queryTimeoutMs?: number;
  /** Longest wait for a connection, in milliseconds; 5,000 unless told. */
  connectTimeoutMs?: number;
  telemetry: Telemetry;
  clock?: Clock;
}

type PooledClient = pg.PoolClient;

/** A pool of connections that heals by itself: whatever failed by connection or timeout is thrown away, not reused. */
export function createDatabase(options: DatabaseOptions): Database {
  const { name, telemetry, clock = systemClock, queryTimeoutMs = 5_000, connectTimeoutMs = 5_000 } = options;
  const log = telemetry.log;
  const connections = telemetry.gauge({
    name: 'postgres_connections',
    help: 'Open connections of a pool.',
    labelNames: ['pool'],
  });
  const failures = telemetry.counter({
    name: 'postgres_failures_total',
    help: 'Statements that failed, by what the failure means.',
    labelNames: ['pool', 'kind'],
  });
  const identities = new WeakMap<PooledClient, SessionIdentity>();
  const open = new Set<PooledClient>();
  const pool = new pg.Pool({
    ...connectionOptions({ ...options, queryTimeoutMs, connectTimeoutMs }),
    max: options.poolSize,
    idleTimeoutMillis: 0,
    onConnect: async (client) => {
      identities.set(client as PooledClient, await greet(client));
    },
  });
  // Without these listeners, a connection that breaks while nobody waits on it would end the process.
  pool.on('error', (error) => log.warn({ pool: name, err: error }, 'an idle database connection broke'));
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    open.add(client);
    connections.set({ pool: name }, open.size);
  });
  pool.on('remove', (client) => {
    open.delete(client as PooledClient);
    connections.set({ pool: name }, open.size);
  });

  function fail(error: unknown): never {
    const classified = classify(error);
    failures.inc({ pool: name, kind: classified.kind });
    throw classified;
  }

  async function checkOut(): Promise<PooledClient> {
    try {
      return await pool.connect();
    } catch (error) {
      return fail(error);
    }
  }

  async function query(statement: Statement, parameters: readonly Parameter[] = []): Promise<Row[]> {
    const client = await checkOut();
    try {
      const { rows } = await ask(client, statement, parameters);
      client.release();
      return rows;
    } catch (error) {
      client.release(classify(error).kind === 'unavailable');
      return fail(error);
    }
  }

  async function transaction<T>(work: (tx: Queryable) => Promise<T>, settings: TransactionOptions = {}): Promise<T> {
    const client = await checkOut();
    const { value, error, reusable } = await runTransaction(client, work, {
      asynchronous: settings.durability === 'asynchronous',
      endSession: () => endSession({ identity: identities.get(client), query, clock, withinMs: queryTimeoutMs * 2 }),
    });
    client.release(!reusable);
    if (error === undefined) return value as T;
    throw error.reason;
  }

  async function connectOnce(): Promise<void> {
    const start = clock.monotonic();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const client = await checkOut();
        client.release();
        return;
      } catch (error) {
        if (clock.monotonic() - start > connectTimeoutMs) {
          throw new UnavailableError(`database of ${name} cannot be reached`, { cause: error });
        }
        await clock.sleep(backoff(attempt, { baseMs: 50, capMs: 1_000 }, systemRandom));
      }
    }
  }

  async function close(): Promise<void> {
    try {
      await withDeadline(queryTimeoutMs * 2, pool.end(), `closing the pool of ${name}`, clock);
    } catch (error) {
      log.warn({ pool: name, err: error }, 'a pool could not close all of its connections in time');
    }
  }

  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  return {
    name,
    start: () => {
      starting ??= connectOnce();
      return starting;
    },
    stop: () => {
      stopping ??= close();
      return stopping;
    },
    query: query as Database['query'],
    transaction,
  };
}
