import { relative } from 'node:path';
import { repositoryRoot } from '../files/list-files.ts';
import type { Failure, FileResult } from './run-file.ts';

export interface Report {
  stage(name: string, files: number): void;
  file(path: string, result: FileResult): void;
  /** Repeats the failures, then prints the one line that the run ends with. */
  end(): void;
  /** Nothing failed and something passed. */
  succeeded(): boolean;
}

export function createReport(print: (line: string) => void = (line) => console.log(line)): Report {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const failed: { path: string; failures: readonly Failure[] }[] = [];

  return {
    stage(name, files) {
      print(`\n${name}: ${files} ${files === 1 ? 'file' : 'files'}`);
    },
    file(path, result) {
      total.passed += result.passed;
      total.failed += result.failures.length;
      total.skipped += result.skipped;
      const outcome = result.failures.length === 0 ? 'ok    ' : 'FAILED';
      print(`  ${outcome} ${path} (${result.passed} passed, ${(result.durationMs / 1000).toFixed(1)} s)`);
      if (result.failures.length === 0) return;
      failed.push({ path, failures: result.failures });
      for (const failure of result.failures) print(indent(failureText(failure), 4));
      if (result.output.trim() !== '') print(indent(`printed by the file:\n${result.output.trimEnd()}`, 4));
    },
    end() {
      if (failed.length > 0) print('\nFailed:');
      for (const { path, failures } of failed) for (const failure of failures) print(`  ${path}: ${failure.name}`);
      if (total.passed + total.failed === 0) print('\nNo test ran.');
      print(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
    },
    succeeded: () => total.failed === 0 && total.passed > 0,
  };
}

function failureText(failure: Failure): string {
  const place = failure.place.startsWith('/') ? relative(repositoryRoot, failure.place) : failure.place;
  return `✖ ${failure.name} (${place})${failure.error === '' ? '' : `\n${indent(failure.error, 2)}`}`;
}

function indent(text: string, width: number): string {
  const margin = ' '.repeat(width);
  return text
    .split('\n')
    .map((line) => margin + line)
    .join('\n');
}
