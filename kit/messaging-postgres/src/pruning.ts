import type { Database } from '@taskflow/kit-postgres';
import { createLoop, type Loop, type LoopOptions } from '@taskflow/kit-resilience';
import type { Clock } from '@taskflow/kit-time';
import { pruningStatements } from './statements.ts';

export interface PruningOptions {
  /** With the profile `data-path`: what it prunes is found by key alone. */
  readonly database: Database;
  readonly clock: Clock;
  readonly log: LoopOptions['log'];
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
  const { clock, log, intervalMs = 5000 } = options;
  return createLoop({ name: 'messaging-pruning', intervalMs, run: pruner(options), clock, log });
}

/** One round: drops all that may go, a bounded number of rows at a time, until aborted. */
export function pruner(options: Omit<PruningOptions, 'clock' | 'log'>): (signal: AbortSignal) => Promise<void> {
  const { database, rowsPerStatement = 1000, keepMs = 120_000, keepLinks = 1000 } = options;
  const statements = pruningStatements();

  async function prune(signal: AbortSignal): Promise<void> {
    for (const { stream } of await database.query<{ stream: number }>(statements['outbox-streams'])) {
      await untilFew(signal, () => database.query(statements['outbox-prune'], [stream, rowsPerStatement, keepMs]));
    }
    const chains = await database.query<{ source: string; stream: number }>(statements['position-chains']);
    for (const { source, stream } of chains) {
      await untilFew(signal, () =>
        database.query(statements['position-prune'], [source, stream, keepLinks, rowsPerStatement]),
      );
    }
  }

  async function untilFew(signal: AbortSignal, drop: () => Promise<{ dropped: number }[]>): Promise<void> {
    let dropped = rowsPerStatement;
    while (dropped >= rowsPerStatement && !signal.aborted) {
      const [row] = await drop();
      dropped = row?.dropped ?? 0;
    }
  }

  return prune;
}
