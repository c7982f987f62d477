import { run } from 'node:test';
import type { EventData } from 'node:test';
import { inspect } from 'node:util';

export interface Failure {
  readonly name: string;
  readonly place: string;
  readonly error: string;
}

export interface FileResult {
  readonly passed: number;
  readonly skipped: number;
  readonly failures: readonly Failure[];
  /** What the file printed, its end when long. */
  readonly output: string;
  readonly durationMs: number;
}

const outputKept = 20_000;
/** A test that hangs is named; without this only its file would be. */
const testTimeoutMs = 120_000;

/** Runs one test file in a process of its own, and ends that process when the file's time is up. */
export async function runFile(file: string, options: { timeoutMs: number; signal: AbortSignal }): Promise<FileResult> {
  const begin = performance.now();
  const timedOut = AbortSignal.timeout(options.timeoutMs);
  const signal = AbortSignal.any([options.signal, timedOut]);
  const count = { passed: 0, skipped: 0 };
  const failures: Failure[] = [];
  let output = '';

  const events = run({ files: [file], concurrency: 1, timeout: Math.min(testTimeoutMs, options.timeoutMs), signal });
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') output = (output + data.message).slice(-outputKept);
    else if (type === 'test:fail') addFailure(data);
    else if (type === 'test:pass') addPass(data);
  }
  return { ...count, failures, output, durationMs: performance.now() - begin };

  function addPass(test: EventData.TestPass): void {
    if (test.details.type === 'suite') return;
    if (test.skip !== undefined || test.todo !== undefined) count.skipped += 1;
    else if (test.name === file) failures.push({ name: 'no test in this file', place: file, error: '' });
    else count.passed += 1;
  }

  function addFailure(test: EventData.TestFail): void {
    const { error } = test.details;
    // The failing subtest has been counted by itself.
    if (failureType(error) === 'subtestsFailed') return;
    const place = `${test.file}:${test.line}`;
    if (test.name !== file) failures.push({ name: test.name, place, error: describe(error) });
    else failures.push({ name: fileEnd(), place: file, error: '' });
  }

  function fileEnd(): string {
    if (timedOut.aborted)
      return `did not end within ${options.timeoutMs / 1000} s (a timer, socket or process left open?)`;
    return options.signal.aborted ? 'interrupted' : 'the file ended with an error';
  }
}

function failureType(error: Error): unknown {
  return 'failureType' in error ? error.failureType : undefined;
}

/** node:test wraps what the test threw; the wrapped error carries the message, the difference and the stack. */
function describe(error: Error): string {
  const thrown = error.cause ?? error;
  if (!(thrown instanceof Error)) return inspect(thrown);
  const cause = thrown.cause instanceof Error ? `\ncaused by ${thrown.cause.stack ?? thrown.cause.message}` : '';
  return (thrown.stack ?? thrown.message) + cause;
}
