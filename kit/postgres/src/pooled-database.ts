import { createLifecycle } from '@taskflow/kit-lifecycle';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, systemClock } from '@taskflow/kit-time';
import type { DatabaseProfile } from './connection-options.ts';
import { createConnectionPool } from './connection-pool.ts';
import type { Database, Parameter, Queryable, Row, Statement, TransactionOptions } from './database.ts';
import { classify, DatabaseError, spoilsConnection } from './errors.ts';
import { ServerRuns } from './incarnation.ts';
import { ask, endSession } from './session.ts';
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
  /** Whether idle connections keep the process from ending by itself; they do unless told. */
  keepsProcessAlive?: boolean;
  /** Shared by the pools of one database, so that the first of them to connect tells all; its own unless given. */
  incarnation?: ServerRuns;
  telemetry: Telemetry;
  clock?: Clock;
}

/** A database behind a pool that heals by itself: a connection that failed or timed out is thrown away, not reused. */
export function createDatabase(options: DatabaseOptions): Database {
  const { name, telemetry, clock = systemClock, queryTimeoutMs = 5_000, connectTimeoutMs = 5_000 } = options;
  const { incarnation = new ServerRuns() } = options;
  const pool = createConnectionPool({ ...options, clock, queryTimeoutMs, connectTimeoutMs, incarnation });
  const failures = telemetry.counter({
    name: 'postgres_failures_total',
    help: 'Statements and transactions that failed, by what the failure means.',
    labelNames: ['pool', 'kind'],
  });

  async function query(statement: Statement, parameters: readonly Parameter[] = []): Promise<Row[]> {
    const connection = await pool.checkOut();
    try {
      const { rows } = await ask(connection, statement, parameters);
      if (!pool.isCurrent(connection)) throw new DatabaseError('the server began a new run before its answer was read');
      connection.release();
      return rows;
    } catch (error) {
      const failure = classify(error);
      failures.inc({ pool: name, kind: failure.kind });
      connection.release(spoilsConnection(failure));
      throw failure;
    }
  }

  async function transaction<T>(work: (tx: Queryable) => Promise<T>, settings: TransactionOptions = {}): Promise<T> {
    const connection = await pool.checkOut();
    const identity = pool.identityOf(connection);
    const end = await runTransaction(connection, work, {
      asynchronous: settings.durability === 'asynchronous',
      isCurrent: () => pool.isCurrent(connection),
      endSession: () => endSession({ identity, query, clock, withinMs: queryTimeoutMs }),
    });
    connection.release(!end.reusable);
    if (end.failure === undefined) return end.value as T;
    failures.inc({ pool: name, kind: end.failure.kind });
    throw end.failure.reason;
  }

  return {
    ...createLifecycle({ name, start: (stopped) => pool.open(stopped), stop: () => pool.close() }),
    incarnation,
    query: query as Database['query'],
    transaction,
  };
}
