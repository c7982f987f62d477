import type { LeasedWork, RankedWork } from '../../domain/work.ts';
import type { Lane } from '../../domain/lane.ts';
import type {
  Arrivals,
  CancelledWork,
  EndedAttempt,
  LapsedSession,
  LedgerTransaction,
  Sweep,
  TakenAttempt,
} from '../ports/ledger-store.ts';
import type { LedgerPlan } from './ledger-plan.ts';

/** What the statements of a plan took, announced or moved. */
export interface TakenRows {
  readonly now: number;
  readonly completed: readonly EndedAttempt[];
  readonly examined: readonly TakenAttempt[];
  readonly lost: readonly TakenAttempt[];
  readonly overdue: readonly LeasedWork[];
  readonly expiredWaiting: readonly RankedWork[];
  readonly expiredDelayed: readonly RankedWork[];
  readonly cancelled: readonly CancelledWork[];
  readonly givenUp: readonly CancelledWork[];
  readonly lapsed: readonly LapsedSession[];
  readonly announced: readonly Omit<EndedAttempt, 'announced'>[];
  readonly proven: readonly { n: number; attempt: number; generation: number; options: string | null }[];
  readonly staged: readonly Lane[];
  readonly openLanes: ReadonlySet<number>;
}

const nothing: Promise<never[]> = Promise.resolve([]);
const noLanes: Promise<ReadonlySet<number>> = Promise.resolve(new Set<number>());

/**
 * Issues every statement of the plan at once: none needs another's result, and the server runs them in this order.
 * The order decides races within a batch: a completion comes before a cancel or a timeout of the same attempt, and
 * whoever comes second finds no row. Work is accepted last, when all that could take it has run.
 */
export async function takeRows(
  plan: LedgerPlan,
  arrivals: Arrivals,
  tx: LedgerTransaction,
  terms: Omit<Sweep, 'only'>,
): Promise<TakenRows> {
  const { changes } = plan;
  const sweep = { ...terms, only: plan.only };
  const steps = plan.steps.map((step) => tx.advance(step));
  const now = plan.mayEmit ? tx.readNow() : Promise.resolve(0);
  const completed = plan.completions.length > 0 ? tx.finishAttempts(plan.completions) : nothing;
  const examined = plan.examined.length > 0 ? tx.takeAttempts(plan.examined) : nothing;
  const cancelled = changes.cancels.length > 0 ? tx.cancel(changes.cancels) : nothing;
  const givenUp = plan.givenUp.length > 0 ? tx.cancel(plan.givenUp) : nothing;
  const reprioritized = changes.priorities.length > 0 ? tx.reprioritize(changes.priorities) : undefined;
  const lapsed = plan.lapsing.size > 0 ? tx.lapseSessions([...plan.lapsing.keys()]) : nothing;
  const left = plan.leaving.length > 0 ? tx.endSessions(plan.leaving) : undefined;
  const lost = plan.rescues.length > 0 ? tx.takeLostAttempts(plan.rescues) : nothing;
  const overdue = plan.expireOverdue ? tx.takeOverdueAttempts(sweep) : nothing;
  const expiredWaiting = plan.expireWaiting ? tx.takeExpired('waiting', sweep) : nothing;
  const expiredDelayed = plan.expireDelayed ? tx.takeExpired('delayed', sweep) : nothing;
  const announced = plan.announcements.length > 0 ? tx.announceAttempts(plan.announcements) : nothing;
  const proven = plan.progress.length > 0 ? tx.proveLeases(plan.progress) : nothing;
  const staged = plan.stage ? tx.stageDueWork(sweep) : nothing;
  const forgotten = changes.retried.length > 0 ? tx.forgetDeadLetters(changes.retried) : undefined;
  const openLanes = arrivals.works.length > 0 ? tx.acceptWork(arrivals) : noLanes;

  await Promise.all([
    ...steps,
    now,
    completed,
    examined,
    cancelled,
    givenUp,
    reprioritized,
    lapsed,
    left,
    lost,
    overdue,
    expiredWaiting,
    expiredDelayed,
    announced,
    proven,
    staged,
    forgotten,
    openLanes,
  ]);
  return {
    now: await now,
    completed: await completed,
    examined: await examined,
    lost: await lost,
    overdue: await overdue,
    expiredWaiting: await expiredWaiting,
    expiredDelayed: await expiredDelayed,
    cancelled: await cancelled,
    givenUp: await givenUp,
    lapsed: await lapsed,
    announced: await announced,
    proven: await proven,
    staged: await staged,
    openLanes: await openLanes,
  };
}
