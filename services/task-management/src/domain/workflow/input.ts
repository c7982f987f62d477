import type { ChildToStart } from './child-definition.ts';
import type { StepOutcome } from './effect.ts';
import type { CompiledGraph } from './graph.ts';
import type { StepReading } from './step-reading.ts';
import type { WorkflowStatus } from './workflow-status.ts';

/** An input comes for a workflow. Steps by number, texts are JSON. */
export type Input = Happening | Request | Rest | Answer;

/** Something of it ended, or came. */
type Happening = Readonly<
  | { kind: 'start' }
  /** Items have ended while nothing was decided about the workflow. */
  | { kind: 'catch-up' }
  | (PartEnd & { kind: 'task-ended' | 'prepare-ended' | 'item-ended' | 'compensation-ended' })
  /** A sleep is over, or what the step waits for did not come in time. */
  | { kind: 'timer-fired'; step: number }
  | { kind: 'event-came'; step: number; payload: string }
  | { kind: 'signal-came'; name: string; payload: string }
  /** `output` is `undefined` where it is too large. */
  | { kind: 'child-ended'; step: number; child: Child; status: WorkflowStatus; output: string | undefined }
>;

/** The end of one part of a step, whose row says so already. `unknown`: nobody knows how much of its work was done. */
export interface PartEnd {
  readonly step: number;
  readonly outcome: StepOutcome;
  readonly unknown: boolean;
  readonly error: string | undefined;
}

interface Child {
  readonly id: string;
  readonly name: string;
}

/** What somebody asks of it. */
type Request = Readonly<
  | { kind: 'cancel'; compensate: boolean; reason: string | null }
  | { kind: 'pause'; reason: string | null }
  | { kind: 'resume' }
  /** `from`: key of the step that runs again with all that follow it. `onto`: it goes on with this graph. */
  | { kind: 'retry'; from?: string | undefined; onto?: CompiledGraph | undefined }
  /** `step` is a key. */
  | { kind: 'resolve-compensation'; step: string; reason: string }
>;

/** What an earlier transaction deferred. */
type Rest = Readonly<
  | { kind: 'go-on' }
  /** Items from number `laid` on get their rows. */
  | { kind: 'go-on-items'; step: number; laid: number }
  /** Children from this step on are asked to end. */
  | { kind: 'go-on-cancelling'; step: number; compensate: boolean }
>;

/**
 * An answer gives what was needed. Without a `reading` the transaction reads no more, and what it is about is deferred.
 */
export type Answer = Readonly<
  | (Read & {
      kind: 'start-step';
      step: number;
      prepared: boolean;
      laid: number | undefined;
      child: ChildToStart | undefined;
    })
  | (Read & { kind: 'compensate'; step: number; again: boolean })
  | (Read & { kind: 'complete'; paused: boolean })
  | { kind: 'error-found'; step: number; then: 'failed' | 'compensating'; error: string }
  | { kind: 'items-joined'; step: number; outcome: JoinOutcome }
  | { kind: 'signal-taken'; step: number; payload: string }
>;

interface Read {
  readonly reading: StepReading | undefined;
  readonly alone: boolean;
}

/** `later`: others before it filled the transaction. */
export type JoinOutcome = 'joined' | 'too-large' | 'later';

export type Refusal =
  /** It has a final status. */
  | 'already_finished'
  /** Retry: it has not ended, or the steps in `names` still run. */
  | 'not_finished'
  /** Retry: it completed. */
  | 'already_completed'
  /** It is being compensated, or its compensation is stuck. */
  | 'already_compensating'
  /** A plain cancel was asked for before. */
  | 'cancel_requested'
  /** Pause: it is neither running nor waiting. */
  | 'not_running'
  /** Resume: it is not paused. */
  | 'not_paused'
  /** No step has the key in `names`. */
  | 'unknown_step'
  /** `from` was given where the whole workflow runs again. */
  | 'from_not_available'
  /** The steps in `names` do not fit. */
  | 'incompatible_graph'
  /** The step's compensation is not stuck. */
  | 'compensation_not_stuck'
  /** `names` are the signals that the graph knows. */
  | 'signal_not_expected'
  /** As many signals as may wait are waiting. */
  | 'too_many_signals'
  /** What ended is not open: it is a repetition, or the instance is outdated. Nobody is shown it. */
  | 'not-open';

/** Nothing has changed. */
export interface RefusedInput {
  readonly refusal: Refusal;
  /** Keys of steps, or signals. */
  readonly names?: readonly string[];
}
