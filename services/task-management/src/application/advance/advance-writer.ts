import type { Publisher, StreamEntry } from '@taskflow/kit-messaging';
import { CommitUnknownError, createGroupWriter, type GroupWriter } from '@taskflow/kit-postgres';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, type Ids, idSeries } from '@taskflow/kit-time';
import type { CompiledGraphs } from '../compiled-graphs.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';
import type { AdvanceCommand, AdvanceOutcome } from './advance-command.ts';
import { takeTurn } from './advance-turn.ts';
import { type TurnBounds, turnBounds } from './turn-budget.ts';
import { newTurn, type Turn } from './turn-desk.ts';
import { OutdatedStateError } from './turn-writes.ts';
import { isOver, type WorkflowRuns } from './workflow-runs.ts';

export type AdvanceWriter = GroupWriter<AdvanceCommand, AdvanceOutcome>;

export interface AdvanceDependencies {
  readonly store: AdvanceStore;
  readonly publisher: Pick<Publisher, 'committed'>;
  readonly runs: WorkflowRuns;
  readonly graphs: CompiledGraphs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
  /** Called after COMMIT. */
  onAdvanced(turn: Turn): void;
  readonly maxWaiting: number;
  /** Most workflows below one root. */
  readonly maxDescendants: number;
  /** `turnBounds` where not told. */
  readonly bounds?: Partial<TurnBounds> | undefined;
}

interface Attempt {
  readonly batchId: string;
  readonly turn: Turn;
}

/**
 * The single owner of what happens to tasks and workflows after their creation: facts of task-execution and
 * commands of callers go through it in one order.
 */
export function createAdvanceWriter(dependencies: AdvanceDependencies): AdvanceWriter {
  const { store, publisher, runs, graphs, clock, ids, telemetry, onAdvanced, maxDescendants } = dependencies;
  const bounds = { ...turnBounds, ...dependencies.bounds };
  /** Attempts whose COMMIT was sent, by the first command of their batch. Any other failure left nothing behind. */
  const attempts = new WeakMap<AdvanceCommand, Attempt>();
  /** Whether the last turn emitted: the next one most likely does the same. */
  let emits = false;

  async function write(batch: readonly AdvanceCommand[]): Promise<readonly AdvanceOutcome[]> {
    try {
      return await attempt(batch);
    } catch (error) {
      if (!(error instanceof OutdatedStateError)) throw error;
      telemetry.log.warn({ err: error }, 'decided from an outdated state; deciding again from the rows');
      return attempt(batch);
    }
  }

  async function attempt(batch: readonly AdvanceCommand[]): Promise<readonly AdvanceOutcome[]> {
    const turn = newTurn();
    const batchId = ids.token();
    const emission = { now: clock.now(), nextId: idSeries(ids) };
    let entry: StreamEntry | undefined;
    try {
      entry = await store.transaction(
        (tx) => takeTurn(tx, batch, turn, { emission, batchId, runs, graphs, bounds, maxDescendants }),
        emits,
      );
      emits = entry !== undefined;
    } catch (error) {
      // What was decided in memory did not happen, or nobody knows: the rows say what is true.
      for (const id of turn.touched.keys()) runs.drop(id);
      if (error instanceof CommitUnknownError) attempts.set(batch[0] as AdvanceCommand, { batchId, turn });
      else attempts.delete(batch[0] as AdvanceCommand);
      throw error;
    }
    return finish(turn, entry);
  }

  function finish(turn: Turn, entry: StreamEntry | undefined): readonly AdvanceOutcome[] {
    for (const run of turn.touched.values()) {
      if (isOver(run)) runs.drop(run.id);
      else if (runs.get(run.id) !== run) runs.add(run);
    }
    if (entry) publisher.committed(entry);
    onAdvanced(turn);
    return turn.outcomes;
  }

  /** A turn that emitted is found by its entry, any other by the mark that it left or the position that it moved. */
  async function recall(batch: readonly AdvanceCommand[]): Promise<readonly AdvanceOutcome[] | 'absent'> {
    const attempted = attempts.get(batch[0] as AdvanceCommand);
    if (attempted === undefined) return 'absent';
    const { batchId, turn } = attempted;
    if (turn.trace === 'entry') {
      const entry = await store.recall(batchId);
      return entry === undefined ? 'absent' : finish(turn, entry);
    }
    if (turn.trace === 'mark') return (await store.isMarked(batchId)) ? finish(turn, undefined) : 'absent';
    for (const command of batch) {
      if (command.type !== 'apply-facts') continue;
      const { source, stream, to, identity } = command.advance;
      return (await store.readPosition(source, stream, identity)) >= to ? finish(turn, undefined) : 'absent';
    }
    return 'absent';
  }

  return createGroupWriter<AdvanceCommand, AdvanceOutcome>(
    {
      name: 'task-advance',
      write,
      recall,
      weigh,
      maxRows: 2_000,
      maxBytes: 16 * 1024 * 1024,
      maxWaiting: dependencies.maxWaiting,
    },
    { clock, telemetry },
  );
}

/** An event may end many waits. */
const eventRows = 100;

function weigh(command: AdvanceCommand): { rows: number; bytes: number } {
  switch (command.type) {
    case 'apply-facts': {
      let bytes = 0;
      for (const { fact } of command.facts) bytes += fact.result?.length ?? 0;
      return { rows: command.facts.length, bytes };
    }
    case 'fire-waits':
      return { rows: command.waits.length, bytes: 0 };
    case 'publish-event':
      return { rows: eventRows, bytes: command.payload.length };
    case 'signal-workflow':
      return { rows: 1, bytes: command.payload.length };
    default:
      return { rows: 1, bytes: 0 };
  }
}
