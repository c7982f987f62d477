/**
 * An allowance bounds what a transition may still bring into being. It counts what is taken, so that the transitions of
 * one transaction share it. What does not fit is deferred: the workflow stands as if it had not been decided yet.
 */
export interface Allowance {
  /** Whether one more step or compensation is worked out at all. */
  admit(): boolean;
  /** Takes rows and the bytes that they carry, if they fit. */
  take(rows: number, bytes: number): boolean;
  /** How many of `wanted` items fit that carry up to so many bytes each; it takes those. */
  fitting(wanted: number, bytes: number): number;
  /** Whether so many items that never start are closed now. */
  mayClose(items: number): boolean;
  /** Nothing else fits. */
  readonly isSpent: boolean;
  /** So many values were looked at to work a step out. */
  look(values: number): void;
}

/** The bytes that a row and its event take beside what they carry. */
export const rowBytes = 500;

/** Everything fits. */
export const unlimited: Allowance = {
  admit: () => true,
  take: () => true,
  fitting: (wanted) => wanted,
  mayClose: () => true,
  isSpent: false,
  look: () => undefined,
};
