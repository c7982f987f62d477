import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { WorkflowChangeRow } from '../ports/advance-store.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** A workflow's header as its run says it is now. `output` is JSON text. */
export function headerChange(run: WorkflowRun, output: string | null, now: number): WorkflowChangeRow {
  const { state } = run;
  const failedStep = state.failedStep === undefined ? null : (run.graph.steps[state.failedStep]?.key ?? null);
  return {
    tenantId: run.tenantId,
    id: run.id,
    previous: run.storedStatus,
    status: state.status,
    output,
    error: run.error,
    failedStep,
    cancelRequested: state.cancelRequested,
    cancelReason: run.cancelReason,
    pauseReason: run.pauseReason,
    finishedAt: isFinalWorkflow(state.status) ? now : null,
    version: run.version ?? null,
    hash: run.hash,
    steps: run.graph.steps.length,
  };
}
