import type { ListedWorkflow, ReadingStore, RestartFilter } from '../ports/reading-store.ts';
import type { CommandResult } from './command-task.ts';
import type { RetryRequest } from './retry-workflow.ts';

export interface RestartRequest {
  readonly filter: RestartFilter;
  readonly version?: 'same' | 'latest' | undefined;
  readonly dryRun: boolean;
  /** Most that are looked for. */
  readonly limit: number;
}

export interface RestartReport {
  readonly found: readonly ListedWorkflow[];
  /** There are more than were looked for. */
  readonly more: boolean;
  /** Absent from a dry run. */
  readonly results?: readonly { readonly id: string; readonly result: CommandResult<{ readonly id: string }> }[];
}

export interface RestartWorkflowsDependencies {
  readonly reading: Pick<ReadingStore, 'findWorkflows'>;
  readonly retry: (
    tenantId: string,
    id: string,
    request: RetryRequest,
  ) => Promise<CommandResult<{ readonly id: string }>>;
}

/** Retries at one time: the writer gathers them in its transactions, and one call never fills its queue. */
const atOnce = 64;

/**
 * Retries the workflows that a filter finds, newest first, each on its own: one that cannot be retried is reported and
 * stops no other. A dry run changes nothing.
 */
export function restartWorkflows({ reading, retry }: RestartWorkflowsDependencies) {
  return async (tenantId: string, request: RestartRequest): Promise<RestartReport> => {
    const { filter, version, dryRun, limit } = request;
    const rows = await reading.findWorkflows(tenantId, filter, limit + 1);
    const found = rows.slice(0, limit);
    const more = rows.length > limit;
    if (dryRun) return { found, more };
    const results: { id: string; result: CommandResult<{ readonly id: string }> }[] = [];
    const pending = found.entries();
    const lane = async (): Promise<void> => {
      for (const [i, { id }] of pending) results[i] = { id, result: await retry(tenantId, id, { version }) };
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, found.length) }, lane));
    return { found, more, results };
  };
}
