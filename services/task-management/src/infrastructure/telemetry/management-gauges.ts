import type { Telemetry } from '@taskflow/kit-telemetry';
import type { InstanceCache } from '../../application/advance/instance-cache.ts';
import type { ReadingStore } from '../../application/ports/reading-store.ts';
import type { ResultSubscribers } from '../../application/queries/result-subscribers.ts';

/** Counts what is held in memory, as it is when somebody scrapes. */
export function watchMemory(telemetry: Telemetry, cache: InstanceCache, subscribers: ResultSubscribers): void {
  telemetry.gauge({
    name: 'workflow_cache_runs',
    help: 'Running workflows held in memory.',
    collect: (gauge) => gauge.set(cache.size),
  });
  telemetry.gauge({
    name: 'task_management_result_subscribers',
    help: 'Callers that wait for an end.',
    collect: (gauge) => gauge.set(subscribers.size),
  });
}

/** Shows what is stuck, as long as it lasts. */
export function watchStuck(telemetry: Telemetry, reading: Pick<ReadingStore, 'countStuck'>): void {
  telemetry.gauge({
    name: 'task_management_stuck',
    help: 'Tasks and workflows that are stuck and wait for somebody to retry or cancel them.',
    labelNames: ['kind'],
    collect: async (gauge) => {
      // Without a database there is no number; the one of before would be no truth.
      const stuck = await reading.countStuck().catch(() => undefined);
      gauge.reset();
      if (stuck === undefined) return;
      gauge.set({ kind: 'task' }, stuck.tasks);
      gauge.set({ kind: 'workflow' }, stuck.workflows);
    },
  });
}
