import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh directory that is removed when this process exits. Readable by us alone. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'taskflow-test-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
