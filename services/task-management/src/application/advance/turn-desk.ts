import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { Settlement } from '../../domain/task/settlement.ts';
import type { CompiledGraph } from '../../domain/workflow/graph.ts';
import type { CompiledGraphs } from '../compiled-graphs.ts';
import type { Emission } from '../event-records.ts';
import type { AdvanceTransaction, Key } from '../ports/advance-store.ts';
import type { AdvanceOutcome } from './advance-command.ts';
import { onBehalf } from './on-behalf.ts';
import { parkedOf, type ParkedRun } from './parked-run.ts';
import { rebuildRun, type StoredParts, type Undecided } from './rebuild-run.ts';
import type { StepResults } from './step-results.ts';
import type { Share, TurnBounds, TurnBudget } from './turn-budget.ts';
import { OutdatedStateError } from './outdated-state.ts';
import { type TurnWrites } from './turn-writes.ts';
import type { WorkflowRun } from './workflow-run.ts';
import { loadStored, obtainGraphs, type WorkflowRuns } from './workflow-runs.ts';

export interface TurnContext {
  readonly emission: Emission;
  readonly batchId: string;
  readonly runs: WorkflowRuns;
  readonly graphs: CompiledGraphs;
  readonly bounds: TurnBounds;
  /** Most workflows below one root. */
  readonly maxDescendants: number;
  /** Workflows that this turn parks, with the error as JSON text: what comes for them is kept. */
  readonly held: ReadonlyMap<string, string>;
}

/** What one turn leaves, filled in as it goes; it counts only once the transaction committed. */
export interface Turn {
  /** Outcome i answers command i. */
  readonly outcomes: AdvanceOutcome[];
  /** Workflows that the turn is about, by id. */
  readonly touched: Map<string, WorkflowRun>;
  /** Workflows that were asked for, by id, in the order in which the turn came to them. */
  readonly concerned: Map<string, Key>;
  /** Ids of workflows that the turn starts. */
  readonly born: Set<string>;
  /** What was thrown on behalf of workflows, by id. */
  readonly faults: Map<string, unknown>;
  /** Workflows that are not moved on, by id. */
  readonly parked: Map<string, ParkedRun>;
  /** Tasks whose ending could not be written, with the error as JSON text. */
  readonly parkedTasks: { readonly id: string; readonly fault: string }[];
  readonly settlements: Map<string, Settlement>;
  /** Workflows that reached a final status. */
  readonly ended: { readonly id: string; readonly status: WorkflowStatus }[];
  /** Workflows that steps started. */
  started: number;
  /** Compensations that got stuck. */
  stuck: number;
  /** After how long the earliest wait that it began is over; 0 where only the database can tell. */
  nextDueInMs: number;
  /** Events have not met all of their waits. */
  delivers: boolean;
  /** By what the turn is found again. */
  trace: 'entry' | 'mark' | undefined;
}

export function newTurn(): Turn {
  return {
    outcomes: [],
    touched: new Map(),
    concerned: new Map(),
    born: new Set(),
    faults: new Map(),
    parked: new Map(),
    parkedTasks: [],
    settlements: new Map(),
    ended: [],
    started: 0,
    stuck: 0,
    nextDueInMs: Number.POSITIVE_INFINITY,
    delivers: false,
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
  resets: { readonly run: WorkflowRun; readonly steps: ReadonlySet<number> }[];
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
  readonly child: Pick<WorkflowRun, 'tenantId' | 'id' | 'name' | 'parent'>;
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
  /** Why workflows are parked by this turn, by id, as JSON text. */
  readonly held: Map<string, string>;
  /** How many signals are kept for workflows that are stuck, by id. */
  readonly keptSignals: Map<string, number>;
  /** Workflows that are stuck and are to be given up, with the reason. */
  readonly discards: Map<string, { readonly parked: ParkedRun; readonly reason: string | null }>;
  /** Ids of workflows whose rows this turn closes because they were given up. */
  readonly discarding: Set<string>;
  /** Ids of runs that this turn rebuilt from their rows. */
  readonly rebuilt: Set<string>;
  /** Workflows that stand below roots, those of this turn among them. */
  readonly descendants: Map<string, number>;
  /** Items that this turn closes. */
  closed: number;
  /** Items whose results this turn puts together. */
  gathered: number;
  undecided: Undecided;
  work: Work;
}

/**
 * Makes runs be at hand: those of this turn, those in memory, and the others rebuilt, all by one set of statements. One
 * that is stuck, or that this turn parks, is parked instead; so is one that was given up, until its rows are closed.
 */
export async function obtainRuns(desk: Desk, keys: readonly Key[], mostWeight?: number): Promise<void> {
  const { turn } = desk;
  const missing = new Map<string, Key>();
  for (const key of keys) {
    if (turn.touched.has(key.id) || turn.parked.has(key.id)) continue;
    turn.concerned.set(key.id, key);
    if (!isAtHand(desk, key)) missing.set(`${key.tenantId}/${key.id}`, key);
  }
  if (missing.size > 0) await rebuildAll(desk, [...missing.values()], missing.size > 1 ? mostWeight : undefined);
}

function isAtHand({ turn, context, held }: Desk, { tenantId, id }: Key): boolean {
  if (held.has(id)) return false;
  const parked = context.runs.parkedAt(id);
  const run = context.runs.get(id);
  // An id of another tenant names nothing.
  if (parked?.tenantId === tenantId) turn.parked.set(id, parked);
  else if (run?.tenantId === tenantId) turn.touched.set(id, run);
  return (parked ?? run) !== undefined;
}

async function rebuildAll(desk: Desk, keys: readonly Key[], mostWeight: number | undefined): Promise<void> {
  const { turn, tx, context, held } = desk;
  const moving: StoredParts[] = [];
  for (const parts of await loadStored(tx, keys, mostWeight)) {
    const { header } = parts;
    const fault = held.get(header.id);
    const isParked = header.status === 'stuck' || fault !== undefined || isBeingDiscarded(desk, parts);
    if (isParked) turn.parked.set(header.id, parkedOf(header, fault));
    else moving.push(parts);
  }
  const graphOf = await obtainGraphs(
    tx,
    context.graphs,
    moving.map(({ header }) => header),
  );
  for (const parts of moving) {
    const { header } = parts;
    onBehalf(desk, header, () => void rebuild(desk, parts, graphOf(header), desk.undecided));
  }
}

/** It was given up and its rows are still to be closed: it is over, and what comes for it is not looked at. */
function isBeingDiscarded({ discarding }: Desk, { header, waits }: StoredParts): boolean {
  return discarding.has(header.id) || waits.some(({ kind }) => kind === 'discard');
}

export function rebuild(desk: Desk, parts: StoredParts, graph: CompiledGraph, undecided: Undecided): WorkflowRun {
  const run = rebuildRun(parts, graph, undecided);
  desk.turn.touched.set(run.id, run);
  desk.rebuilt.add(run.id);
  return run;
}

/**
 * Something ended that is not open in memory. From a run that was in memory before nothing must be decided then; for
 * one that was rebuilt just now it is a repetition.
 */
export function refuseOutdated(desk: Desk, run: WorkflowRun): void {
  if (!desk.rebuilt.has(run.id)) throw new OutdatedStateError('something ended that was not open');
}

export function parkedAt({ turn }: Desk, { tenantId, id }: Key): ParkedRun | undefined {
  const parked = turn.parked.get(id);
  return parked?.tenantId === tenantId ? parked : undefined;
}

export function runAt(desk: Desk, { tenantId, id }: Key): WorkflowRun | undefined {
  const run = desk.turn.touched.get(id);
  return run?.tenantId === tenantId ? run : undefined;
}
