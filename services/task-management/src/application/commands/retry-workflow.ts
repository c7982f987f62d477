import type { Log } from '@taskflow/kit-telemetry';
import type { WorkflowCommand } from '../advance/advance-command.ts';
import type { CompiledGraphs } from '../graphs/compiled-graphs.ts';
import type { ReadingStore } from '../ports/reading-store.ts';
import type { WorkflowReader } from '../queries/read-workflow.ts';
import type { CommandResult } from './command-task.ts';
import { refusingPoison } from './refuse-poison.ts';

export interface RetryRequest {
  readonly from?: string | undefined;
  /** `latest` goes on with the newest registered version, if it fits what is kept. */
  readonly version?: 'same' | 'latest' | undefined;
}

export interface RetryWorkflowDependencies<T> {
  readonly command: (command: WorkflowCommand) => Promise<CommandResult<T>>;
  readonly workflows: Pick<WorkflowReader, 'header'>;
  readonly reading: Pick<ReadingStore, 'readDefinition'>;
  readonly graphs: CompiledGraphs;
  readonly log: Pick<Log, 'error'>;
}

/** Runs a workflow again that ended without completing, from a step or wherever it did not complete. */
export function createRetryWorkflow<T>({ command, workflows, reading, graphs, log }: RetryWorkflowDependencies<T>) {
  return async (
    tenantId: string,
    workflowId: string,
    { from, version = 'same' }: RetryRequest,
  ): Promise<CommandResult<T>> => {
    const base = { kind: 'retry-workflow', tenantId, workflowId, from } as const;
    if (version === 'same') return command(base);
    const header = await workflows.header(tenantId, workflowId);
    if (header === undefined) return { refusal: 'not-found' };
    const latest = await reading.readDefinition(tenantId, header.name, undefined);
    if (header.version === null || latest === undefined) return { refusal: 'not_registered', status: header.status };
    const { hash, graph: text } = latest;
    const compile = refusingPoison(log, 'retry-workflow', async () => graphs.compiled(hash, text));
    const graph = await compile();
    if ('refusal' in graph) return { refusal: 'cannot_apply', status: header.status, reason: graph.reason };
    return command({ ...base, onto: { version: latest.version, stored: { hash, text, graph } } });
  };
}
