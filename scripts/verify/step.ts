export interface CheckResult {
  readonly passed: boolean;
  /** What is wrong and where, or what was seen; may be empty. */
  readonly report: string;
}

export interface Step {
  readonly name: string;
  run(): Promise<CheckResult>;
}
