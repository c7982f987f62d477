import type { Allowance } from '../../domain/workflow/workflow-command.ts';

/** What one turn may bring into being and read for it. What is over is left to later turns, durably. */
export interface TurnBounds {
  /** Facts and commands that one turn is about, and the bytes that they carry. */
  readonly batchRows: number;
  readonly batchBytes: number;
  /** Rows of tasks, workflows and waits. */
  readonly rows: number;
  /**
   * Steps of workflows that are read again for what a turn is about, and hundreds of bytes of their inputs; what is about
   * more is divided, unless it is one fact, wait or command.
   */
  readonly readWeight: number;
  /** Bytes of payloads, inputs and outputs that are written, which is also about what its entry of the stream holds. */
  readonly bytes: number;
  /** Bytes of earlier results that are read. */
  readonly readBytes: number;
  /** Items of fan-outs whose results are put together. */
  readonly gatheredItems: number;
  /** Bytes of results that are put together. */
  readonly gatheredBytes: number;
  /** Waits that one event meets. */
  readonly eventWaits: number;
  /** Tasks of cancelled workflows that are looked at, all together, and of each one in any case: small ones take one page. */
  readonly cancelledTasks: number;
  readonly fewestCancelled: number;
  /** Items that are closed because they never start. */
  readonly closedItems: number;
  /** Rows that are looked at of workflows that were given up, all together, though some of each. */
  readonly discardedRows: number;
  /** Values that conditions look at, all together. */
  readonly comparedValues: number;
  /** Rounds, each of which asks the database. */
  readonly rounds: number;
}

/**
 * Sizes with which a turn writes one small entry of its stream: whoever comes next waits for that, whatever somebody's
 * workflow does. A task passes five queues from its creation to its end and waits in each for what is under way, so that
 * what one turn may take counts several times (docs/decisions/0037-small-work-passes-large.md).
 */
export const turnBounds: TurnBounds = {
  batchRows: 2_000,
  batchBytes: 2 * 1024 * 1024,
  rows: 500,
  readWeight: 50_000,
  bytes: 1 * 1024 * 1024,
  readBytes: 32 * 1024 * 1024,
  gatheredItems: 5_000,
  gatheredBytes: 8 * 1024 * 1024,
  eventWaits: 250,
  cancelledTasks: 1_000,
  fewestCancelled: 20,
  closedItems: 500,
  discardedRows: 500,
  comparedValues: 1_000_000,
  rounds: 64,
};

/** Whose it is: what follows from this turn's facts and commands, or what earlier turns left. */
export type Share = 'fresh' | 'left';

export interface Cost {
  readonly rows: number;
  readonly bytes: number;
}

/** What a row and its event take beside what they carry. */
export const rowBytes = 500;

/**
 * Counts what a turn takes on. What was left before comes first and may take a quarter of it, or half where nothing new
 * came: whoever comes during that turn waits for less. The rest is for what is new: neither can starve the other. The first
 * of each always fits, because what never fits would never begin. Once something does not fit nothing after it does, so
 * that what is small overtakes nothing large for ever.
 */
export class TurnBudget {
  readonly bounds: TurnBounds;
  /** The part of the turn that what was left may take. */
  readonly #partOfLeft: number;
  readonly #used = { fresh: { rows: 0, bytes: 0 }, left: { rows: 0, bytes: 0 } };
  readonly #admitted = { fresh: 0, left: 0 };
  readonly #spent = { fresh: false, left: false };
  #compared = 0;

  /** `onlyLeft`: the turn is about nothing but what earlier ones left. */
  constructor(bounds: TurnBounds, { onlyLeft = false }: { readonly onlyLeft?: boolean } = {}) {
    this.bounds = bounds;
    this.#partOfLeft = onlyLeft ? 0.5 : 0.25;
  }

  /** Takes it, if it fits. */
  take(share: Share, cost: Cost): boolean {
    if (this.#spent[share]) return false;
    const left = this.#leftOf(share);
    const fits = (cost.rows <= left.rows && cost.bytes <= left.bytes) || this.#used[share].rows === 0;
    if (fits) this.charge(share, cost);
    else this.#spent[share] = true;
    return fits;
  }

  /** Takes what fits already or cannot be left. */
  charge(share: Share, { rows, bytes }: Cost): void {
    this.#used[share].rows += rows;
    this.#used[share].bytes += bytes;
  }

  /** Most of what earlier turns left, and of waits that are over, that is looked at: each is a row at least. */
  get mostDue(): number {
    return this.#mostRows('left');
  }

  /** Whether one more is worked out at all. */
  admit(share: Share): boolean {
    if (this.#spent[share] || this.#admitted[share] >= this.#mostRows(share)) return false;
    this.#admitted[share] += 1;
    return true;
  }

  /** What one step has looked at: it begins all the same, and those after it wait once this is too much. */
  look(values: number): void {
    this.#compared += values;
  }

  isSpent(share: Share): boolean {
    return this.#spent[share] || this.#compared >= this.bounds.comparedValues;
  }

  /** Nothing else is taken in this turn. */
  close(): void {
    this.#spent.fresh = true;
    this.#spent.left = true;
  }

  /** What a decision may begin. */
  allowance(share: Share): Allowance {
    if (this.#spent[share]) return { starts: 0, bytes: 0, atLeastOne: false };
    const { rows, bytes } = this.#leftOf(share);
    const starts = Math.min(rows, this.#mostRows(share) - this.#admitted[share]);
    const atLeastOne = this.#used[share].rows === 0 && this.#admitted[share] === 0;
    return { starts: Math.max(0, starts), bytes: Math.max(0, bytes), atLeastOne };
  }

  #mostRows(share: Share): number {
    const { rows } = this.bounds;
    return Math.max(1, share === 'left' ? Math.floor(rows * this.#partOfLeft) : rows);
  }

  #leftOf(share: Share): Cost {
    const { fresh, left } = this.#used;
    const all = {
      rows: this.bounds.rows - fresh.rows - left.rows,
      bytes: this.bounds.bytes - fresh.bytes - left.bytes,
    };
    if (share === 'fresh') return all;
    const part = {
      rows: this.bounds.rows * this.#partOfLeft - left.rows,
      bytes: this.bounds.bytes * this.#partOfLeft - left.bytes,
    };
    return { rows: Math.min(all.rows, part.rows), bytes: Math.min(all.bytes, part.bytes) };
  }
}
