import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { Settlement } from '../../domain/task/settlement.ts';
import type { CompiledGraphs } from '../compiled-graphs.ts';
import type { Emission } from '../event-records.ts';
import type { AdvanceTransaction, Key } from '../ports/advance-store.ts';
import type { AdvanceOutcome } from './advance-command.ts';
import type { Undecided } from './rebuild-run.ts';
import type { StepResults } from './step-results.ts';
import type { Share, TurnBounds, TurnBudget } from './turn-budget.ts';
import { OutdatedStateError, type TurnWrites } from './turn-writes.ts';
import type { WorkflowRun } from './workflow-run.ts';
import { loadRuns, type WorkflowRuns } from './workflow-runs.ts';

export interface TurnContext {
  readonly emission: Emission;
  readonly batchId: string;
  readonly runs: WorkflowRuns;
  readonly graphs: CompiledGraphs;
  readonly bounds: TurnBounds;
  /** Most workflows below one root. */
  readonly maxDescendants: number;
}

/** What one turn leaves, filled in as it goes; it counts only once the transaction committed. */
export interface Turn {
  /** Outcome i answers command i. */
  readonly outcomes: AdvanceOutcome[];
  /** Workflows that the turn is about, by id. */
  readonly touched: Map<string, WorkflowRun>;
  readonly settlements: Map<string, Settlement>;
  /** Workflows that reached a final status. */
  readonly ended: { readonly id: string; readonly status: WorkflowStatus }[];
  /** Workflows that steps started. */
  started: number;
  /** Compensations that got stuck. */
  stuck: number;
  /** When the earliest wait that it began is due, in epoch milliseconds. */
  nextDueAt: number;
  /** By what the turn is found again. */
  trace: 'entry' | 'mark' | undefined;
}

export function newTurn(): Turn {
  return {
    outcomes: [],
    touched: new Map(),
    settlements: new Map(),
    ended: [],
    started: 0,
    stuck: 0,
    nextDueAt: Number.POSITIVE_INFINITY,
    trace: undefined,
  };
}

/** A step that is to begin. */
export interface StepStart {
  readonly run: WorkflowRun;
  readonly step: number;
  /** Its prepare task completed. */
  readonly isPrepared: boolean;
  /** A fan-out that has begun, of which so many items have rows. */
  readonly laid?: number;
  readonly share: Share;
  readonly causationId: string | undefined;
}

/** What was decided and needs something read before it can be carried out. */
export interface Work {
  starts: StepStart[];
  /** Compensations that begin. */
  undos: (Omit<StepStart, 'isPrepared' | 'laid'> & { readonly again: boolean })[];
  /** Steps that started and are too much for this turn. */
  holds: Pick<StepStart, 'run' | 'step'>[];
  /** Fan-outs whose items have all ended. */
  gathers: Pick<StepStart, 'run' | 'step' | 'causationId'>[];
  /** Steps that wait for a signal that is kept. */
  signals: (Pick<StepStart, 'run' | 'step' | 'causationId'> & { readonly name: string })[];
  /** Workflows that completed, or whose failure's error is not at hand. */
  endings: RunEnding[];
  childCancels: { readonly run: WorkflowRun; readonly step: number; readonly compensate: boolean }[];
  childEnds: ChildEnd[];
  /** Steps that a retry runs again. */
  resets: { readonly run: WorkflowRun; readonly keys: ReadonlySet<string> }[];
}

export interface RunEnding {
  readonly run: WorkflowRun;
  readonly type: 'completed' | 'failed' | 'compensating';
  /** The step that failed. */
  readonly step: number | undefined;
  readonly share: Share;
  readonly causationId: string | undefined;
}

export interface ChildEnd {
  readonly child: WorkflowRun;
  readonly status: WorkflowStatus;
  /** JSON text of its output; `undefined` when it is too large. */
  readonly output: string | undefined;
}

export function noWork(): Work {
  return {
    starts: [],
    undos: [],
    holds: [],
    gathers: [],
    signals: [],
    endings: [],
    childCancels: [],
    childEnds: [],
    resets: [],
  };
}

export function isIdle(work: Work): boolean {
  for (const list of Object.values(work) as unknown[][]) if (list.length > 0) return false;
  return true;
}

/** Everything that the parts of one turn share. */
export interface Desk {
  readonly tx: AdvanceTransaction;
  readonly context: TurnContext;
  readonly turn: Turn;
  readonly writes: TurnWrites;
  readonly results: StepResults;
  readonly budget: TurnBudget;
  /** Something was read by itself that was too much beside others: no other is in this turn. */
  readAlone: boolean;
  /** Ids of runs that this turn rebuilt from their rows. */
  readonly rebuilt: Set<string>;
  /** Workflows that stand below roots, those of this turn among them. */
  readonly descendants: Map<string, number>;
  /** Items whose results this turn puts together. */
  gathered: number;
  undecided: Undecided;
  work: Work;
}

/** Makes runs be at hand: those of this turn, those in memory, and the others rebuilt, all by one set of statements. */
export async function obtainRuns(desk: Desk, keys: readonly Key[]): Promise<void> {
  const { turn, context, tx } = desk;
  const missing = new Map<string, Key>();
  for (const key of keys) {
    if (turn.touched.has(key.id)) continue;
    const run = context.runs.get(key.id);
    if (run === undefined) missing.set(`${key.tenantId}/${key.id}`, key);
    // An id of another tenant names nothing.
    else if (run.tenantId === key.tenantId) turn.touched.set(run.id, run);
  }
  if (missing.size === 0) return;
  for (const run of await loadRuns(tx, context.graphs, [...missing.values()], desk.undecided)) {
    turn.touched.set(run.id, run);
    desk.rebuilt.add(run.id);
  }
}

/**
 * Something ended that is not open in memory. From a run that was in memory before nothing must be decided then; for
 * one that was rebuilt just now it is a repetition.
 */
export function refuseOutdated(desk: Desk, run: WorkflowRun): void {
  if (!desk.rebuilt.has(run.id)) throw new OutdatedStateError('something ended that was not open');
}

export function runAt(desk: Desk, { tenantId, id }: Key): WorkflowRun | undefined {
  const run = desk.turn.touched.get(id);
  return run?.tenantId === tenantId ? run : undefined;
}
