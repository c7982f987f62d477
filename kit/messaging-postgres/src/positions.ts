import { type Position, PositionIdentityError } from '@taskflow/kit-messaging';
import { type Database, DatabaseError, type Queryable } from '@taskflow/kit-postgres';
import { positionStatements } from './statements.ts';

/** The consumer's inbox: how far each stream is applied, moved in the transaction of the effect. */
export interface Positions {
  /** Rejects with `PositionIdentityError` when the position was taken from another log than `logIdentity`. */
  read(source: string, stream: number, logIdentity: string): Promise<Position>;
  /**
   * Moves the position from `from` (the number before the first applied entry) to `to` (the last one).
   * Rejects with `PositionMovedError` when it does not stand at `from`: the transaction must not commit then.
   */
  advance(tx: Queryable, source: string, stream: number, from: number, to: number, logIdentity: string): Promise<void>;
}

/** The entries were applied by somebody else, or those before them were not. Read the position again. */
export class PositionMovedError extends Error {
  readonly code = 'position_moved';

  constructor(source: string, stream: number, from: number, options?: ErrorOptions) {
    super(`The position in ${source}/${stream} does not stand at ${from}.`, options);
    this.name = 'PositionMovedError';
  }
}

/**
 * Whether a failed transaction tells that the position moved. Where `advance` travels with other statements, what
 * arrives first may be the error of the database instead of `PositionMovedError`.
 */
export function isPositionMoved(error: unknown): boolean {
  if (error instanceof PositionMovedError) return true;
  return error instanceof DatabaseError && error.constraint === 'positions_pkey';
}

export function createPositions({ database }: { readonly database: Database }): Positions {
  const statements = positionStatements();

  async function read(source: string, stream: number, logIdentity: string): Promise<Position> {
    const [row] = await database.query<{ seq: number; identity: string }>(statements['position-read'], [
      source,
      stream,
    ]);
    if (row === undefined) return { source, stream, seq: 0 };
    if (row.identity !== logIdentity) throw new PositionIdentityError(source, stream, row.identity, logIdentity);
    return { source, stream, seq: row.seq };
  }

  async function advance(
    tx: Queryable,
    source: string,
    stream: number,
    from: number,
    to: number,
    logIdentity: string,
  ): Promise<void> {
    const moved = await tx
      .query(statements['position-advance'], [source, stream, from, to, logIdentity])
      .catch((error: unknown) => {
        if (isPositionMoved(error)) throw new PositionMovedError(source, stream, from, { cause: error });
        throw error;
      });
    if (moved.length === 0) throw new PositionMovedError(source, stream, from);
  }

  return { read, advance };
}
