import type { StreamEntry } from '@taskflow/kit-messaging';
import type { Ids, Random } from '@taskflow/kit-time';
import type { Lane } from '../../domain/lane.ts';
import { ExecutionEvents } from '../events/execution-events.ts';
import type { Arrivals, LapsedSession, LedgerTransaction, Sweep } from '../ports/ledger-store.ts';
import { FollowUps } from './attempt-follow-up.ts';
import { type Judgement, judgeRows } from './judge-rows.ts';
import type { LedgerCommand } from './ledger-command.ts';
import type { LedgerPlan } from './ledger-plan.ts';
import { takeRows } from './take-rows.ts';

/** What a transaction did, for those who act on it once it is committed. */
export interface LedgerResult extends Judgement {
  /** What it emitted; `undefined` when it emitted nothing. */
  readonly entries: readonly StreamEntry[] | undefined;
  /** Indexes of the lanes whose placed arrivals were handed over. */
  readonly openLanes: ReadonlySet<number>;
  /** Lanes that got waiting work, other than by arrival. */
  readonly refilled: readonly Lane[];
  /** Milliseconds until the first of the pauses begun here is over. */
  readonly firstDueMs: number | undefined;
  readonly lapsed: readonly LapsedSession[];
}

export interface RunPlanDependencies {
  readonly ids: Ids;
  readonly random: Random;
  /** By session id. */
  readonly workerName: (session: string) => string;
  readonly sweep: () => Omit<Sweep, 'only'>;
}

export interface LedgerWork {
  readonly batch: readonly LedgerCommand[];
  readonly plan: LedgerPlan;
  readonly arrivals: Arrivals;
  readonly batchId: string;
}

/** Carries a plan out inside one transaction: takes what the fences still match, and publishes exactly that. */
export async function runPlan(
  { batch, plan, arrivals, batchId }: LedgerWork,
  tx: LedgerTransaction,
  deps: RunPlanDependencies,
): Promise<LedgerResult> {
  const taken = await takeRows(plan, arrivals, tx, deps.sweep());
  const events = new ExecutionEvents(deps.ids, taken.now, deps.workerName);
  const followUps = new FollowUps(events, taken.now, deps);
  const judgement = judgeRows(batch, plan, taken, events, followUps);
  const { again, later, buried } = followUps;
  // Travel together; the append is sent last, so that the head of the stream is locked for the shortest time.
  const [, , , entries] = await Promise.all([
    again.length > 0 ? tx.queueAgain(again) : undefined,
    later.length > 0 ? tx.delayWork(later) : undefined,
    buried.length > 0 ? tx.buryWork(buried) : undefined,
    events.list.length > 0 ? tx.append(batchId, events.list) : undefined,
  ]);
  return {
    ...judgement,
    entries,
    openLanes: taken.openLanes,
    refilled: [...taken.staged, ...again],
    firstDueMs: later.length === 0 ? undefined : Math.min(...later.map(({ dueAt }) => dueAt)) - taken.now,
    lapsed: taken.lapsed,
  };
}
