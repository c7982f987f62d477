import { type CompensationPlan, planCompensation } from '../../domain/workflow/plan-compensation.ts';
import { rebuildState, type StoredStepRow, type StoredWorkflow } from '../../domain/workflow/rebuild-state.ts';
import type { StepRecord } from '../ports/reading-store.ts';
import { parseStepAddress } from '../records/step-address.ts';
import type { StepView, WorkflowReader, WorkflowView } from './read-workflow.ts';

export type { CompensationPlan } from '../../domain/workflow/plan-compensation.ts';

export interface PlanCompensationDependencies {
  readonly workflows: Pick<WorkflowReader, 'view'>;
}

/**
 * Plans what a cancel with compensation would do now, worked out by the same rules and changing nothing. `unreadable`:
 * nobody can say, because the workflow's graph cannot be read.
 */
export function createPlanCompensation({ workflows }: PlanCompensationDependencies) {
  return async (tenantId: string, id: string): Promise<CompensationPlan | 'unreadable' | undefined> => {
    const view = await workflows.view(tenantId, id);
    if (view?.isUnreadable) return 'unreadable';
    return view && planCompensation(view.graph, rebuildState(view.graph, storedOf(view)));
  };
}

function storedOf({ workflow, steps }: WorkflowView): StoredWorkflow {
  const { status, cancelRequested, failedStep } = workflow;
  return {
    status,
    cancelRequested,
    failedStep,
    rows: steps.flatMap(rowsOf),
    items: [],
  };
}

function rowsOf({ task, compensation }: StepView): StoredStepRow[] {
  return [task, compensation?.task].flatMap((record) => (record ? [rowOf(record)] : []));
}

function rowOf({ step, status, outcomeUnknown }: StepRecord): StoredStepRow {
  const { key, part } = parseStepAddress(step);
  return { key, part: part === 'item' ? 'own' : part, status, outcomeUnknown };
}
