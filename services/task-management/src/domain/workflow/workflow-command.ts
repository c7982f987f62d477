import type { WorkflowEvent } from './workflow-event.ts';

/** How a step, or one item of it, ended. */
export type StepOutcome = 'completed' | 'skipped' | 'failed' | 'cancelled';

/** What may begin with one command; what is over is told of by `rest-left`. */
export interface Allowance {
  /** Steps, items and compensations. */
  readonly starts: number;
  /** Bytes that items carry. */
  readonly bytes: number;
  /** One may begin however much it carries: what never fits would never begin. */
  readonly atLeastOne: boolean;
}

export type WorkflowCommand =
  | { readonly type: 'start' }
  /** A started step whose condition holds, of which the application worked out what it is. */
  | { readonly type: 'begin'; readonly step: number; readonly as: 'running' | 'preparing' | 'waiting' }
  /** A step that started is too much for this turn, and nothing of it was written: it has not started. */
  | { readonly type: 'hold'; readonly step: number }
  /** Rows of the first `laid` items are there (all unless told), of which none carries more than `largest` bytes. */
  | {
      readonly type: 'begin-items';
      readonly step: number;
      readonly total: number;
      readonly laid?: number;
      readonly largest?: number;
    }
  /** Rows of so many items more are there. */
  | { readonly type: 'lay-items'; readonly step: number; readonly count: number; readonly allowance?: Allowance }
  /**
   * A step's own task or wait ended, its child did, its items' results were put together, or it could not begin.
   * `unknown`: nobody knows how much of its work was done; of a fan-out the state knows it.
   */
  | {
      readonly type: 'settle-step';
      readonly step: number;
      readonly outcome: StepOutcome;
      readonly unknown?: boolean | undefined;
    }
  | { readonly type: 'settle-prepare'; readonly step: number; readonly outcome: StepOutcome }
  | {
      readonly type: 'settle-item';
      readonly step: number;
      readonly outcome: StepOutcome;
      readonly unknown?: boolean | undefined;
      readonly allowance?: Allowance;
    }
  /** A compensation's task ended. */
  | {
      readonly type: 'settle-undo';
      readonly step: number;
      readonly outcome: 'completed' | 'failed' | 'cancelled';
    }
  | { readonly type: 'settle-undo-by-hand'; readonly step: number }
  | { readonly type: 'cancel'; readonly compensate: boolean }
  | { readonly type: 'pause' }
  | { readonly type: 'resume'; readonly allowance?: Allowance }
  /** Goes on with what a turn left because it was too much for it. */
  | { readonly type: 'continue'; readonly allowance?: Allowance }
  /** `from`: number of the step that runs again with all that follow it. */
  | { readonly type: 'retry'; readonly from?: number | undefined };

export type DecisionRefusal =
  /** It has a final status. */
  | 'already_finished'
  /** Retry: it has not ended, or the steps in `names` still run. */
  | 'not_finished'
  /** Retry: it completed. */
  | 'already_completed'
  /** It is being undone, or its undoing is stuck. */
  | 'already_compensating'
  /** A plain cancel was asked for before. */
  | 'cancel_requested'
  /** Pause: it is neither running nor waiting. */
  | 'not_running'
  | 'not_paused'
  /** `from` was given where the whole workflow runs again. */
  | 'from_not_available'
  /** The steps in `names` do not fit. */
  | 'incompatible_graph'
  | 'compensation_not_stuck';

export interface RefusedDecision {
  readonly refusal: DecisionRefusal;
  /** Keys of the steps that it is about. */
  readonly names?: readonly string[];
}

export type WorkflowDecision = readonly WorkflowEvent[] | RefusedDecision;
