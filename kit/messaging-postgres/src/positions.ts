import { type Position, PositionIdentityError } from '@taskflow/kit-messaging';
import { type Database, DatabaseError, type Queryable } from '@taskflow/kit-postgres';
import { positionStatements } from './statements.ts';

/** A step of a position over consecutive entries, to be made in the transaction of their effect. */
export interface PositionMove {
  readonly source: string;
  readonly stream: number;
  /** One less than the number of the first entry. */
  readonly from: number;
  /** The number of the last entry. */
  readonly to: number;
  readonly logIdentity: string;
}

/** The consumer's inbox: how far each stream is applied, moved in the transaction of the effect. */
export interface Positions {
  readonly incarnation: Database['incarnation'];
  /** Rejects with `PositionIdentityError` when the position was taken from another log than `logIdentity`. */
  read(source: string, stream: number, logIdentity: string): Promise<Position>;
  /**
   * The position as `read` gives it, which from then on no crash takes back: waits for the disk if it has moved since
   * it was asked for the last time. Rejects with `AsynchronousPositionError` where commits never wait.
   */
  durable(source: string, stream: number, logIdentity: string): Promise<number>;
  /** Rejects with `PositionMovedError` when the position does not stand at `from`: the transaction must not commit then. */
  advance(tx: Queryable, move: PositionMove): Promise<void>;
}

/** The entries were applied by somebody else, or those before them were not. Read the position again. */
export class PositionMovedError extends Error {
  readonly code = 'position_moved';

  constructor(source: string, stream: number, from: number, options?: ErrorOptions) {
    super(`The position in ${source}/${stream} does not stand at ${from}.`, options);
    this.name = 'PositionMovedError';
  }
}

/** The database is set to commit everything asynchronously: no position is ever known to stay. */
export class AsynchronousPositionError extends Error {
  readonly code = 'asynchronous_position';

  constructor(source: string, stream: number) {
    super(
      `No position in ${source}/${stream} is safe from a crash, because synchronous_commit is off for the database, ` +
        'its role or its server. Remove that setting; what may commit asynchronously says so by itself.',
    );
    this.name = 'AsynchronousPositionError';
  }
}

/**
 * Says whether a failed transaction tells that the position moved. Where `advance` travels with other statements, what
 * arrives first may be the error of the database instead of `PositionMovedError`.
 */
export function isPositionMoved(error: unknown): boolean {
  if (error instanceof PositionMovedError) return true;
  return error instanceof DatabaseError && error.constraint === 'positions_pkey';
}

interface Durable {
  readonly epoch: number;
  readonly seq: number;
}

export function createPositions({ database }: { readonly database: Database }): Positions {
  const statements = positionStatements();
  const { incarnation } = database;
  const known = new Map<string, Durable>();

  async function read(source: string, stream: number, logIdentity: string): Promise<Position> {
    const [row] = await database.query<{ seq: number; identity: string }>(statements['position-read'], [
      source,
      stream,
    ]);
    if (row === undefined) return { source, stream, seq: 0 };
    if (row.identity !== logIdentity) throw new PositionIdentityError(source, stream, row.identity, logIdentity);
    return { source, stream, seq: row.seq };
  }

  async function durable(source: string, stream: number, logIdentity: string): Promise<number> {
    const key = `${source}/${stream}`;
    const { epoch } = incarnation;
    const before = known.get(key);
    const [row] = await database.query<{ seq: number; identity: string; waits: boolean }>(
      statements['position-durable'],
      [source, stream, before?.epoch === epoch ? before.seq : -1],
    );
    if (row === undefined) return 0;
    if (row.identity !== logIdentity) throw new PositionIdentityError(source, stream, row.identity, logIdentity);
    if (!row.waits) throw new AsynchronousPositionError(source, stream);
    known.set(key, { epoch, seq: row.seq });
    return row.seq;
  }

  async function advance(tx: Queryable, { source, stream, from, to, logIdentity }: PositionMove): Promise<void> {
    const moved = await tx
      .query(statements['move-position'], [source, stream, from, to, logIdentity])
      .catch((error: unknown) => {
        if (isPositionMoved(error)) throw new PositionMovedError(source, stream, from, { cause: error });
        throw error;
      });
    if (moved.length === 0) throw new PositionMovedError(source, stream, from);
  }

  return { incarnation, read, durable, advance };
}
