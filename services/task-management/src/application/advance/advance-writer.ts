import { createGroupCommit, type GroupCommit } from '@taskflow/kit-postgres';
import type { ExecutionEvent } from '../../domain/task/task-update.ts';
import { boundsOf, type GivenBounds } from '../bounds.ts';
import type { AdvanceCommand, AdvanceOutcome } from './advance-command.ts';
import { createIsolatingWriter } from './isolating-writer.ts';
import { type AttemptDependencies, createTransactionAttempts } from './transaction-attempts.ts';

export type AdvanceWriter = GroupCommit<AdvanceCommand, AdvanceOutcome>;

export interface AdvanceDependencies extends AttemptDependencies {
  readonly maxWaiting: number;
  /** `managementBounds` where not told. */
  readonly bounds?: GivenBounds | undefined;
}

/**
 * The single owner of what happens to tasks and workflows after their creation: execution events and
 * commands of callers go through it in one order.
 */
export function createAdvanceWriter(dependencies: AdvanceDependencies): AdvanceWriter {
  const { clock, telemetry, maxWaiting } = dependencies;
  const bounds = boundsOf(dependencies.bounds);
  const attempts = createTransactionAttempts(dependencies);
  return createGroupCommit<AdvanceCommand, AdvanceOutcome>(
    {
      name: 'task-advance',
      write: createIsolatingWriter(attempts, telemetry.log, bounds),
      recall: (batch) => attempts.recall(batch),
      weigh,
      maxRows: bounds.batchRows,
      maxBytes: bounds.batchBytes,
      maxWaiting,
    },
    { clock, telemetry },
  );
}

/** What an event carries into its row. */
function bytesOf({ result, error, progress }: ExecutionEvent): number {
  return (result?.length ?? 0) + (error?.length ?? 0) + (progress?.length ?? 0);
}

/** An event may end many waits. */
const eventRows = 100;

function weigh(command: AdvanceCommand): { rows: number; bytes: number } {
  if (command.kind === 'apply-execution-events') {
    let bytes = 0;
    for (const { event } of command.events) bytes += bytesOf(event);
    return { rows: command.events.length, bytes };
  }
  if (command.kind === 'fire-waits') return { rows: command.waits.length, bytes: 0 };
  if (command.kind === 'publish-event') return { rows: eventRows, bytes: command.payload.length };
  if (command.kind === 'deliver-event') return { rows: eventRows, bytes: command.delivery.payload.length };
  return { rows: 1, bytes: command.kind === 'signal-workflow' ? command.payload.length : 0 };
}
