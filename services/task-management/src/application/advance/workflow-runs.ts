import { DatabaseError } from '@taskflow/kit-postgres';
import { isAtRest } from '../../domain/workflow/workflow-state.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { CompiledGraph } from '../../domain/workflow/graph.ts';
import { type ManagementBounds, managementBounds } from '../bounds.ts';
import { type CompiledGraphs, MissingGraphError } from '../compiled-graphs.ts';
import { type AdvanceTransaction, type GraphKey, type Key, type StoredRun, tooLarge } from '../ports/advance-store.ts';
import type { ParkedRun } from './parked-run.ts';
import type { StoredParts } from './rebuild-run.ts';
import type { WorkflowRun } from './workflow-run.ts';

/**
 * The running workflows that fit into memory. Owned by the advance writer: nobody else changes a run.
 *
 * 1. A run here equals what its rows would give: it is changed inside a transaction only together with them, and
 *    dropped when that transaction did not commit.
 * 2. Dropping one is always safe: the next turn rebuilds it.
 */
export interface WorkflowRuns {
  add(run: WorkflowRun): void;
  get(id: string): WorkflowRun | undefined;
  drop(id: string): void;
  /** Remembers that a workflow is stuck, until it is added or dropped: what comes for it loads nothing then. */
  park(parked: ParkedRun): void;
  parkedAt(id: string): ParkedRun | undefined;
  /** Forgets everything, such as after the outcome of a transaction was unknown. */
  clear(): void;
  readonly size: number;
  /** Steps and hundreds of bytes of input held. */
  readonly weight: number;
}

/** `maxWeight` counts a step as one, each hundred bytes of input, and each row of a later generation. */
export function createWorkflowRuns(
  maxWeight: number,
  { parkedRuns: mostParked }: Pick<ManagementBounds, 'parkedRuns'> = managementBounds,
): WorkflowRuns {
  const runs = new Map<string, { readonly run: WorkflowRun; readonly weight: number }>();
  const parkedRuns = new Map<string, ParkedRun>();
  let weight = 0;

  function drop(id: string): void {
    parkedRuns.delete(id);
    const held = runs.get(id);
    if (held === undefined) return;
    runs.delete(id);
    weight -= held.weight;
  }

  return {
    add: (run) => {
      drop(run.id);
      const held = { run, weight: weightOf(run) };
      runs.set(run.id, held);
      weight += held.weight;
      // A map gives its keys in the order of insertion, and `get` inserts anew: the first is the least recently used.
      for (const id of runs.keys()) {
        if (weight <= maxWeight || id === run.id) break;
        drop(id);
      }
    },
    get: (id) => {
      const held = runs.get(id);
      if (held !== undefined) {
        runs.delete(id);
        runs.set(id, held);
      }
      return held?.run;
    },
    drop,
    park: (parked) => {
      drop(parked.id);
      if (parkedRuns.size >= mostParked) parkedRuns.clear();
      parkedRuns.set(parked.id, parked);
    },
    parkedAt: (id) => parkedRuns.get(id),
    clear: () => {
      runs.clear();
      parkedRuns.clear();
      weight = 0;
    },
    get size() {
      return runs.size;
    },
    get weight() {
      return weight;
    },
  };
}

/** What an input counts for beside steps: with a million of them, inputs take a hundred megabytes at most. */
const bytesOfStep = 100;

function weightOf({ graph, input, beside }: WorkflowRun): number {
  return 10 + graph.steps.length + Math.ceil(input.length / bytesOfStep) + (beside?.rows.size ?? 0);
}

/**
 * Reads what there is of these workflows by four statements, however many they are. Unknown ids are left out.
 * `mostWeight` is looked at before anything but their headers is read.
 */
export async function loadStored(
  tx: AdvanceTransaction,
  keys: readonly Key[],
  mostWeight?: number,
): Promise<StoredParts[]> {
  const headers = await tx.loadRuns(keys, mostWeight);
  if (headers === tooLarge) throw new TooMuchToReadError();
  const [rows, waits, signals] = await Promise.all([
    tx.loadStepStatuses(keys),
    tx.loadWaits(keys),
    tx.loadSignals(keys),
  ]);
  const rowsOf = Map.groupBy(rows, ({ workflowId }) => workflowId);
  const waitsOf = Map.groupBy(waits, ({ workflowId }) => workflowId);
  const signalsOf = Map.groupBy(signals, ({ workflowId }) => workflowId);
  return headers.map((header: StoredRun) => {
    const { id } = header;
    return { header, rows: rowsOf.get(id) ?? [], waits: waitsOf.get(id) ?? [], signals: signalsOf.get(id) ?? [] };
  });
}

/** The workflows of a turn are too many to be read again in one. What is refused so is written in halves. */
export class TooMuchToReadError extends DatabaseError {
  constructor() {
    super('The workflows of the turn are too much to be read again in one.', { kind: 'data' });
    this.name = 'TooMuchToReadError';
  }
}

/** Graphs that are at hand, and the others read, each once. One that is none throws where it is asked for. */
export async function obtainGraphs(
  tx: AdvanceTransaction,
  graphs: CompiledGraphs,
  wanted: readonly GraphKey[],
): Promise<(key: GraphKey) => CompiledGraph> {
  const found = new Map<string, CompiledGraph>();
  const texts = new Map<string, string>();
  const missing = new Map<string, GraphKey>();
  for (const key of wanted) {
    const known = found.get(key.hash) ?? graphs.known(key.hash);
    if (known) found.set(key.hash, known);
    else missing.set(key.hash, key);
  }
  if (missing.size > 0) {
    for (const [hash, text] of await tx.loadGraphs([...missing.values()])) texts.set(hash, text);
  }
  return ({ hash }) => {
    const text = texts.get(hash);
    const graph = found.get(hash) ?? (text === undefined ? undefined : graphs.compiled(hash, text));
    if (graph === undefined) throw new MissingGraphError(hash);
    return graph;
  };
}

/** Nothing can follow any more: no need to keep it. One that was given up is not told of what its tasks report. */
export function isOver({ state }: WorkflowRun): boolean {
  return state.status === 'cancelled' || (isFinalWorkflow(state.status) && isAtRest(state));
}
