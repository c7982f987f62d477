import type { CompiledGraph } from '../../domain/workflow/graph.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { AdvanceTransaction, Key, StepStatusRow } from '../ports/advance-store.ts';
import type { CompiledGraphs } from '../compiled-graphs.ts';
import { rebuildRun, type WorkflowRun } from './workflow-run.ts';

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
  /** Forgets everything, such as after the outcome of a transaction was unknown. */
  clear(): void;
  readonly size: number;
  /** Steps and kilobytes of input held. */
  readonly weight: number;
}

/** `maxWeight` counts a step as one, and each kilobyte of input as one. */
export function createWorkflowRuns(maxWeight: number): WorkflowRuns {
  const runs = new Map<string, WorkflowRun>();
  let weight = 0;

  function drop(id: string): void {
    const run = runs.get(id);
    if (run === undefined) return;
    runs.delete(id);
    weight -= weightOf(run);
  }

  return {
    add: (run) => {
      drop(run.id);
      runs.set(run.id, run);
      weight += weightOf(run);
      // A map gives its keys in the order of insertion, and `get` inserts anew: the first is the least recently used.
      for (const id of runs.keys()) {
        if (weight <= maxWeight || id === run.id) break;
        drop(id);
      }
    },
    get: (id) => {
      const run = runs.get(id);
      if (run !== undefined) {
        runs.delete(id);
        runs.set(id, run);
      }
      return run;
    },
    drop,
    clear: () => {
      runs.clear();
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

function weightOf(run: WorkflowRun): number {
  return 10 + run.graph.steps.length + Math.ceil(run.input.length / 1024);
}

/**
 * The runs of these workflows, from memory or rebuilt by two statements for all that are missing. Unknown ids are
 * left out. `undecided` as in `rebuildRun`.
 */
export async function obtainRuns(
  tx: AdvanceTransaction,
  runs: WorkflowRuns,
  graphs: CompiledGraphs,
  keys: readonly Key[],
  undecided: ReadonlySet<string>,
): Promise<Map<string, WorkflowRun>> {
  const obtained = new Map<string, WorkflowRun>();
  const missing: Key[] = [];
  for (const key of keys) {
    const run = runs.get(key.id);
    if (run === undefined) missing.push(key);
    // An id of another tenant names nothing.
    else if (run.tenantId === key.tenantId) obtained.set(key.id, run);
  }
  if (missing.length === 0) return obtained;
  const [stored, rows] = await Promise.all([tx.loadRuns(missing), tx.loadStepStatuses(missing)]);
  const rowsOf = new Map<string, StepStatusRow[]>();
  for (const row of rows) {
    const list = rowsOf.get(row.workflowId);
    if (list) list.push(row);
    else rowsOf.set(row.workflowId, [row]);
  }
  for (const header of stored) {
    const graph: CompiledGraph = graphs.compiled(header.hash, header.graph);
    const run = rebuildRun(header, graph, rowsOf.get(header.id) ?? [], undecided);
    obtained.set(header.id, run);
    runs.add(run);
  }
  return obtained;
}

/** Nothing can follow any more: no need to keep it. */
export function isOver(run: WorkflowRun): boolean {
  return isFinalWorkflow(run.state.status) && run.state.live === 0;
}
