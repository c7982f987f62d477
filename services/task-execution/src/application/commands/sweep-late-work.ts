import { createLoop, type Loop } from '@taskflow/kit-resilience';
import type { Log } from '@taskflow/kit-telemetry';
import type { Clock } from '@taskflow/kit-time';
import type { Dispatch } from '../dispatch/dispatch.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { LedgerCommand } from '../ledger/ledger-command.ts';
import type { HeldLeaseRef, LateWorkStore } from '../ports/late-work-store.ts';
import type { SettleAttempts } from './settle-attempts.ts';
import { handBack } from './hand-back.ts';
import { sweepSize } from '../ledger/take-rows.ts';

const intervalMs = 500;
/** Leases without an owner are looked for after every lost session and failed claim, and otherwise this often. */
const suspectEveryMs = 15_000;
const closerForMs = 5_000;
/** A lease that its session does not know after this long was never handed over: its commit was in doubt. */
const unknownAfterMs = 2_000;

export interface SweepDependencies {
  readonly store: LateWorkStore;
  readonly ledger: Ledger;
  readonly settle: SettleAttempts;
  readonly dispatch: Dispatch;
  readonly clock: Clock;
  readonly log: Log;
  readonly overdueGraceMs: number;
  readonly stage: { wake(): void; inMs(ms: number): void };
}

export interface Sweeping {
  readonly loop: Loop;
  /** Some leases may have no owner: looks for them in each of the next sweeps. */
  lookCloser(): void;
}

/**
 * Ends what the clock has overtaken: sessions without a sign of life, the leases that they leave behind, attempts
 * past their deadline, tasks past their total timeout. It only looks; the ledger checks again in the transaction
 * that acts, so a heartbeat or a completion that comes in between wins.
 */
export function createSweeping(deps: SweepDependencies): Sweeping {
  const { store, ledger, dispatch, clock, log } = deps;
  let suspectedAt = Number.NEGATIVE_INFINITY;
  let closerUntil = Number.NEGATIVE_INFINITY;

  async function untilDry(command: LedgerCommand, signal: AbortSignal): Promise<void> {
    for (;;) {
      const { moved } = await ledger.submit(command);
      if (moved < sweepSize || signal.aborted) return;
    }
  }

  async function rescueLeases(signal: AbortSignal): Promise<void> {
    const suspects = await store.suspectLeases(unknownAfterMs);
    const orphaned = suspects.filter((lease) => lease.orphaned);
    for (let from = 0; from < orphaned.length && !signal.aborted; from += sweepSize) {
      const { moved } = await ledger.submit({ kind: 'rescue', leases: orphaned.slice(from, from + sweepSize) });
      if (moved > 0) log.info({ leases: moved }, 'attempts of lost workers were rescued');
    }
    // Held in the database by a session of this process that does not know of it: a hand-over whose commit was in
    // doubt. The worker never got it.
    handBack(
      deps,
      suspects.filter((lease) => !lease.orphaned && isUnknownHere(lease)),
    );
    suspectedAt = clock.monotonic();
  }

  function isUnknownHere({ session, lease }: HeldLeaseRef): boolean {
    const known = dispatch.pool.get(session);
    return known !== undefined && !known.leases.has(lease);
  }

  const loop = createLoop({
    name: 'sweep',
    intervalMs,
    clock,
    log,
    deadlineMs: 30_000,
    async run(signal) {
      const late = await store.look(deps.overdueGraceMs);
      if (late.due) deps.stage.wake();
      else if (late.nextDueMs !== null) deps.stage.inMs(late.nextDueMs);
      if (late.sessions.length > 0) {
        const { moved } = await ledger.submit({ kind: 'lapse', sessions: late.sessions });
        if (moved > 0) suspectedAt = Number.NEGATIVE_INFINITY;
      }
      const now = clock.monotonic();
      if (now < closerUntil || now - suspectedAt >= suspectEveryMs) await rescueLeases(signal);
      if (late.overdue) await untilDry({ kind: 'expire', what: 'overdue' }, signal);
      if (late.waiting) await untilDry({ kind: 'expire', what: 'waiting' }, signal);
      if (late.delayed) await untilDry({ kind: 'expire', what: 'delayed' }, signal);
    },
  });

  return {
    loop,
    lookCloser() {
      closerUntil = clock.monotonic() + closerForMs;
    },
  };
}
