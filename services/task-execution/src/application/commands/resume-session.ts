import { UnavailableError } from '@taskflow/kit-resilience';
import type { Clock } from '@taskflow/kit-time';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import { type Capabilities, WorkerSession } from '../../domain/worker-session.ts';
import type { AnnouncementQueue } from '../dispatch/announcement-queue.ts';
import type { MemoryEpoch } from '../dispatch/memory-epoch.ts';
import type { SessionStore, StoredLease, StoredSession } from '../ports/session-store.ts';

export interface ResumeDependencies {
  readonly store: SessionStore;
  readonly pool: WorkerPool;
  readonly announcements: AnnouncementQueue;
  readonly epoch: MemoryEpoch;
  readonly clock: Clock;
  readonly leaseMs: number;
}

/**
 * Finds the session of a worker that comes back, with the leases that it holds. Undefined when it has ended. Rejects with
 * `UnavailableError` when the database began anew meanwhile: what was read of it need not be true any more.
 */
export interface ResumeSession {
  /** As it is: in memory, or else as an earlier process left it. */
  find(id: string): Promise<WorkerSession | undefined>;
  /** Renewed under what the worker can do now. */
  renew(id: string, capabilities: Capabilities): Promise<WorkerSession | undefined>;
}

export function createResumeSession(deps: ResumeDependencies): ResumeSession {
  const { store, pool, announcements, epoch, clock, leaseMs } = deps;

  async function leasesOf(id: string): Promise<readonly StoredLease[]> {
    const { current } = epoch;
    const leases = await store.leasesOf(id);
    if (current !== epoch.current) throw new UnavailableError('the database began anew');
    return leases;
  }

  function restore(
    { id, capabilities, createdAt }: StoredSession,
    leases: readonly Omit<StoredLease, 'announced'>[],
  ): WorkerSession {
    const at = clock.monotonic();
    const session = new WorkerSession(id, capabilities, createdAt, at);
    for (const lease of leases) announcements.add(session.restore(lease, lease.generation, at));
    pool.add(session);
    return session;
  }

  return {
    async find(id) {
      const known = pool.get(id);
      if (known) return known;
      const stored = await store.find(id);
      if (!stored) return undefined;
      const leases = await leasesOf(id);
      // Two calls may have looked at the same time.
      return pool.get(id) ?? restore(stored, leases);
    },
    async renew(id, capabilities) {
      const stored = await store.resume({ id, capabilities, leaseMs });
      if (!stored) return undefined;
      const known = pool.get(id);
      // Under other capabilities the session belongs to another group; its leases move with it.
      const leases = known ? [...known.leases.values()] : await leasesOf(id);
      // Of two registrations that looked at the same time the later one goes on with what the other admitted.
      const earlier = pool.get(id);
      if (earlier) pool.remove(earlier);
      return restore(stored, leases);
    },
  };
}
