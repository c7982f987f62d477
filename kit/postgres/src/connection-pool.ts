import { Socket } from 'node:net';
import { backoff, UnavailableError, withDeadline } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, systemRandom } from '@taskflow/kit-time';
import pg from 'pg';
import { type ConnectionSettings, connectionOptions } from './connection-options.ts';
import { classify } from './errors.ts';
import { greet, type SessionIdentity } from './session.ts';

export interface ConnectionPoolOptions extends ConnectionSettings {
  poolSize: number;
  keepsProcessAlive?: boolean;
  telemetry: Telemetry;
  clock: Clock;
}

/** A connection for one user at a time; `release(true)` throws it away. */
export type PooledConnection = pg.PoolClient;

export interface ConnectionPool {
  /** Rejects with a `DatabaseError` of kind `unavailable` when none is free or made in time. */
  checkOut(): Promise<PooledConnection>;
  identityOf(connection: PooledConnection): SessionIdentity | undefined;
  /** Connects once; rejects with `UnavailableError` when that does not succeed within the connect timeout. */
  open(): Promise<void>;
  /** Waits for connections in use, within the bound of a statement, then cuts them. Never rejects. */
  close(): Promise<void>;
}

export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  const { name, clock, telemetry, queryTimeoutMs, connectTimeoutMs } = options;
  const identities = new WeakMap<pg.ClientBase, SessionIdentity>();
  const sockets = new Set<Socket>();
  const greeting = {
    // The driver waits for the promise and refuses the connection if it rejects.
    onConnect: async (connection: pg.ClientBase) => {
      identities.set(connection, await greet(connection));
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
  observe(pool, name, telemetry);

  async function checkOut(): Promise<PooledConnection> {
    try {
      return await pool.connect();
    } catch (error) {
      throw classify(error);
    }
  }

  async function open(): Promise<void> {
    const start = clock.monotonic();
    for (let attempt = 1; ; attempt += 1) {
      try {
        (await checkOut()).release();
        return;
      } catch (error) {
        if (clock.monotonic() - start > connectTimeoutMs) {
          throw new UnavailableError(`the database of ${name} cannot be reached`, { cause: error });
        }
        await clock.sleep(backoff(attempt, { baseMs: 50, capMs: 1_000 }, systemRandom));
      }
    }
  }

  async function close(): Promise<void> {
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

  return { checkOut, identityOf: (connection) => identities.get(connection), open, close };
}

function track(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}

/** Without the listeners, a connection that breaks while nobody waits on it would end the process. */
function observe(pool: pg.Pool, name: string, telemetry: Telemetry): void {
  const connections = telemetry.gauge({
    name: 'postgres_connections',
    help: 'Open connections of a pool.',
    labelNames: ['pool'],
  });
  const count = () => connections.set({ pool: name }, pool.totalCount);
  pool.on('error', (error) => {
    // The pool lets go of its connections before they are closed: one that breaks then is no news.
    if (!pool.ending) telemetry.log.warn({ pool: name, err: classify(error) }, 'an idle database connection broke');
  });
  pool.on('connect', (connection) => {
    connection.on('error', () => undefined);
    count();
  });
  pool.on('remove', count);
}
