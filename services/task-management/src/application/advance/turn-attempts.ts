import type { Incarnation } from '@taskflow/kit-lifecycle';
import type { Publisher, StreamEntry } from '@taskflow/kit-messaging';
import { CommitUnknownError } from '@taskflow/kit-postgres';
import { UnavailableError } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, type Ids, idSeries } from '@taskflow/kit-time';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { CompiledGraphs } from '../compiled-graphs.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';
import type { AdvanceCommand, AdvanceOutcome } from './advance-command.ts';
import { takeTurn } from './advance-turn.ts';
import { type TurnBounds, turnBounds } from './turn-budget.ts';
import { newTurn, type Turn } from './turn-desk.ts';
import { OutdatedStateError } from './outdated-state.ts';
import { isOver, type WorkflowRuns } from './workflow-runs.ts';

export interface AttemptDependencies {
  readonly store: AdvanceStore;
  readonly publisher: Pick<Publisher, 'committed'>;
  readonly runs: WorkflowRuns;
  readonly graphs: CompiledGraphs;
  readonly incarnation: Pick<Incarnation, 'epoch'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
  /** Most workflows below one root. */
  readonly maxDescendants: number;
  /** `turnBounds` where not told. */
  readonly bounds?: Partial<TurnBounds> | undefined;
  /** Called after COMMIT. */
  onAdvanced(turn: Turn): void;
}

/** Why workflows are to be parked, by id, as JSON text. */
export type Held = ReadonlyMap<string, string>;

/** Turns as transactions: each is there as a whole or not at all, in the database and in memory. */
export interface TurnAttempts {
  attempt(batch: readonly AdvanceCommand[], held: Held): Promise<readonly AdvanceOutcome[]>;
  /** Whether it could be written; nothing is. Rejects with what it would fail with. */
  rehearse(batch: readonly AdvanceCommand[], held: Held): Promise<void>;
  /** Of an attempt without an answer: what it did, if it took effect. */
  recall(batch: readonly AdvanceCommand[]): Promise<readonly AdvanceOutcome[] | 'absent'>;
  /** What the last attempt was about. */
  readonly lastTurn: Turn;
}

interface Attempt {
  readonly batchId: string;
  readonly turn: Turn;
  /** The run of the database that it was decided in. */
  readonly epoch: number;
}

export function createTurnAttempts(dependencies: AttemptDependencies): TurnAttempts {
  const { store, runs, graphs, incarnation, clock, ids, telemetry, maxDescendants } = dependencies;
  const bounds = { ...turnBounds, ...dependencies.bounds };
  /** Attempts whose COMMIT was sent, by the first command of their batch. Any other failure left nothing behind. */
  const attempts = new WeakMap<AdvanceCommand, Attempt>();
  /** Whether the last turn emitted: the next one most likely does the same. */
  let emits = false;
  let lastTurn = newTurn();

  async function attempt(
    batch: readonly AdvanceCommand[],
    held: ReadonlyMap<string, string>,
    isRehearsal = false,
  ): Promise<readonly AdvanceOutcome[]> {
    try {
      return await attemptOnce(batch, held, isRehearsal);
    } catch (error) {
      if (!(error instanceof OutdatedStateError)) throw error;
      telemetry.log.warn({ err: error }, 'decided from an outdated state; deciding again from the rows');
      return attemptOnce(batch, held, isRehearsal);
    }
  }

  async function attemptOnce(
    batch: readonly AdvanceCommand[],
    held: ReadonlyMap<string, string>,
    isRehearsal: boolean,
  ): Promise<readonly AdvanceOutcome[]> {
    const turn = newTurn();
    lastTurn = turn;
    const batchId = ids.token();
    const emission = { now: clock.now(), nextId: idSeries(ids) };
    let entries: readonly StreamEntry[] | undefined;
    let { epoch } = incarnation;
    try {
      entries = await store.transaction(async (tx) => {
        // Its session has been lent: what memory holds now is of the run that the session belongs to.
        ({ epoch } = incarnation);
        const written = await takeTurn(tx, batch, turn, {
          emission,
          batchId,
          runs,
          graphs,
          bounds,
          maxDescendants,
          held,
        });
        if (isRehearsal) throw new Rehearsed();
        if (incarnation.epoch !== epoch) throw new UnavailableError('the database began another run meanwhile');
        return written;
      }, emits);
      emits = entries !== undefined;
    } catch (error) {
      // What was decided in memory did not happen, or nobody knows: the rows say what is true.
      for (const id of turn.touched.keys()) runs.drop(id);
      if (error instanceof CommitUnknownError) attempts.set(batch[0] as AdvanceCommand, { batchId, turn, epoch });
      else attempts.delete(batch[0] as AdvanceCommand);
      throw error;
    }
    return finish(dependencies, { batchId, turn, epoch }, entries);
  }

  async function recall(batch: readonly AdvanceCommand[]): Promise<readonly AdvanceOutcome[] | 'absent'> {
    const attempted = attempts.get(batch[0] as AdvanceCommand);
    const found = attempted && (await findTrace(store, attempted, batch));
    return attempted === undefined || found === undefined ? 'absent' : finish(dependencies, attempted, found);
  }

  return {
    attempt,
    rehearse: async (batch, held) => {
      try {
        await attempt(batch, held, true);
      } catch (error) {
        if (!(error instanceof Rehearsed)) throw error;
      }
    },
    recall,
    get lastTurn() {
      return lastTurn;
    },
  };
}

/** The turn is there: memory, the bus and whoever waits learn of it. */
function finish(
  { incarnation, runs, publisher, onAdvanced }: AttemptDependencies,
  { turn, epoch }: Attempt,
  entries: readonly StreamEntry[] = [],
): readonly AdvanceOutcome[] {
  // A crash may have taken back what came before it, and what the turn itself wrote.
  if (incarnation.epoch === epoch) remember(runs, turn);
  else for (const id of turn.touched.keys()) runs.drop(id);
  for (const entry of entries) publisher.committed(entry);
  onAdvanced(turn);
  return turn.outcomes;
}

/** What a turn left of its workflows is there: from now on it is what memory has of them. */
function remember(runs: WorkflowRuns, turn: Turn): void {
  for (const { id } of turn.ended) runs.drop(id);
  for (const run of turn.touched.values()) {
    if (isOver(run)) runs.drop(run.id);
    else if (runs.get(run.id) !== run) runs.add(run);
  }
  for (const parked of turn.parked.values()) {
    if (isFinalWorkflow(parked.status)) runs.drop(parked.id);
    else runs.park({ ...parked, fault: undefined });
  }
}

/**
 * A turn that emitted is found by its entries, any other by the mark that it left or the position that it moved.
 * `undefined`: it is not there.
 */
async function findTrace(
  store: AdvanceStore,
  { batchId, turn }: Attempt,
  batch: readonly AdvanceCommand[],
): Promise<readonly StreamEntry[] | undefined> {
  if (turn.trace === 'entry') return store.recall(batchId);
  if (turn.trace === 'mark') return (await store.isMarked(batchId)) ? [] : undefined;
  const moved = batch.find((command) => command.type === 'apply-facts')?.advance;
  if (moved === undefined) return undefined;
  const { source, stream, to, identity } = moved;
  return (await store.readPosition(source, stream, identity)) >= to ? [] : undefined;
}

/** Rolls a transaction back that was only to be tried. */
class Rehearsed extends Error {}
