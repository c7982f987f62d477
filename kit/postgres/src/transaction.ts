import type pg from 'pg';
import type { Parameter, Queryable, Row, Statement } from './database.ts';
import { CommitUnknownError, classify, DatabaseError, spoilsConnection } from './errors.ts';
import { type Answer, ask, askOpening, sessionStatements } from './session.ts';

export interface TransactionSettings {
  asynchronous: boolean;
  /** Whether the server still is in the run in which the transaction began. */
  isCurrent: () => boolean;
  endSession: () => Promise<boolean>;
}

export interface TransactionFailure {
  /** Whatever was thrown. */
  readonly reason: unknown;
  /** For counting: a kind of `DatabaseError`, `commit_unknown`, or `work` when it was no fault of the database. */
  readonly kind: string;
}

export interface TransactionEnd<T> {
  readonly value?: T;
  readonly failure?: TransactionFailure;
  /** Whether the connection may serve again. */
  readonly reusable: boolean;
}

const inFailedTransaction = '25P02';

/**
 * Runs `work` as one transaction on a connection of its own and always comes back with how it ended. BEGIN goes
 * out with the first statement; a transaction without statements never reaches the server.
 */
export async function runTransaction<T>(
  connection: pg.ClientBase,
  work: (tx: Queryable) => Promise<T>,
  settings: TransactionSettings,
): Promise<TransactionEnd<T>> {
  const scope = new TransactionScope(connection, settings.asynchronous);
  let value: T;
  try {
    value = await work(scope);
  } catch (error) {
    return scope.giveUp(error);
  }
  return scope.commit(value, settings);
}

/** What the work of one transaction sees of its connection, and the two ways out. */
class TransactionScope implements Queryable {
  readonly #connection: pg.ClientBase;
  readonly #asynchronous: boolean;
  #opened = false;
  #closed = false;
  #firstFailure: DatabaseError | undefined;

  constructor(connection: pg.ClientBase, asynchronous: boolean) {
    this.#connection = connection;
    this.#asynchronous = asynchronous;
  }

  query<R = Row>(statement: Statement, parameters: readonly Parameter[] = []): Promise<R[]> {
    const rows = this.#run(statement, parameters) as Promise<R[]>;
    // Work that fails on an earlier statement never looks at this one; its rejection must not end the process.
    rows.catch(() => undefined);
    return rows;
  }

  async #run(statement: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    // A statement that comes late would run, and commit, outside of the transaction.
    if (this.#closed) throw new DatabaseError('the transaction has ended already', { kind: 'other' });
    try {
      const answer = await this.#send(statement, parameters);
      return answer.rows;
    } catch (error) {
      const failure = classify(error);
      this.#firstFailure ??= failure;
      throw failure;
    }
  }

  #send(statement: Statement, parameters: readonly Parameter[]): Promise<Answer> {
    if (this.#opened) return ask(this.#connection, statement, parameters);
    this.#opened = true;
    return askOpening(this.#connection, { asynchronous: this.#asynchronous }, statement, parameters);
  }

  async commit<T>(value: T, { isCurrent, endSession }: TransactionSettings): Promise<TransactionEnd<T>> {
    this.#closed = true;
    if (!this.#opened) return { value, reusable: true };
    try {
      const { command } = await ask(this.#connection, sessionStatements.commit, []);
      // An answer that is read after the next run was found may tell of a commit that the crash took.
      if (command === 'COMMIT' && !isCurrent()) throw new DatabaseError('the server began a new run');
      if (command === 'COMMIT') return { value, reusable: true };
    } catch (error) {
      return { failure: failureOf(new CommitUnknownError(error, endSession)), reusable: false };
    }
    // The server answered ROLLBACK: a statement had failed and the work did not care. Nothing is there.
    const failed = this.#firstFailure ?? new DatabaseError('the transaction had failed', { kind: 'other' });
    return { failure: failureOf(failed), reusable: !spoilsConnection(failed) };
  }

  async giveUp<T>(error: unknown): Promise<TransactionEnd<T>> {
    this.#closed = true;
    const failure = failureOf(this.#rootCause(error));
    if (!this.#opened) return { failure, reusable: true };
    if (this.#firstFailure !== undefined && spoilsConnection(this.#firstFailure)) return { failure, reusable: false };
    try {
      await ask(this.#connection, sessionStatements.rollback, []);
      return { failure, reusable: true };
    } catch {
      return { failure, reusable: false };
    }
  }

  /** A failed statement makes all later ones fail too; what counts is the first. */
  #rootCause(error: unknown): unknown {
    const follows = error instanceof DatabaseError && error.sqlstate === inFailedTransaction;
    return follows && this.#firstFailure !== undefined ? this.#firstFailure : error;
  }
}

function failureOf(reason: unknown): TransactionFailure {
  if (reason instanceof CommitUnknownError) return { reason, kind: reason.code };
  return { reason, kind: reason instanceof DatabaseError ? reason.kind : 'work' };
}
