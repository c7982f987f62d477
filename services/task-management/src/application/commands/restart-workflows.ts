import type { ManagementBounds } from '../bounds.ts';
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
  readonly bounds: Pick<ManagementBounds, 'restartsAtOnce'>;
}

/**
 * Retries the workflows that a filter finds, newest first, each on its own: one that cannot be retried is reported and
 * stops no other. A dry run changes nothing.
 */
export function createRestartWorkflows({ reading, retry, bounds }: RestartWorkflowsDependencies) {
  return async (tenantId: string, request: RestartRequest): Promise<RestartReport> => {
    const { filter, version, dryRun, limit } = request;
    const rows = await findWorkflows(reading, tenantId, filter, limit + 1);
    const found = rows.slice(0, limit);
    const more = rows.length > limit;
    if (dryRun) return { found, more };
    const results: { id: string; result: CommandResult<{ readonly id: string }> }[] = [];
    const pending = found.entries();
    const part = async (): Promise<void> => {
      for (const [i, { id }] of pending) results[i] = { id, result: await retry(tenantId, id, { version }) };
    };
    await Promise.all(Array.from({ length: Math.min(bounds.restartsAtOnce, found.length) }, part));
    return { found, more, results };
  };
}

/** Slice by slice, so that looking for a rare status among very many workflows is no statement that takes long. */
async function findWorkflows(
  reading: RestartWorkflowsDependencies['reading'],
  tenantId: string,
  filter: RestartFilter,
  maxFound: number,
): Promise<readonly ListedWorkflow[]> {
  const found: ListedWorkflow[] = [];
  for (let below: string | undefined, isLeft = true; isLeft; ) {
    const page = await reading.findWorkflows(tenantId, filter, below, maxFound - found.length);
    found.push(...page.items);
    below = page.below;
    isLeft = below !== undefined && found.length < maxFound;
  }
  return found;
}
