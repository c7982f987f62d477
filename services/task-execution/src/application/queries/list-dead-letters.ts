import type { ExecutionBounds } from '../bounds.ts';
import type { DeadLetterStore, StoredDeadLetter } from '../ports/dead-letter-store.ts';

const usualLimit = 50;

export interface DeadLetterPage {
  readonly items: readonly StoredDeadLetter[];
  /** Id after which the next page begins; null at the end. */
  readonly next: string | null;
}

/** Tasks that failed for good, newest first. */
export function createListDeadLetters(deps: { store: DeadLetterStore; bounds: ExecutionBounds }) {
  return async (filter: {
    tenantId: string;
    queue?: string | undefined;
    type?: string | undefined;
    limit?: number | undefined;
    before?: string | undefined;
  }): Promise<DeadLetterPage> => {
    const limit = filter.limit ?? usualLimit;
    const maxBytes = deps.bounds.deadLetterBytes;
    const { letters, found } = await deps.store.list({ ...filter, limit: limit + 1, maxBytes });
    const items = letters.slice(0, limit);
    return { items, next: found > items.length ? (items.at(-1)?.id ?? null) : null };
  };
}
export type ListDeadLetters = ReturnType<typeof createListDeadLetters>;
