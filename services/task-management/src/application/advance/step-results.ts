import { derivedId } from '@taskflow/kit-time';
import type { Settlement } from '../../domain/task/settlement.ts';
import type { Reference } from '../../domain/workflow/payload-template.ts';
import type { AdvanceTransaction, Key, tooLarge } from '../ports/advance-store.ts';
import { firstGeneration } from '../task-record.ts';
import { stepTaskName } from '../workflow-record.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** The task of a step: the same id whenever and wherever it is asked for. */
export function stepTaskId(run: WorkflowRun, step: number): string {
  const key = run.graph.steps[step]?.key ?? '';
  return derivedId(run.id, stepTaskName(key, firstGeneration));
}

/** Folded facts by task, those of the first generation under the bare task id. */
export type Settlements = ReadonlyMap<string, Settlement>;

/** Results that this turn needs: those that it settles itself are at hand, the others are read in one statement. */
export interface StepResults {
  /** JSON text. `null` stands for a step without a result. */
  of(run: WorkflowRun, step: number): string | typeof tooLarge;
}

export interface ResultNeed {
  readonly run: WorkflowRun;
  readonly step: number;
}

export async function obtainResults(
  tx: AdvanceTransaction,
  settlements: Settlements,
  needs: readonly ResultNeed[],
): Promise<StepResults> {
  const missing = new Map<string, Key>();
  for (const { run, step } of needs) {
    const id = stepTaskId(run, step);
    if (resultAtHand(settlements, id) === undefined) missing.set(id, { tenantId: run.tenantId, id });
  }
  const loaded = missing.size === 0 ? undefined : await tx.loadResults([...missing.values()]);
  return {
    of: (run, step) => {
      const id = stepTaskId(run, step);
      return resultAtHand(settlements, id) ?? loaded?.get(id) ?? 'null';
    },
  };
}

function resultAtHand(settlements: Settlements, taskId: string): string | undefined {
  const settlement = settlements.get(taskId);
  return settlement?.status === 'completed' ? (settlement.result ?? 'null') : undefined;
}

/** The steps whose results a starting step reads. */
export function referencedSteps(run: WorkflowRun, step: number): number[] {
  const steps: number[] = [];
  for (const reference of run.graph.steps[step]?.payload.references ?? []) {
    const source = sourceStep(run, reference);
    if (source !== undefined) steps.push(source);
  }
  return steps;
}

export function sourceStep(run: WorkflowRun, reference: Reference): number | undefined {
  return reference.source === 'step' ? run.graph.indexOf.get(reference.step) : undefined;
}
