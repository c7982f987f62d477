import type { Database } from '@taskflow/kit-postgres';
import { createLoop, type Loop, type LoopOptions } from '@taskflow/kit-resilience';
import type { Clock } from '@taskflow/kit-time';
import { pruningStatements } from './statements.ts';

export interface PruningOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: LoopOptions['log'];
  readonly intervalMs?: number;
  /** Rows of one statement: short ones let vacuum and writers in between. */
  readonly rowsPerStatement?: number;
  /** Acknowledged entries stay this long, so that a transaction in doubt still meets the key of its batch. */
  readonly keepMs?: number;
  /** Newest links of each chain of positions that stay, to refuse a late applier. */
  readonly keepLinks?: number;
}

const defaults = { intervalMs: 5000, rowsPerStatement: 1000, keepMs: 120_000, keepLinks: 1000 };

/**
 * Drops outbox rows that every known consumer has applied, and old links of the chains of positions. A known
 * consumer that is behind keeps its rows, however many.
 */
export function createPruning(options: PruningOptions): Loop {
  const { database, clock, log } = options;
  const { intervalMs, rowsPerStatement, keepMs, keepLinks } = { ...defaults, ...options };
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

  return createLoop({ name: 'messaging-pruning', intervalMs, run: prune, clock, log });
}
