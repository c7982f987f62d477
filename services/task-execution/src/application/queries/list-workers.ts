import { type Clock, derivedId, instantText } from '@taskflow/kit-time';
import type { WorkerPool } from '../../domain/worker-pool.ts';

/**
 * The workers that this process serves, by name. Whoever knows the id of a session can go on with it in the place of its
 * worker, so none is shown: what stands for it leads nowhere.
 */
export function createListWorkers(deps: { pool: WorkerPool; clock: Clock }) {
  return (tenantId: string) => {
    const now = deps.clock.monotonic();
    const own = [...deps.pool.all()].filter(({ capabilities }) => capabilities.tenantId === tenantId);
    const views = own.map((session) => ({
      id: derivedId(session.id, 'worker'),
      name: session.capabilities.name,
      queues: [...(session.capabilities.queues ?? [])],
      types: [...session.capabilities.types],
      ...(session.capabilities.definitions.length > 0 && { definitions: [...session.capabilities.definitions] }),
      slots: { total: session.capabilities.concurrency, busy: session.leases.size + session.occupied },
      connected: session.connected,
      heartbeatAgeMs: Math.max(0, Math.round(now - session.seenAt)),
      since: instantText(session.since),
    }));
    return views.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
  };
}
export type ListWorkers = ReturnType<typeof createListWorkers>;
