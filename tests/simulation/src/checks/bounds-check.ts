import type { Bounds } from '../engine/tight-bounds.ts';
import type { Change, Image } from './audit-reader.ts';

/** What always fits although it is more than the bound: what one decision begins is not cut in two. */
const slack = 4;

/** No transaction does more than its bounds let it. */
export class BoundsCheck {
  readonly #bounds: Bounds;
  readonly #violate: (text: string) => void;

  /** Workflows below each root. */
  readonly #below = new Map<string, number>();

  constructor(bounds: Bounds, violate: (text: string) => void) {
    this.#bounds = bounds;
    this.#violate = violate;
  }

  /** All changes of one transaction. */
  see(changes: readonly Change[]): void {
    const { management, execution } = this.#bounds;
    const inserted = changes.filter(({ change, subject }) => change === 'insert' && subject === 'tasks');
    // Creation has bounds of its own: what callers ask for in one request is one transaction.
    const isTurn = changes.some(({ subject, service }) => subject === 'positions' && service === 'task-management');
    const rows = (management.rows ?? Number.POSITIVE_INFINITY) + slack;
    if (isTurn && inserted.length > rows) this.#violate(`a turn began ${inserted.length} rows`);
    for (const { subject, change, after } of changes) {
      if (subject === 'workflows' && change === 'insert') this.#count(after);
    }
    const ended = changes.filter(({ change, subject }) => change === 'delete' && subject === 'sessions').length;
    if (ended > (execution.sessionsPerExpiry ?? Number.POSITIVE_INFINITY))
      this.#violate(`one sweep ended ${ended} sessions`);
  }
  #count({ options }: Image): void {
    const { root } = JSON.parse(String(options ?? '{}')) as { root?: string };
    if (root === undefined) return;
    const below = (this.#below.get(root) ?? 0) + 1;
    this.#below.set(root, below);
    if (below === this.#bounds.descendants + 1) this.#violate(`${below} workflows stand below ${root}`);
  }
}
