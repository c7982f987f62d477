import type { Key } from '../ports/advance-store.ts';
import { OutdatedStateError } from './outdated-state.ts';

/** What was decided on behalf of these workflows threw: the turn is taken again without moving them. */
export class PoisonedTurnError extends Error {
  /** What was thrown, by workflow. */
  readonly faults: ReadonlyMap<string, unknown>;

  constructor(faults: ReadonlyMap<string, unknown>) {
    super('Workflows of the turn could not be moved on.', { cause: [...faults.values()][0] });
    this.name = 'PoisonedTurnError';
    this.faults = faults;
  }
}

/** What of a turn is looked at to say whose fault something is. */
interface Accused {
  readonly turn: {
    readonly faults: Map<string, unknown>;
    /** Ids of workflows that the turn starts. */
    readonly born: ReadonlySet<string>;
    readonly touched: ReadonlyMap<string, { readonly parent: { readonly id: string } | undefined }>;
  };
}

/**
 * Carries out one workflow's piece of a turn. What it throws is that workflow's fault alone: it is noted, and the other
 * pieces go on, so that one rolled back turn tells of every workflow that is at fault. A workflow that this turn starts
 * is not there without it: the one that starts it is at fault.
 */
export function onBehalf(desk: Accused, { id }: Pick<Key, 'id'>, work: () => void): void {
  const { faults } = desk.turn;
  const owner = existing(desk, id);
  if (faults.has(owner)) return;
  try {
    work();
  } catch (error) {
    if (error instanceof OutdatedStateError) throw error;
    faults.set(owner, error);
  }
}

/** Ends the turn if anything was found to be at fault: what it decided meanwhile does not count. */
export function refusePoisoned({ turn: { faults } }: Accused): void {
  if (faults.size > 0) throw new PoisonedTurnError(faults);
}

function existing({ turn }: Accused, id: string): string {
  let at = id;
  while (turn.born.has(at)) at = turn.touched.get(at)?.parent?.id ?? id;
  return at;
}
