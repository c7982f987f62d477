import { createGroupWriter, type GroupWriter } from '@taskflow/kit-postgres';
import type { ExecutionFact } from '../../domain/task/settlement.ts';
import { type ManagementBounds, managementBounds } from '../bounds.ts';
import type { AdvanceCommand, AdvanceOutcome } from './advance-command.ts';
import { createIsolatingWriter } from './isolating-writer.ts';
import { type AttemptDependencies, createTurnAttempts } from './turn-attempts.ts';

export type AdvanceWriter = GroupWriter<AdvanceCommand, AdvanceOutcome>;

export interface AdvanceDependencies extends AttemptDependencies {
  readonly maxWaiting: number;
  /** `managementBounds` where not told. */
  readonly bounds?: Partial<ManagementBounds> | undefined;
}

/**
 * The single owner of what happens to tasks and workflows after their creation: facts of task-execution and
 * commands of callers go through it in one order.
 */
export function createAdvanceWriter(dependencies: AdvanceDependencies): AdvanceWriter {
  const { clock, telemetry, maxWaiting } = dependencies;
  const bounds = { ...managementBounds, ...dependencies.bounds };
  const attempts = createTurnAttempts(dependencies);
  return createGroupWriter<AdvanceCommand, AdvanceOutcome>(
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

/** What a fact carries into its row. */
function bytesOf({ result, error, progress }: ExecutionFact): number {
  return (result?.length ?? 0) + (error?.length ?? 0) + (progress?.length ?? 0);
}

/** An event may end many waits. */
const eventRows = 100;

function weigh(command: AdvanceCommand): { rows: number; bytes: number } {
  switch (command.type) {
    case 'apply-facts': {
      let bytes = 0;
      for (const { fact } of command.facts) bytes += bytesOf(fact);
      return { rows: command.facts.length, bytes };
    }
    case 'fire-waits':
      return { rows: command.waits.length, bytes: 0 };
    case 'publish-event':
      return { rows: eventRows, bytes: command.payload.length };
    case 'deliver-event':
      return { rows: eventRows, bytes: command.delivery.payload.length };
    case 'signal-workflow':
      return { rows: 1, bytes: command.payload.length };
    default:
      return { rows: 1, bytes: 0 };
  }
}
