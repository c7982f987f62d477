import type { StreamEntry } from '@taskflow/kit-messaging';
import type { Ids, Random } from '@taskflow/kit-time';
import { ExecutionEvents } from '../events/execution-events.ts';
import type { LedgerResult } from '../ports/ledger-result.ts';
import type { Arrivals, LedgerTransaction, Sweep } from '../ports/ledger-store.ts';
import { decideOutcomes, type Outcomes } from './decide-outcomes.ts';
import type { LedgerPlan } from './ledger-plan.ts';
import { runStatements } from './run-statements.ts';

export interface RunDependencies {
  readonly ids: Ids;
  readonly random: Random;
  /** By session id. */
  readonly workerName: (session: string) => string;
  readonly sweep: () => Omit<Sweep, 'only'>;
}

export interface LedgerWork {
  readonly plan: LedgerPlan;
  readonly arrivals: Arrivals;
  readonly batchId: string;
}

/**
 * Carries a plan out inside one transaction: executes its statements, which take what the fences still match, decides
 * what follows from exactly that, and publishes it.
 */
export async function runTransaction(
  { plan, arrivals, batchId }: LedgerWork,
  tx: LedgerTransaction,
  { ids, random, workerName, sweep }: RunDependencies,
): Promise<LedgerResult> {
  const executed = await runStatements(plan, tx, { arrivals, sweep: sweep() });
  const { now } = executed;
  const rows = executed.decide({
    now,
    events: new ExecutionEvents(ids, now, workerName),
    chance: () => random.next(),
    nextId: () => ids.next(),
  });
  const { next, events, refilled, ...outcomes } = decideOutcomes(plan.batch.commands, rows);
  const entries = await publish(tx, batchId, { next, events });
  const { requeue, delay } = next;
  const firstDueMs = delay.length === 0 ? undefined : Math.min(...delay.map(({ dueAt }) => dueAt)) - now;
  return { ...outcomes, entries, refilled: [...refilled, ...requeue], firstDueMs };
}

/** Sent together; the append comes last, so that the head of the stream is locked for the shortest time. */
async function publish(
  tx: LedgerTransaction,
  batchId: string,
  { next, events }: Pick<Outcomes, 'next' | 'events'>,
): Promise<readonly StreamEntry[] | undefined> {
  const [, , , entries] = await Promise.all([
    next.requeue.length > 0 ? tx.requeue(next.requeue) : undefined,
    next.delay.length > 0 ? tx.delay(next.delay) : undefined,
    next['dead-letter'].length > 0 ? tx.deadLetter(next['dead-letter']) : undefined,
    events.length > 0 ? tx.append(batchId, events) : undefined,
  ]);
  return entries;
}
