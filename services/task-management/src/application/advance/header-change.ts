import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { WorkflowChangeRow } from '../ports/advance-store.ts';
import type { WorkflowInstance } from './workflow-instance.ts';

/** A workflow's header as its instance says it is now. `output` is JSON text. */
export function headerChange(instance: WorkflowInstance, output: string | null, now: number): WorkflowChangeRow {
  const { state } = instance;
  const failedStep = state.failedStep === undefined ? null : (instance.graph.steps[state.failedStep]?.key ?? null);
  return {
    tenantId: instance.tenantId,
    id: instance.id,
    previous: instance.storedStatus,
    status: state.status,
    output,
    error: instance.error,
    failedStep,
    cancelRequested: state.cancelRequested,
    cancelReason: instance.cancelReason,
    pauseReason: instance.pauseReason,
    finishedAt: isFinalWorkflow(state.status) ? now : null,
    version: instance.version ?? null,
    hash: instance.hash,
    steps: instance.graph.steps.length,
  };
}
