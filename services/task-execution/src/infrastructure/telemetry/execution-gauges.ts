import type { Telemetry } from '@taskflow/kit-telemetry';
import type { QueueOverview } from '../../application/queries/queue-overview.ts';
import type { WorkerPool } from '../../domain/worker-pool.ts';

/** Queues with a series of their own, the deepest first. */
const maxQueues = 200;

/** Depths and workers, read when somebody scrapes. A database that is away leaves the last values. */
export function watchQueues(telemetry: Telemetry, overview: QueueOverview, pool: WorkerPool): void {
  const help = 'Tasks of a queue by where they are.';
  telemetry.gauge({
    name: 'queue_tasks',
    help,
    labelNames: ['queue', 'state'],
    async collect(gauge) {
      const counts = await overview.counts().catch(() => undefined);
      if (!counts) return;
      gauge.reset();
      const deepest = [...counts].sort((a, b) => b.depth - a.depth).slice(0, maxQueues);
      for (const { name, depth, running, delayed } of deepest) {
        gauge.set({ queue: name, state: 'waiting' }, depth);
        gauge.set({ queue: name, state: 'running' }, running);
        gauge.set({ queue: name, state: 'delayed' }, delayed);
      }
    },
  });
  telemetry.gauge({
    name: 'worker_sessions',
    help: 'Worker sessions that this process serves.',
    labelNames: ['connected'],
    collect(gauge) {
      const all = [...pool.all()];
      const connected = all.filter((session) => session.connected).length;
      gauge.set({ connected: 'true' }, connected);
      gauge.set({ connected: 'false' }, all.length - connected);
    },
  });
}

/** Counts what sweeps pass over, as it is when somebody scrapes. */
export function watchStuck(telemetry: Telemetry, stuck: { readonly size: number }): void {
  telemetry.gauge({
    name: 'stuck_work',
    help: 'Tasks and sessions that can neither be carried on nor ended.',
    collect: (gauge) => gauge.set(stuck.size),
  });
}
