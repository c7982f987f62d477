import type { StartableDefinition } from './child-definition.ts';
import type { Timer } from './wait-kinds.ts';
import type { CompensationReason, FanOut } from './workflow-state.ts';
import type { WorkflowStatus } from './workflow-status.ts';

/** Says how a step, or one item of it, ended. */
export type StepOutcome = 'completed' | 'skipped' | 'failed' | 'cancelled';

/** Says what a row does for its step: its own work, or a part of it. */
export type RowPart = 'own' | 'prepare' | 'compensation' | 'item';

/** A row of a step; `item` numbers an item. */
interface RowOf<Part extends RowPart> {
  readonly step: number;
  readonly part: Part;
  readonly item: number | undefined;
}

/**
 * An effect follows from one input of a workflow, in its order: all effects are written, announced or answered in the
 * transaction that the input came in. Steps by number, texts are JSON.
 */
export type Effect =
  | Readonly<
      /** A worker is asked to carry out a task of the step. */
      | (RowOf<Exclude<RowPart, 'compensation'>> & { kind: 'start-task'; payload: string })
      /** A worker is asked to compensate the step. */
      | { kind: 'compensate'; step: number; payload: string }
      /** A row that no worker is asked for now: `open` while the step waits or fans out, `blocked` for an item. */
      | (RowOf<RowPart> & { kind: 'add-row'; status: AddedStatus; payload: string; error: string | null })
      /** The step's own row, which is open. `result` is null also where it was written when items were joined. */
      | (RowEnd & { kind: 'end-row'; step: number })
      /** The row of the step's compensation, which has ended, is to be started anew. */
      | { kind: 'reset-row'; step: number }
      /** Somebody says of a stuck compensation that it is done, or not needed. */
      | { kind: 'resolve-compensation'; step: number; reason: string }
      /** Items that were blocked start. */
      | { kind: 'start-items'; step: number; from: number; count: number }
      /** Items from this one on never start. */
      | { kind: 'close-items'; step: number; from: number; total: number }
      /** How the items stand has changed. */
      | { kind: 'count-items'; step: number; items: FanOut }
      /** Nothing of the items follows any more. */
      | { kind: 'forget-items'; step: number }
      | { kind: 'start-timer'; step: number; timer: Timer }
      | { kind: 'stop-timer'; step: number }
      | { kind: 'start-child'; step: number; definition: StartableDefinition; input: string }
      | { kind: 'cancel-child'; step: number; compensate: boolean }
      /** All live tasks are asked to end, but those that compensate. */
      | { kind: 'cancel-tasks' }
      /** A signal came before the step that waits for it. */
      | { kind: 'keep-signal'; name: string; payload: string }
      /** The header has changed; with `status` nothing but that, and it may change back before it is written. */
      | { kind: 'update-header'; what: 'all' | 'status' }
      /** It has a final status; whoever started it goes on. `shown` is what its header keeps of the output. */
      | { kind: 'end-workflow'; status: WorkflowStatus; output: string | undefined; shown: string | null }
      | { kind: 'emit'; event: WorkflowNews }
    >
  | Deferral
  | Need;

type AddedStatus = 'open' | 'blocked' | Exclude<StepOutcome, 'completed'>;

interface RowEnd {
  readonly status: StepOutcome;
  readonly result: string | null;
  readonly error: string | null;
  readonly outcomeUnknown: boolean;
}

/** Too much for this transaction: what reminds of it is durable and due now. */
export type Deferral = Readonly<
  /** The workflow is asked to go on. */
  | { kind: 'defer'; what: 'go-on' }
  /** Items from number `laid` on get their rows. */
  | { kind: 'defer'; what: 'items'; step: number; laid: number }
  /** Items that never start are closed. */
  | { kind: 'defer'; what: 'close'; step: number; from: number; total: number }
  /** Children from this step on are asked to end. */
  | { kind: 'defer'; what: 'cancel'; step: number; compensate: boolean }
>;

/** A need has to be read first; the answer is an input of its own. `alone`: it was too large beside others. */
export type Need = Readonly<
  /** Results that the step reads, or with `prepared` that of its prepare task. `laid`: it is about further items. */
  | { kind: 'need'; what: 'start'; step: number; prepared: boolean; laid: number | undefined; alone: boolean }
  /** Results that the compensation reads. */
  | { kind: 'need'; what: 'compensate'; step: number; again: boolean; alone: boolean }
  /** The results that make the output. */
  | { kind: 'need'; what: 'output'; paused: boolean; alone: boolean }
  /** Why the step failed, before the workflow says that it fails or is compensated. */
  | { kind: 'need'; what: 'error'; step: number; then: 'failed' | 'compensating' }
  /** The results of the step's items, put together. */
  | { kind: 'need'; what: 'join'; step: number; items: number }
  /** The oldest signal of this name that is kept. */
  | { kind: 'need'; what: 'signal'; step: number; name: string }
  /** Rows of these steps are to be started anew; nothing is answered. */
  | { kind: 'need'; what: 'reset'; steps: readonly number[] }
>;

/** The news that others hear of a workflow. */
export type WorkflowNews = Readonly<
  | { kind: 'paused' | 'resumed' | 'cancelled' }
  | { kind: 'retried'; from: readonly number[] }
  | { kind: 'completed'; output: string | undefined }
  | { kind: 'failed'; step: number; error: string }
  | { kind: 'compensating'; reason: CompensationReason | 'retried' }
  | { kind: 'compensated'; compensations: number }
  | { kind: 'compensation-stuck'; step: number; error: string }
  /** `timer` of a step that has one. */
  | { kind: 'step-waiting'; step: number; timer: Timer | undefined }
  | { kind: 'step-settled'; step: number; status: Exclude<StepOutcome, 'skipped'>; error: string | null }
  | { kind: 'step-skipped'; step: number; reason: string }
>;
