import type { Incarnation, Service } from '@taskflow/kit-lifecycle';

/**
 * One SQL statement from one `.sql` file. The name is its prepared-statement name on every connection; one with an
 * empty name is not prepared.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** A Buffer travels in PostgreSQL's binary format (see `arrays.ts`), everything else as text. */
export type Parameter = string | number | boolean | null | Buffer;

export type Row = Record<string, unknown>;

export interface Queryable {
  /** Runs one statement and gives its rows. Rejects with a `DatabaseError` that is already classified. */
  query<R = Row>(statement: Statement, parameters?: readonly Parameter[]): Promise<R[]>;
}

export interface TransactionOptions {
  /**
   * `asynchronous` lets COMMIT return before the disk has it (`synchronous_commit = off`). Only for a
   * transaction that emits no event: a lost one must leave no trace outside the database.
   */
  durability?: 'synchronous' | 'asynchronous';
}

export interface Database extends Queryable, Service {
  /** Tells when the server began a new run: what was derived from an earlier one is to be dropped and read again. */
  readonly incarnation: Incarnation;
  /**
   * Runs `work` between BEGIN and COMMIT on one connection. A rejection before COMMIT rolls back and is passed
   * on; an error at COMMIT rejects with `CommitUnknownError`, because the server may have committed.
   * Statements issued inside without awaiting each other are sent in one go (protocol pipelining).
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T>;
}
