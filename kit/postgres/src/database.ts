import type { Incarnation, Service } from '@taskflow/kit-lifecycle';

declare const contract: unique symbol;

/**
 * The statement of one `.sql` file. The name is its prepared-statement name on every connection; one with an empty name
 * is not prepared.
 */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** The parameters and rows of a statement, as the schema has them; nothing of it is there at run time. */
export interface Contract<Parameters extends readonly Parameter[], Row> {
  readonly [contract]: (parameters: Parameters) => Row;
}

export type TypedStatement<Parameters extends readonly Parameter[], Row> = Statement & Contract<Parameters, Row>;

/** A statement of which no types are known; one that has types is asked by them. */
type UntypedStatement = Statement & { readonly [contract]?: undefined };

export type ParametersOf<S> = S extends Contract<infer Parameters, unknown> ? Parameters : never;
export type RowOf<S> = S extends Contract<never, infer Row> ? Row : never;

/** A Buffer travels in PostgreSQL's binary format (see `arrays.ts`), everything else as text. */
export type Parameter = string | number | boolean | null | Buffer;

export type Row = Record<string, unknown>;

export interface Queryable {
  /** Runs one statement and gives its rows. Rejects with a `DatabaseError` that is already classified. */
  query<R>(statement: TypedStatement<readonly [], R>): Promise<R[]>;
  query<P extends readonly Parameter[], R>(statement: TypedStatement<P, R>, parameters: NoInfer<P>): Promise<R[]>;
  query<R = Row>(statement: UntypedStatement, parameters?: readonly Parameter[]): Promise<R[]>;
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
