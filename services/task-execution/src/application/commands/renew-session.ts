import { createGroupCommit, type GroupCommit } from '@taskflow/kit-postgres';
import type { Log, Telemetry } from '@taskflow/kit-telemetry';
import { withDeadline } from '@taskflow/kit-resilience';
import type { Clock } from '@taskflow/kit-time';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { WorkerSession } from '../../domain/worker-session.ts';
import type { WorkerRegistry } from '../dispatch/worker-registry.ts';
import type { SessionStore } from '../ports/session-store.ts';
import { handBack } from './hand-back.ts';
import type { SettleAttempts } from './settle-attempts.ts';

export interface RenewDependencies {
  readonly store: SessionStore;
  readonly pool: WorkerPool;
  readonly registry: WorkerRegistry;
  readonly settle: SettleAttempts;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
  readonly renewals: SessionRenewals;
}

/** Heartbeats that come at the same time share a statement. */
export type SessionRenewals = GroupCommit<string, boolean>;

export function createSessionRenewals(
  store: SessionStore,
  leaseMs: number,
  deps: { clock: Clock; telemetry: Telemetry },
): SessionRenewals {
  return createGroupCommit<string, boolean>(
    {
      name: 'session-renewals',
      async write(ids) {
        const alive = await store.renew(ids, leaseMs);
        return ids.map((id) => alive.has(id));
      },
      // Renewing twice does no harm.
      recall: () => Promise.resolve('absent' as const),
    },
    deps,
  );
}

export interface Heartbeat {
  readonly holds: readonly string[];
  /** Highest delivery number received. */
  readonly received: number;
  /** Slots whose handlers go on although their attempts have ended; as before where it is not said. */
  readonly occupied?: number | undefined;
}

/** How long the answer to a worker that took its credit back waits for what is being dispatched, in milliseconds. */
const dispatchWithinMs = 2_000;

/**
 * A worker's sign of life: renews its session, tells it what it lost, and takes back what it was given and does not
 * hold. `gone` when the session has ended: the worker must register anew, and holds nothing.
 */
export function createRenewSession(deps: RenewDependencies) {
  const showSignOfLife = createSignOfLife(deps);
  return async (
    session: WorkerSession,
    { holds, received, occupied }: Heartbeat,
  ): Promise<{ lost: string[]; gone: boolean }> => {
    if (!(await showSignOfLife(session))) return { lost: [...holds], gone: true };
    if (occupied !== undefined) session.occupied = occupied;
    const now = deps.clock.monotonic();
    // A worker that drains takes its answer as the last word: every delivery on its way must stand before it.
    if (session.isRevoked) {
      const settled = session.withoutReservations();
      await withDeadline(dispatchWithinMs, settled, 'a dispatch', deps.clock).catch(() => undefined);
    }
    handBack(deps, session.missingFrom(holds, received, now - deps.leaseMs));
    return { lost: session.lostOf(holds), gone: false };
  };
}

/**
 * Renews a session. False when it has ended: the worker must register anew. However often a worker beats, one renewal
 * of its session is under way and one waits: those that come meanwhile share it.
 */
export function createSignOfLife(deps: Pick<RenewDependencies, 'renewals' | 'pool' | 'registry' | 'clock'>) {
  const running = new Map<string, Promise<boolean>>();
  const next = new Map<string, Promise<boolean>>();

  function renewal(id: string): Promise<boolean> {
    const current = running.get(id);
    if (!current) return begin(id);
    const waiting =
      next.get(id) ??
      current.then(
        () => begin(id),
        () => begin(id),
      );
    next.set(id, waiting);
    return waiting;
  }

  function begin(id: string): Promise<boolean> {
    next.delete(id);
    const renewing = deps.renewals.submit(id).finally(() => running.delete(id));
    running.set(id, renewing);
    return renewing;
  }

  return async (session: WorkerSession): Promise<boolean> => {
    const alive = await renewal(session.id);
    // Dropped meanwhile: what goes on under this id is another one.
    if (deps.pool.get(session.id) !== session) return alive;
    if (alive) session.seenAt = deps.clock.monotonic();
    else deps.registry.forget(session);
    return alive;
  };
}
export type SignOfLife = ReturnType<typeof createSignOfLife>;
export type RenewSession = ReturnType<typeof createRenewSession>;
