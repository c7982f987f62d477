import { Socket } from 'node:net';
import { backoff, UnavailableError, withDeadline } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, systemRandom } from '@taskflow/kit-time';
import pg from 'pg';
import { type ConnectionSettings, connectionOptions } from './connection-options.ts';
import { classify } from './errors.ts';
import type { ServerRuns } from './incarnation.ts';
import { Reconnection } from './reconnection.ts';
import { greet, type SessionIdentity } from './session.ts';

export interface ConnectionPoolOptions extends ConnectionSettings {
  poolSize: number;
  keepsProcessAlive?: boolean;
  incarnation: ServerRuns;
  telemetry: Telemetry;
  clock: Clock;
}

/** A connection for one user at a time; `release(true)` throws it away. */
export type PooledConnection = pg.PoolClient;

export interface ConnectionPool {
  /** Rejects with a `DatabaseError` of kind `unavailable` when none is free or made in time. */
  checkOut(): Promise<PooledConnection>;
  identityOf(connection: PooledConnection): SessionIdentity | undefined;
  /** Whether the connection belongs to the latest run of the server that is known. */
  isCurrent(connection: PooledConnection): boolean;
  /**
   * Connects once; rejects with `UnavailableError` when that does not succeed within the connect timeout, and with the
   * reason of the signal once it aborts.
   */
  open(stopped: AbortSignal): Promise<void>;
  /** Waits for connections in use, within the bound of a statement, then cuts them. Never rejects. */
  close(): Promise<void>;
}

export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  const { name, clock, telemetry, incarnation, queryTimeoutMs, connectTimeoutMs } = options;
  const identities = new WeakMap<pg.ClientBase, SessionIdentity>();
  const epochs = new WeakMap<pg.ClientBase, number>();
  const sockets = new Set<Socket>();
  const greeting = {
    // The driver waits for the promise and refuses the connection if it rejects.
    onConnect: async (connection: pg.ClientBase) => {
      const identity = await greet(connection);
      if (incarnation.observe(identity.run)) {
        telemetry.log.warn({ pool: name, run: identity.run }, 'the database server began a new run');
      }
      identities.set(connection, identity);
      epochs.set(connection, incarnation.epoch);
    },
  };
  const pool = new pg.Pool({
    ...connectionOptions(options),
    ...greeting,
    stream: () => track(sockets),
    max: options.poolSize,
    idleTimeoutMillis: 0,
    allowExitOnIdle: options.keepsProcessAlive === false,
  });
  const reconnection = new Reconnection(async () => (await checkOut()).release(), clock, systemRandom);
  observe(pool, name, telemetry);
  pool.on('remove', () => reconnection.lost());
  pool.on('release', (error) => {
    if (error) reconnection.lost();
  });

  const isCurrent = (connection: PooledConnection) => epochs.get(connection) === incarnation.epoch;

  async function checkOut(): Promise<PooledConnection> {
    for (;;) {
      const connection = await pool.connect().catch((error: unknown) => Promise.reject(classify(error)));
      if (isCurrent(connection)) return connection;
      // Left over from an earlier run. There are at most as many as the pool has places, and new ones are current.
      connection.release(true);
    }
  }

  async function open(stopped: AbortSignal): Promise<void> {
    const start = clock.monotonic();
    for (let attempt = 1; ; attempt += 1) {
      try {
        (await checkOut()).release();
        return;
      } catch (error) {
        stopped.throwIfAborted();
        if (clock.monotonic() - start > connectTimeoutMs) {
          throw new UnavailableError(`the database of ${name} cannot be reached`, { cause: error });
        }
        await clock.sleep(backoff(attempt, { baseMs: 50, capMs: 1_000 }, systemRandom), stopped);
      }
    }
  }

  async function close(): Promise<void> {
    reconnection.close();
    try {
      await withDeadline(queryTimeoutMs, pool.end(), `closing the pool ${name}`, clock);
    } catch (error) {
      telemetry.log.warn(
        { pool: name, err: classify(error) },
        'connections were cut because their statements did not end',
      );
      for (const socket of sockets) socket.destroy();
    }
  }

  return { checkOut, identityOf: (connection) => identities.get(connection), isCurrent, open, close };
}

function track(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}

/**
 * Without the listeners, a connection that breaks while nobody waits on it would end the process. All connections of a
 * pool break together when their server ends: the log tells of the first one, and of the first that is open again.
 */
function observe(pool: pg.Pool, name: string, telemetry: Telemetry): void {
  const connections = telemetry.gauge({
    name: 'postgres_connections',
    help: 'Open connections of a pool.',
    labelNames: ['pool'],
  });
  const count = () => connections.set({ pool: name }, pool.totalCount);
  let isBroken = false;
  pool.on('error', (error) => {
    // The pool lets go of its connections before they are closed: one that breaks then is no news.
    if (pool.ending || isBroken) return;
    isBroken = true;
    telemetry.log.warn({ pool: name, err: classify(error) }, 'an idle database connection broke');
  });
  pool.on('connect', (connection) => {
    connection.on('error', () => undefined);
    count();
    if (isBroken) telemetry.log.info({ pool: name }, 'the database can be connected to again');
    isBroken = false;
  });
  pool.on('remove', count);
}
