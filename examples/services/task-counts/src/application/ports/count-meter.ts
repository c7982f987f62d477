export interface CountMeter {
  /** So many tasks are in the counts for good. */
  counted(tasks: number): void;
}
