import { createLoop, type Loop, type LoopDependencies } from '@taskflow/kit-resilience';
import { slicesOf } from '../../domain/slices.ts';
import type { LeaseRef } from '../../domain/work.ts';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { StuckWork } from '../ledger/stuck-work.ts';
import type { LateWorkStore, LookedAtLease } from '../ports/late-work-store.ts';
import { handBack } from './hand-back.ts';
import type { SettleAttempts } from './settle-attempts.ts';

const intervalMs = 500;
/** All running work is looked at after every lost session and claim in doubt, and otherwise this often. */
const walkEveryMs = 15_000;
const closerForMs = 5_000;
/** A lease that its session does not know after this long was never dispatched: its commit was in doubt. */
const unknownAfterMs = 2_000;

export interface LeaseRescuerDependencies extends LoopDependencies {
  readonly store: LateWorkStore;
  readonly ledger: Ledger;
  readonly settle: SettleAttempts;
  readonly pool: WorkerPool;
  readonly bounds: ExecutionBounds;
  readonly stuck: StuckWork;
}

export interface LeaseRescuer extends Loop {
  /** Some leases have no session any more. */
  look(): void;
  /** Some leases may have no holder, which shows in a while: looks again and again for that long. */
  lookCloser(): void;
}

/**
 * Takes back attempts whose session has ended, and those that nobody knows. Walks the running work from end to end in
 * slices: at once where somebody asked, else one slice per round. Whoever asks during a walk gets another one behind
 * it, so that no walk is begun over and over and never comes to its end.
 */
export function createLeaseRescuer(deps: LeaseRescuerDependencies): LeaseRescuer {
  const { store, settle, pool, clock, bounds, stuck } = deps;
  const { log } = deps.telemetry;
  let walkedAt = Number.NEGATIVE_INFINITY;
  let closerUntil = Number.NEGATIVE_INFINITY;
  let isAsked = false;
  let walk: { hurried: boolean; behind: LeaseRef | undefined } | undefined;

  async function rescue(leases: readonly LookedAtLease[]): Promise<number> {
    let rescued = 0;
    const max = { rows: bounds.sweepRows, bytes: bounds.sweepBytes };
    for (const slice of slicesOf(leases, ({ bytes }) => bytes, max)) {
      const { affected } = await deps.ledger.submit({ kind: 'rescue', leases: slice });
      if (affected > 0) log.info({ leases: affected }, 'attempts of lost workers were rescued');
      rescued += affected;
    }
    return rescued;
  }

  /**
   * Held in the database by a session of this process that does not know of it: a dispatch whose commit was in doubt.
   * The worker never got it.
   */
  function isUnknownHere({ session, lease, settled }: LookedAtLease): boolean {
    const known = settled ? pool.get(session) : undefined;
    return known !== undefined && !known.leases.has(lease);
  }

  async function takeSlice(current: NonNullable<typeof walk>): Promise<{ taken: number; isLast: boolean }> {
    const leases = await store.leasesAfter(current.behind, unknownAfterMs, bounds.leasesPerLook);
    const takable = leases.filter(({ taskId }) => !stuck.has(taskId));
    const rescued = await rescue(takable.filter(({ orphaned }) => orphaned));
    const unknown = takable.filter((lease) => !lease.orphaned && isUnknownHere(lease));
    handBack({ settle, log }, unknown);
    current.behind = leases.at(-1);
    return { taken: rescued + unknown.length, isLast: leases.length < bounds.leasesPerLook };
  }

  function begun(): typeof walk {
    const now = clock.monotonic();
    const hurried = isAsked || now < closerUntil;
    if (walk) walk.hurried ||= hurried;
    else if (hurried || now - walkedAt >= walkEveryMs) {
      isAsked = false;
      walk = { hurried, behind: undefined };
    }
    return walk;
  }

  async function run(signal: AbortSignal): Promise<number> {
    let sum = 0;
    for (let current = begun(); current && !signal.aborted; current = begun()) {
      const { taken, isLast } = await takeSlice(current);
      sum += taken;
      if (isLast) {
        walk = undefined;
        walkedAt = clock.monotonic();
        if (!isAsked) break;
      } else if (!current.hurried) break;
    }
    return sum;
  }

  const loop = createLoop({ name: 'rescue', intervalMs, run }, deps);
  return {
    ...loop,
    look() {
      isAsked = true;
      loop.wake();
    },
    lookCloser() {
      closerUntil = clock.monotonic() + closerForMs;
    },
  };
}
