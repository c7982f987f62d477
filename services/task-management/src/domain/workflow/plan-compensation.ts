import type { CompiledGraph } from './graph.ts';
import type { WorkflowState } from './workflow-state.ts';

export interface CompensationPlan {
  /** Those of one `order` at the same time, lower ones first. */
  readonly compensations: readonly {
    readonly step: string;
    readonly type: string;
    readonly order: number;
    readonly because: 'completed' | 'running' | 'unknown';
  }[];
  readonly pastPointOfNoReturn: readonly string[];
  readonly withoutCompensation: readonly string[];
}

/** What a cancel with compensation would do now. */
export declare function planCompensation(graph: CompiledGraph, state: WorkflowState): CompensationPlan;
