import type { SourceTree } from './source-tree.ts';

export interface Violation {
  readonly path: string;
  /** From 1; absent when the whole file is meant. */
  readonly line?: number;
  readonly message: string;
}

/** A rule of this house that no bought tool knows. One rule, one file. */
export interface HouseRule {
  readonly name: string;
  /** What holds, and what goes wrong where it does not. */
  readonly because: string;
  check(tree: SourceTree): Violation[];
}
