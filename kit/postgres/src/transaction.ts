import type pg from 'pg';
import type { Parameter, Queryable, Row, Statement } from './database.ts';
import { CommitUnknownError, classify, DatabaseError } from './errors.ts';
import { type Answer, ask, askOpening, sessionStatements } from './session.ts';

export interface TransactionSettings {
  asynchronous: boolean;
  endSession(): Promise<boolean>;
}

export interface TransactionEnd<T> {
  value?: T;
  /** Wrapped, because anything may be thrown. */
  error?: { reason: unknown };
  /** Whether the connection may serve again. */
  reusable: boolean;
}

const inFailedTransaction = '25P02';

/**
 * Runs `work` as one transaction on a connection of its own and always comes back with how it ended. BEGIN goes
 * out with the first statement; a transaction without statements never reaches the server.
 */
export async function runTransaction<T>(
  client: pg.ClientBase,
  work: (tx: Queryable) => Promise<T>,
  settings: TransactionSettings,
): Promise<TransactionEnd<T>> {
  const scope = createScope(client, settings.asynchronous);
  let value: T;
  try {
    value = await work(scope);
  } catch (error) {
    return giveUp(client, scope, scope.rootCause(error));
  } finally {
    scope.close();
  }
  if (!scope.opened) return { value, reusable: true };
  return commit(client, scope, value, settings);
}

interface Scope extends Queryable {
  readonly opened: boolean;
  /** Nothing is sent any more from here on: a statement that comes late would run outside of the transaction. */
  close(): void;
  /** A failed statement makes all later ones fail too; what counts is the first. */
  rootCause(error: unknown): unknown;
}

function createScope(client: pg.ClientBase, asynchronous: boolean): Scope {
  let opened = false;
  let closed = false;
  let firstFailure: DatabaseError | undefined;

  async function run(statement: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    if (closed) throw new DatabaseError('the transaction has ended already', { kind: 'other' });
    const sending: Promise<Answer> = opened
      ? ask(client, statement, parameters)
      : askOpening(client, { asynchronous }, statement, parameters);
    opened = true;
    try {
      return (await sending).rows;
    } catch (error) {
      firstFailure ??= classify(error);
      throw classify(error);
    }
  }

  return {
    get opened() {
      return opened;
    },
    query: ((statement: Statement, parameters: readonly Parameter[] = []) => {
      const rows = run(statement, parameters);
      // Work that fails on an earlier statement never looks at this one; its rejection must not end the process.
      rows.catch(() => undefined);
      return rows;
    }) as Queryable['query'],
    close: () => {
      closed = true;
    },
    rootCause: (error) => {
      const follows = error instanceof DatabaseError && error.sqlstate === inFailedTransaction;
      return follows && firstFailure !== undefined ? firstFailure : error;
    },
  };
}

async function giveUp<T>(client: pg.ClientBase, scope: Scope, reason: unknown): Promise<TransactionEnd<T>> {
  if (!scope.opened) return { error: { reason }, reusable: true };
  if (reason instanceof DatabaseError && reason.kind === 'unavailable') return { error: { reason }, reusable: false };
  try {
    await ask(client, sessionStatements.rollback, []);
    return { error: { reason }, reusable: true };
  } catch {
    return { error: { reason }, reusable: false };
  }
}

async function commit<T>(
  client: pg.ClientBase,
  scope: Scope,
  value: T,
  settings: TransactionSettings,
): Promise<TransactionEnd<T>> {
  try {
    const { command } = await ask(client, sessionStatements.commit, []);
    if (command === 'COMMIT') return { value, reusable: true };
    // The server rolled back: a statement had failed and the work did not care. Its effect is not there.
    const failed = new DatabaseError('a statement of the transaction had failed', { sqlstate: inFailedTransaction });
    return { error: { reason: scope.rootCause(failed) }, reusable: true };
  } catch (error) {
    return { error: { reason: new CommitUnknownError(error, settings.endSession) }, reusable: false };
  }
}
