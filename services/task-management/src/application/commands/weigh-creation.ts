import type { FirstSteps } from '../advance/first-steps.ts';
import type { KeyClaim } from '../ports/creation-store.ts';
import type { NewTask } from '../records/task-record.ts';

interface Creation {
  readonly tasks: readonly NewTask[];
  readonly first?: FirstSteps;
  readonly claim?: KeyClaim;
}

/** What a row, and the event that tells of it, take beside what they carry. */
const rowBytes = 500;

/**
 * Weighs a command: the rows that it writes, and the bytes that it holds in memory until then. A workflow's input
 * counts also where its first steps carry nothing of it, and its graph whether or not it is stored already: both are
 * held.
 */
export function weighCreation({ tasks, first, claim }: Creation): { rows: number; bytes: number } {
  let rows = tasks.length;
  let bytes = 0;
  for (const { payload } of tasks) bytes += payload.length;
  if (first) {
    rows += 1 + first.rows.length + first.waits.length;
    bytes += first.workflow.input.length + first.workflow.stored.text.length;
  }
  if (claim) rows += 1;
  return { rows, bytes: bytes + rows * rowBytes };
}
