/** What was decided about one workflow. Steps by number. */
export type WorkflowEvent =
  /** Everything that it waits for is settled: it is to begin. */
  | { readonly type: 'step-started'; readonly step: number }
  /** What a started step turned out to be: a task, a prepare task, or a wait (for a child too). */
  | { readonly type: 'step-begun'; readonly step: number; readonly as: 'running' | 'preparing' | 'waiting' }
  /** It had started and had not begun: it goes back to where it was before. */
  | { readonly type: 'step-held'; readonly step: number }
  /** Its prepare task completed; `held`: it may not begin before the workflow is resumed. */
  | { readonly type: 'step-prepared'; readonly step: number; readonly held: boolean }
  | { readonly type: 'step-completed'; readonly step: number }
  | { readonly type: 'step-skipped'; readonly step: number }
  /** `unknown`: nobody knows how much of its work was done. */
  | { readonly type: 'step-failed'; readonly step: number; readonly unknown: boolean }
  | { readonly type: 'step-cancelled'; readonly step: number; readonly unknown: boolean }
  /**
   * A fan-out of `total` items of which the first `laid` have rows, none of more than `largest` bytes; the first `started`
   * are queued.
   */
  | {
      readonly type: 'items-begun';
      readonly step: number;
      readonly total: number;
      readonly laid: number;
      readonly largest: number;
      readonly started: number;
    }
  /** So many more items have rows; they are blocked until they start. */
  | { readonly type: 'items-laid'; readonly step: number; readonly count: number }
  /** The items from number `from` on. */
  | { readonly type: 'items-started'; readonly step: number; readonly from: number; readonly count: number }
  | {
      readonly type: 'item-ended';
      readonly step: number;
      readonly outcome: 'completed' | 'failed';
      readonly unknown: boolean;
    }
  /** Items that have not started never will; the first `laid` of all have rows. */
  | { readonly type: 'items-closed'; readonly step: number; readonly laid: number }
  /** All items ended well enough: the step completes once its result is put together. */
  | { readonly type: 'items-settled'; readonly step: number }
  | { readonly type: 'child-cancel-requested'; readonly step: number; readonly compensate: boolean }
  | { readonly type: 'cancel-requested' }
  | { readonly type: 'undo-started'; readonly step: number; readonly again: boolean }
  | { readonly type: 'undo-completed'; readonly step: number }
  | { readonly type: 'undo-stuck'; readonly step: number }
  /** Somebody said that it is undone, or needs no undoing. */
  | { readonly type: 'undo-settled'; readonly step: number }
  /** It needs no undoing, and everything that follows it is undone: what stands before it may be. */
  | { readonly type: 'undo-passed'; readonly step: number }
  /** More could begin than was allowed: the workflow is to be asked to go on. */
  | { readonly type: 'rest-left' }
  /** Nothing is at work, and something waits. */
  | { readonly type: 'workflow-waiting' }
  | { readonly type: 'workflow-working' }
  | { readonly type: 'workflow-paused' }
  | { readonly type: 'workflow-resumed' }
  | { readonly type: 'workflow-completed' }
  | { readonly type: 'workflow-failed'; readonly step: number }
  | { readonly type: 'workflow-cancelled' }
  | {
      readonly type: 'workflow-compensating';
      readonly reason: CompensationReason | 'retried';
      /** The step that failed for good. */
      readonly step: number | undefined;
    }
  /** `compensations`: how many steps were undone, by a task or by hand. */
  | { readonly type: 'workflow-compensated'; readonly compensations: number }
  /** These steps, and everything that follows them, have not run. */
  | { readonly type: 'workflow-retried'; readonly reset: readonly number[] };

export type WorkflowEventType = WorkflowEvent['type'];

/** Why finished steps are undone. */
export type CompensationReason = 'step-failed' | 'cancelled';
