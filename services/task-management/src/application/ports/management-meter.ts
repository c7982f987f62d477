import type { EventRecord } from '@taskflow/kit-messaging';
import type { TaskUpdate } from '../../domain/task/task-update.ts';
import type { TransactionRecord } from '../advance/transaction-record.ts';
import type { CreateCommand } from '../commands/creation-writer.ts';

/** Counts what happens, for operators. Never fails, never waits. */
export interface ManagementMeter {
  created(commands: readonly CreateCommand[]): void;
  advanced(record: TransactionRecord, finished: readonly TaskUpdate[]): void;
  /** An event broke its contract and was left out. */
  refused(event: EventRecord): undefined;
}
