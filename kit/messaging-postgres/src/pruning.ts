import type { Database, Parameter, Statement } from '@taskflow/kit-postgres';
import { createLoop, type Loop, type LoopDependencies, repeatWhileFull } from '@taskflow/kit-resilience';
import { pruningStatements } from './statements.ts';

export interface PruningOptions extends LoopDependencies {
  /** With the profile `data-path`: what it prunes is found by key alone. */
  readonly database: Database;
  /** Between two rounds; 5,000 unless told. */
  readonly intervalMs?: number;
  /** Rows of one statement, 1,000 unless told: short ones let writers in between. */
  readonly rowsPerStatement?: number;
  /** Acknowledged entries stay this long (120,000 ms unless told), so that a transaction in doubt still meets the key of its batch. */
  readonly keepMs?: number;
  /** Newest links of each chain of positions that stay (1,000 unless told), to refuse a late applier. */
  readonly keepLinks?: number;
}

/**
 * Drops outbox rows that every known consumer has applied, and old links of the chains of positions. A known
 * consumer that is behind keeps its rows, however many.
 */
export function createPruning(options: PruningOptions): Loop {
  const { intervalMs = 5000 } = options;
  return createLoop({ name: 'messaging-pruning', intervalMs, run: createPruner(options) }, options);
}

/**
 * Makes a round that drops all that may go, a bounded number of rows at a time, until aborted. Gives how many it
 * dropped.
 */
export function createPruner(
  options: Omit<PruningOptions, keyof LoopDependencies>,
): (signal: AbortSignal) => Promise<number> {
  const { database, rowsPerStatement = 1000, keepMs = 120_000, keepLinks = 1000 } = options;
  const statements = pruningStatements();

  async function prune(signal: AbortSignal): Promise<number> {
    let dropped = 0;
    for (const { stream } of await database.query<{ stream: number }>(statements['outbox-streams'])) {
      dropped += await drop(signal, statements['outbox-prune'], [stream, rowsPerStatement, keepMs]);
    }
    const chains = await database.query<{ source: string; stream: number }>(statements['position-chains']);
    for (const { source, stream } of chains) {
      dropped += await drop(signal, statements['position-prune'], [source, stream, keepLinks, rowsPerStatement]);
    }
    return dropped;
  }

  function drop(signal: AbortSignal, statement: Statement, parameters: readonly Parameter[]): Promise<number> {
    const step = async () => {
      const [row] = await database.query<{ dropped: number }>(statement, parameters);
      return row?.dropped ?? 0;
    };
    return repeatWhileFull(signal, step, rowsPerStatement);
  }

  return prune;
}
