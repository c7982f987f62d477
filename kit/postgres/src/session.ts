import { type Clock, type Random, systemRandom } from '@taskflow/kit-time';
import { backoff } from '@taskflow/kit-resilience';
import pg from 'pg';
import type { Parameter, Row, Statement } from './database.ts';
import { loadStatements } from './statements.ts';

export const sessionStatements = loadStatements(new URL('./queries/', import.meta.url), [
  'begin',
  'commit',
  'rollback',
  'commit-without-waiting',
  'identify-session',
  'end-session',
]);

export interface SessionIdentity {
  readonly pid: number;
  readonly started: string;
  /** Names the run of the server that the session belongs to. */
  readonly run: string;
}

export interface Answer {
  readonly command: string;
  readonly rows: Row[];
}

/** What `pg` offers a query for writing its messages; not part of its published types. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  bind(message: { portal: string; statement: string; values: unknown[] }): void;
  execute(message: { portal: string; rows: number }): void;
}

interface WireQuery {
  submit(connection: Wire): Error | null;
  handleCommandComplete(message: unknown, connection: Wire): void;
}

type Callback = (error: Error | null, result: Answer | undefined) => void;
interface QueryConfig {
  name: string;
  text: string;
  values: readonly unknown[];
  queryMode: 'extended';
}

type WireQueryClass = new (config: QueryConfig, callback: Callback) => WireQuery;

const DriverQuery = pg.Query as unknown as WireQueryClass;

/** Always the extended protocol: a group that holds a simple query has no Sync to recover at. */
function configOf({ name, text }: Statement, values: readonly Parameter[]): QueryConfig {
  return { name, text, values, queryMode: 'extended' };
}

/**
 * A statement that opens its transaction in the same message group (one Sync at the end). Sent as two groups, a
 * BEGIN that the server cancels would leave the statement behind it to run, and commit, on its own.
 */
class OpeningQuery extends DriverQuery {
  readonly #opening: readonly Statement[];
  #openingAnswers: number;

  constructor(opening: readonly Statement[], statement: Statement, parameters: readonly Parameter[], done: Callback) {
    super(configOf(statement, parameters), done);
    this.#opening = opening;
    this.#openingAnswers = opening.length;
  }

  override submit(connection: Wire): Error | null {
    connection.stream.cork();
    try {
      for (const { name } of this.#opening) {
        connection.bind({ portal: '', statement: name, values: [] });
        connection.execute({ portal: '', rows: 0 });
      }
      return super.submit(connection);
    } finally {
      connection.stream.uncork();
    }
  }

  override handleCommandComplete(message: unknown, connection: Wire): void {
    if (this.#openingAnswers > 0) {
      this.#openingAnswers -= 1;
      return;
    }
    super.handleCommandComplete(message, connection);
  }
}

const corked = new WeakSet<pg.ClientBase>();

/**
 * Statements that one turn of the program sends on a connection leave in one write: each write is a system call,
 * and on the data path those are the largest single cost.
 */
function corkWrites(client: pg.ClientBase): void {
  if (corked.has(client)) return;
  const { stream } = (client as unknown as { connection: Wire }).connection;
  corked.add(client);
  stream.cork();
  process.nextTick(() => {
    corked.delete(client);
    stream.uncork();
  });
}

/** Sends one statement, behind whatever this connection still works on. Rejects with the driver's error. */
export function ask(client: pg.ClientBase, statement: Statement, parameters: readonly Parameter[]): Promise<Answer> {
  corkWrites(client);
  return new Promise((resolve, reject) => {
    const query = new DriverQuery(configOf(statement, parameters), settle);
    client.query(query as unknown as pg.Submittable);
    function settle(error: Error | null, result: Answer | undefined) {
      if (error) reject(error);
      else resolve(result as Answer);
    }
  });
}

export interface Opening {
  readonly asynchronous: boolean;
}

/** Sends BEGIN and the first statement of a transaction as one. */
export function askOpening(
  client: pg.ClientBase,
  { asynchronous }: Opening,
  statement: Statement,
  parameters: readonly Parameter[],
): Promise<Answer> {
  const opening = asynchronous
    ? [sessionStatements.begin, sessionStatements['commit-without-waiting']]
    : [sessionStatements.begin];
  corkWrites(client);
  return new Promise((resolve, reject) => {
    const query = new OpeningQuery(opening, statement, parameters, (error, result) => {
      if (error) reject(error);
      else resolve(result as Answer);
    });
    client.query(query as unknown as pg.Submittable);
  });
}

/** Prepares what every transaction needs on a new connection, and learns the session's identity. One round trip. */
export async function greet(client: pg.ClientBase): Promise<SessionIdentity> {
  const [, , identity] = await Promise.all([
    ask(client, sessionStatements.begin, []),
    ask(client, sessionStatements['commit-without-waiting'], []),
    ask(client, sessionStatements['identify-session'], []),
    ask(client, sessionStatements.commit, []),
  ]);
  return identity?.rows[0] as unknown as SessionIdentity;
}

export interface EndSessionOptions {
  identity: SessionIdentity | undefined;
  /** Runs one statement on another connection. */
  query(statement: Statement, parameters: readonly Parameter[]): Promise<Row[]>;
  clock: Clock;
  /** Time to try, in milliseconds. */
  withinMs: number;
  random?: Random;
}

/** Asks a session to end until it is gone (`true`) or the time is over (`false`). Never rejects. */
export async function endSession(options: EndSessionOptions): Promise<boolean> {
  const { identity, clock, random = systemRandom } = options;
  if (identity === undefined) return false;
  const start = clock.monotonic();
  for (let attempt = 1; clock.monotonic() - start < options.withinMs; attempt += 1) {
    try {
      const rows = await options.query(sessionStatements['end-session'], [identity.pid, identity.started]);
      if (rows.length === 0) return true;
    } catch {
      // The server is away or starting: what cannot be asked now is asked again until the time is over.
    }
    await clock.sleep(backoff(attempt, { baseMs: 20, capMs: 500 }, random));
  }
  return false;
}
