import { type Allowance, rowBytes } from '../../domain/workflow/allowance.ts';
import type { TransactionBounds } from '../bounds.ts';

/** Whose it is: what follows from what came with this transaction, or what earlier ones deferred. */
export type Share = 'fresh' | 'left';

/**
 * Counts what a transaction takes on. What was deferred before comes first and may take a quarter of it, or half where
 * nothing new came: whoever comes during it waits for less. The rest is for what is new: neither can starve the other. The
 * first of each always fits, because what never fits would never start. Once something does not fit nothing after it does,
 * so that what is small overtakes nothing large for ever.
 */
export class TransactionBudget {
  readonly fresh: ShareAllowance;
  readonly left: ShareAllowance;
  readonly bounds: TransactionBounds;
  /** Rows and bytes of both shares. */
  readonly #used = { rows: 0, bytes: 0 };
  #compared = 0;
  #closed = 0;
  #joined = 0;

  /** `onlyLeft`: it is about nothing but what earlier ones deferred. */
  constructor(bounds: TransactionBounds, { onlyLeft = false }: { readonly onlyLeft?: boolean } = {}) {
    this.bounds = bounds;
    this.fresh = new ShareAllowance(this, 1);
    this.left = new ShareAllowance(this, onlyLeft ? 0.5 : 0.25);
  }

  of(share: Share): ShareAllowance {
    return share === 'left' ? this.left : this.fresh;
  }

  /** Nothing else is taken. */
  exhaust(): void {
    this.fresh.spend();
    this.left.spend();
  }

  /** Most of what was deferred, and of timers that are over, that is looked at: each is a row at least. */
  get maxDue(): number {
    return this.left.maxRows;
  }

  charge(rows: number, bytes: number): void {
    this.#used.rows += rows;
    this.#used.bytes += bytes;
  }

  /** What neither share has taken yet of rows, or of bytes. */
  rest(of: 'rows' | 'bytes'): number {
    return this.bounds[of] - this.#used[of];
  }

  look(values: number): void {
    this.#compared += values;
  }

  /** Conditions have looked at as many values as they may together. */
  get isLookedOut(): boolean {
    return this.#compared >= this.bounds.comparedValues;
  }

  /** How many of so many items that never start are closed now. */
  closing(items: number): number {
    const count = Math.min(items, Math.max(0, this.bounds.closedItems - this.#closed));
    this.#closed += count;
    return count;
  }

  mayClose(items: number): boolean {
    return this.#closed + items <= this.bounds.closedItems && this.closing(items) === items;
  }

  /** Whether the results of so many items are joined now; the first ones always are. */
  mayJoin(items: number): boolean {
    if (this.#joined > 0 && this.#joined + items > this.bounds.joinedItems) return false;
    this.#joined += items;
    return true;
  }
}

/** One share of a transaction. */
class ShareAllowance implements Allowance {
  readonly maxRows: number;
  readonly #budget: TransactionBudget;
  readonly #part: number;
  readonly #used = { rows: 0, bytes: 0 };
  #admitted = 0;
  #spent = false;

  constructor(budget: TransactionBudget, part: number) {
    this.#budget = budget;
    this.#part = part;
    this.maxRows = Math.max(1, Math.floor(budget.bounds.rows * part));
  }

  admit(): boolean {
    if (this.#spent || this.#admitted >= this.maxRows) return false;
    this.#admitted += 1;
    return true;
  }

  take(rows: number, bytes: number): boolean {
    if (this.#spent) return false;
    const fits = (rows <= this.#rest('rows') && bytes <= this.#rest('bytes')) || this.#used.rows === 0;
    if (fits) this.charge(rows, bytes);
    else this.#spent = true;
    return fits;
  }

  /** Takes what fits already or cannot be deferred. */
  charge(rows: number, bytes: number): void {
    this.#used.rows += rows;
    this.#used.bytes += bytes;
    this.#budget.charge(rows, bytes);
  }

  fitting(wanted: number, bytes: number): number {
    const carried = bytes === 0 ? wanted : Math.max(0, Math.floor(this.#rest('bytes') / bytes));
    const first = this.#isFirst ? 1 : 0;
    const count = this.#spent ? 0 : Math.min(wanted, Math.max(first, Math.min(this.affordable(1), carried)));
    if (count > 0) this.charge(count, count * (bytes + rowBytes));
    return count;
  }

  /** How many fit that count for so many rows each; one does where nothing was taken. */
  affordable(rows: number): number {
    if (this.#spent) return 0;
    const starts = Math.max(0, Math.min(this.#rest('rows'), this.maxRows - this.#admitted));
    return Math.max(this.#isFirst ? 1 : 0, Math.floor(starts / rows));
  }

  get #isFirst(): boolean {
    return this.#used.rows === 0 && this.#admitted === 0;
  }

  mayClose(items: number): boolean {
    return this.#budget.mayClose(items);
  }

  look(values: number): void {
    this.#budget.look(values);
  }

  get isSpent(): boolean {
    return this.#spent || this.#budget.isLookedOut;
  }

  spend(): void {
    this.#spent = true;
  }

  #rest(of: 'rows' | 'bytes'): number {
    const { bounds } = this.#budget;
    return Math.min(
      this.#budget.rest(of),
      this.#part === 1 ? Number.POSITIVE_INFINITY : bounds[of] * this.#part - this.#used[of],
    );
  }
}
