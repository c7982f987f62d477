import type { BenchEnvironment } from '../environment.ts';

/** What one measurement gave: names with their units to numbers, such as `p99 ms`. */
export type Sample = Readonly<Record<string, number>>;

export interface MeasureOptions {
  /** Length of one measuring window. */
  readonly seconds: number;
  readonly waiting: number;
  readonly steps: number;
}

export interface Part {
  readonly name: string;
  readonly what: string;
  /** In each round, or once at the end because it changes what the others would see. */
  readonly runs: 'each round' | 'once';
  measure(environment: BenchEnvironment, options: MeasureOptions): Promise<Sample>;
}
