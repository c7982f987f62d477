import type { Incarnation } from '@taskflow/kit-lifecycle';
import type { Publisher, StreamEntry } from '@taskflow/kit-messaging';
import { CommitUnknownError } from '@taskflow/kit-postgres';
import { UnavailableError } from '@taskflow/kit-resilience';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, type Ids, idSeries } from '@taskflow/kit-time';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import { boundsOf, type GivenBounds } from '../bounds.ts';
import type { CompiledGraphs } from '../graphs/compiled-graphs.ts';
import type { AdvanceStore } from '../ports/advance-store.ts';
import type { AdvanceCommand, AdvanceOutcome } from './advance-command.ts';
import { advance } from './advance-transaction.ts';
import { type InstanceCache, isOver } from './instance-cache.ts';
import { OutdatedStateError } from './outdated-state.ts';
import { newRecord, type TransactionRecord } from './transaction-record.ts';

export interface AttemptDependencies {
  readonly store: AdvanceStore;
  readonly publisher: Pick<Publisher, 'committed'>;
  readonly cache: InstanceCache;
  readonly graphs: CompiledGraphs;
  readonly incarnation: Pick<Incarnation, 'epoch'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly telemetry: Telemetry;
  /** Most workflows below one root. */
  readonly maxDescendants: number;
  /** `managementBounds` where not told. */
  readonly bounds?: GivenBounds | undefined;
  /** Called after COMMIT. */
  onAdvanced(record: TransactionRecord): void;
}

/** Says why workflows are to be parked, by id, as JSON text. */
export type Parking = ReadonlyMap<string, string>;

/** Attempts at transactions: each is there as a whole or not at all, in the database and in memory. */
export interface TransactionAttempts {
  attempt(batch: readonly AdvanceCommand[], parking: Parking): Promise<readonly AdvanceOutcome[]>;
  /** Whether it could be written; nothing is. Rejects with what it would fail with. */
  rehearse(batch: readonly AdvanceCommand[], parking: Parking): Promise<void>;
  /** Of an attempt without an answer: what it did, if it took effect. */
  recall(batch: readonly AdvanceCommand[]): Promise<readonly AdvanceOutcome[] | 'absent'>;
  /** What the last attempt was about. */
  readonly last: TransactionRecord;
}

interface Attempt {
  readonly batchId: string;
  readonly record: TransactionRecord;
  /** The run of the database that it was decided in. */
  readonly epoch: number;
}

export function createTransactionAttempts(dependencies: AttemptDependencies): TransactionAttempts {
  const { store, cache, graphs, incarnation, clock, ids, telemetry, maxDescendants } = dependencies;
  const bounds = boundsOf(dependencies.bounds);
  /** Attempts whose COMMIT was sent, by the first command of their batch. Any other failure left nothing behind. */
  const attempts = new WeakMap<AdvanceCommand, Attempt>();
  /** Whether the last one emitted: the next one most likely does the same. */
  let emits = false;
  let last = newRecord();

  async function attempt(
    batch: readonly AdvanceCommand[],
    parking: Parking,
    isRehearsal = false,
  ): Promise<readonly AdvanceOutcome[]> {
    try {
      return await attemptOnce(batch, parking, isRehearsal);
    } catch (error) {
      if (!(error instanceof OutdatedStateError)) throw error;
      telemetry.log.warn({ err: error }, 'decided from an outdated state; deciding again from the rows');
      return attemptOnce(batch, parking, isRehearsal);
    }
  }

  async function attemptOnce(
    batch: readonly AdvanceCommand[],
    parking: Parking,
    isRehearsal: boolean,
  ): Promise<readonly AdvanceOutcome[]> {
    const record = newRecord();
    last = record;
    const batchId = ids.token();
    const emission = { now: clock.now(), nextId: idSeries(ids) };
    let entries: readonly StreamEntry[] | undefined;
    let { epoch } = incarnation;
    try {
      entries = await store.transaction(async (tx) => {
        // Its session has been lent: what memory holds now is of the run that the session belongs to.
        ({ epoch } = incarnation);
        const written = await advance(tx, batch, record, {
          emission,
          batchId,
          cache,
          graphs,
          bounds,
          maxDescendants,
          parking,
        });
        if (isRehearsal) throw new Rehearsed();
        if (incarnation.epoch !== epoch) throw new UnavailableError('the database began another run meanwhile');
        return written;
      }, emits);
      emits = entries !== undefined;
    } catch (error) {
      // What was decided in memory did not happen, or nobody knows: the rows say what is true.
      for (const id of record.touched.keys()) cache.drop(id);
      if (error instanceof CommitUnknownError) attempts.set(batch[0] as AdvanceCommand, { batchId, record, epoch });
      else attempts.delete(batch[0] as AdvanceCommand);
      throw error;
    }
    return finish(dependencies, { batchId, record, epoch }, entries);
  }

  async function recall(batch: readonly AdvanceCommand[]): Promise<readonly AdvanceOutcome[] | 'absent'> {
    const attempted = attempts.get(batch[0] as AdvanceCommand);
    const found = attempted && (await findReceipt(store, attempted, batch));
    return attempted === undefined || found === undefined ? 'absent' : finish(dependencies, attempted, found);
  }

  return {
    attempt,
    rehearse: async (batch, parking) => {
      try {
        await attempt(batch, parking, true);
      } catch (error) {
        if (!(error instanceof Rehearsed)) throw error;
      }
    },
    recall,
    get last() {
      return last;
    },
  };
}

/** It is there: memory, the bus and whoever waits learn of it. */
function finish(
  { incarnation, cache, publisher, onAdvanced }: AttemptDependencies,
  { record, epoch }: Attempt,
  entries: readonly StreamEntry[] = [],
): readonly AdvanceOutcome[] {
  // A crash may have taken back what came before it, and what it wrote itself.
  if (incarnation.epoch === epoch) remember(cache, record);
  else for (const id of record.touched.keys()) cache.drop(id);
  for (const entry of entries) publisher.committed(entry);
  onAdvanced(record);
  return record.outcomes;
}

/** What it left of its workflows is there: from now on it is what memory has of them. */
function remember(cache: InstanceCache, record: TransactionRecord): void {
  for (const { id } of record.ended) cache.drop(id);
  for (const instance of record.touched.values()) {
    if (isOver(instance)) cache.drop(instance.id);
    else if (cache.get(instance.id) !== instance) cache.add(instance);
  }
  for (const parked of record.parked.values()) {
    if (isFinalWorkflow(parked.status)) cache.drop(parked.id);
    else cache.park({ ...parked, fault: undefined });
  }
}

/**
 * One that emitted is found by its entries, any other by the receipt that it left or the position that it moved.
 * `undefined`: it is not there.
 */
async function findReceipt(
  store: AdvanceStore,
  { batchId, record }: Attempt,
  batch: readonly AdvanceCommand[],
): Promise<readonly StreamEntry[] | undefined> {
  if (record.recoveryKey === 'entry') return store.recall(batchId);
  if (record.recoveryKey === 'receipt') return (await store.isMarked(batchId)) ? [] : undefined;
  const moved = batch.find((command) => command.kind === 'apply-execution-events')?.move;
  if (moved === undefined) return undefined;
  const { source, stream, to, logIdentity } = moved;
  return (await store.readPosition(source, stream, logIdentity)) >= to ? [] : undefined;
}

/** Rolls a transaction back that was only to be tried. */
class Rehearsed extends Error {}
