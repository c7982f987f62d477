/**
 * Says what the caller may conclude from a failure:
 * `data` – the statement's own values are at fault; the same values will fail again (SQLSTATE 22, 23, 54).
 * `conflict` – the transaction lost against another one; the same may succeed when repeated (40, 55P03).
 * `exhausted` – the server gave up on it, for time, memory or an internal error (57014, 25P04, 53200, 53400, XX). Its
 *   own weight may be the cause, or the state of the server: less of it may succeed, or the same later.
 * `unavailable` – the server could not be asked, or did not answer (08, 53, 57, 58, 25006, timeouts, the socket).
 * `other` – everything else, such as a statement that the schema does not fit.
 */
export type DatabaseErrorKind = 'data' | 'conflict' | 'exhausted' | 'unavailable' | 'other';

export interface DatabaseErrorOptions extends ErrorOptions {
  sqlstate?: string;
  constraint?: string;
  kind?: DatabaseErrorKind;
}

/** Any failure of a statement, classified. */
export class DatabaseError extends Error {
  /** Five characters of the SQL standard; `undefined` when the failure never reached the server. */
  readonly sqlstate: string | undefined;
  readonly kind: DatabaseErrorKind;
  /** `unavailable` is what every edge answers with "try again later", whoever let the error through; `exhausted` has it, too. */
  readonly code: 'unavailable' | 'database_error';
  /** Name of the violated constraint. */
  readonly constraint: string | undefined;

  constructor(message: string, options: DatabaseErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DatabaseError';
    this.sqlstate = options.sqlstate;
    this.kind = options.kind ?? (options.sqlstate === undefined ? 'unavailable' : kindOf(options.sqlstate));
    this.code = this.kind === 'unavailable' || this.kind === 'exhausted' ? 'unavailable' : 'database_error';
    this.constraint = options.constraint;
  }
}

/**
 * COMMIT was sent and its answer never came, or was an error: the transaction may have taken effect, now or a
 * moment later. Never to be answered as a failure: read back what the transaction would have left.
 */
export class CommitUnknownError extends Error {
  readonly code = 'commit_unknown';
  /**
   * Ends the server session that may still be about to commit. Gives `true` once it is known to be gone: what is
   * not visible then never will be. Gives `false` when that could not be learnt, and rejects never.
   */
  readonly endSession: () => Promise<boolean>;

  constructor(cause: unknown, endSession: () => Promise<boolean>) {
    super('the outcome of COMMIT is unknown', { cause });
    this.name = 'CommitUnknownError';
    this.endSession = endSession;
  }
}

/** States that mean something else than their class. */
const kindOfState: Readonly<Record<string, DatabaseErrorKind>> = {
  // Read-only: a replica, or a primary that was replaced. Another connection may reach the right server.
  '25006': 'unavailable',
  // The session was ended for idling inside a transaction: this process was held up.
  '25P03': 'unavailable',
  // transaction_timeout.
  '25P04': 'exhausted',
  // A deferred constraint.
  '40002': 'data',
  // Nobody knows how the statement ended.
  '40003': 'unavailable',
  // out_of_memory.
  '53200': 'exhausted',
  // A limit of the configuration, such as temp_file_limit.
  '53400': 'exhausted',
  // lock_not_available.
  '55P03': 'conflict',
  // query_canceled: statement_timeout, or an administrator.
  '57014': 'exhausted',
};

const kindOfClass: Readonly<Record<string, DatabaseErrorKind>> = {
  '22': 'data',
  '23': 'data',
  '54': 'data',
  '40': 'conflict',
  '08': 'unavailable',
  '53': 'unavailable',
  '57': 'unavailable',
  '58': 'unavailable',
  // internal_error, and data or an index that is damaged: what does not touch it succeeds.
  XX: 'exhausted',
};

export function kindOf(sqlstate: string): DatabaseErrorKind {
  return kindOfState[sqlstate] ?? kindOfClass[sqlstate.slice(0, 2)] ?? 'other';
}

/** The session has forgotten a prepared statement (26000), or prepared it for a table that changed since (0A000). */
const staleSessionStates = new Set(['26000', '0A000']);

/** Says whether the connection that gave this error must not serve again: a fresh one may well succeed. */
export function spoilsConnection({ kind, sqlstate }: DatabaseError): boolean {
  return kind === 'unavailable' || (sqlstate !== undefined && staleSessionStates.has(sqlstate));
}

interface ServerError {
  code?: unknown;
  message?: unknown;
  severity?: unknown;
  constraint?: unknown;
}

const sqlstatePattern = /^[0-9A-Z]{5}$/;

/** Turns whatever the driver threw into a `DatabaseError`; what is one already stays itself. */
export function classify(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const { code, message, severity, constraint } = (error ?? {}) as ServerError;
  const text = typeof message === 'string' ? message : String(error);
  // A system error such as EPIPE has a five-letter code too; only the server sends a severity with it.
  const fromServer = typeof code === 'string' && typeof severity === 'string' && sqlstatePattern.test(code);
  if (fromServer) {
    return new DatabaseError(text, {
      cause: error,
      sqlstate: code,
      constraint: typeof constraint === 'string' ? constraint : undefined,
    });
  }
  const isProgramming = error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError;
  return new DatabaseError(text, { cause: error, kind: isProgramming ? 'other' : 'unavailable' });
}
