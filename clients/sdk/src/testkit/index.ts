export type { CrashOptions, Wait } from './crash-runs.ts';
export type { Compensated, ExpectedFailure } from './judge-runs.ts';
export { assertCompensated, assertCompleted, assertFailed, assertGraph, matchers } from './matchers.ts';
export { type Mock, type MockContext, mock } from './mock.ts';
export { type Calls, type TestKit, type TestkitOptions, testkit } from './testkit.ts';
