import type { Clock } from '@taskflow/kit-time';
import type { Backlog } from '../../domain/backlog.ts';
import { queueKey } from '../../domain/partition.ts';
import type { WorkerPool } from '../../domain/worker-pool.ts';
import type { ExecutionBounds } from '../bounds.ts';
import type { ExecutionMeter } from '../ports/execution-meter.ts';
import type { QueueCount, QueueSettings, QueueStore } from '../ports/queue-store.ts';

export interface QueueView {
  readonly name: string;
  readonly paused: boolean;
  readonly depth: number;
  readonly running: number;
  readonly delayed: number;
  readonly oldestMs: number | null;
  readonly rates: { readonly in: number; readonly out: number };
  readonly consumers: number;
  readonly limits: { readonly concurrency: number | null };
  /** Kinds of its waiting tasks that no worker takes; absent when there are none. */
  readonly unserved?: UnservedKind[];
}

interface UnservedKind {
  readonly type: string;
  /** Workflow definition, as `name@version`, that a worker would have to hold. */
  readonly definition?: string;
}

/**
 * Counting reads the live tables whole, so all who ask within a while share one count: ten times as long as it took,
 * within these bounds in milliseconds. A database with a long backlog is asked less often.
 */
const freshFor = { minMs: 200, maxMs: 10_000, costs: 10 };

interface Counts {
  readonly counts: readonly QueueCount[];
  readonly settings: readonly QueueSettings[];
}

export interface QueueOverview {
  /** Every queue that has work, settings or recent traffic, by name. */
  list(tenantId: string): Promise<QueueView[]>;
  /** A queue needs no creation: one without work answers with zeros. */
  get(tenantId: string, name: string): Promise<QueueView>;
  counts(): Promise<readonly QueueCount[]>;
  /** The next answer reads again. */
  forget(): void;
}

export function createQueueOverview(deps: {
  store: QueueStore;
  pool: WorkerPool;
  backlog: Backlog;
  meter: ExecutionMeter;
  clock: Clock;
  bounds: ExecutionBounds;
}): QueueOverview {
  let latest: Promise<Counts> | undefined;
  let staleAt = 0;

  function read(): Promise<Counts> {
    const now = deps.clock.monotonic();
    if (latest && now < staleAt) return latest;
    staleAt = Number.POSITIVE_INFINITY;
    const reading = Promise.all([deps.store.counts(), deps.store.settings()]).then(([counts, settings]) => {
      const read = deps.clock.monotonic();
      staleAt = read + Math.min(freshFor.maxMs, Math.max(freshFor.minMs, (read - now) * freshFor.costs));
      return { counts, settings };
    });
    latest = reading;
    reading.catch(() => {
      if (latest === reading) latest = undefined;
    });
    return reading;
  }

  function view(tenantId: string, name: string, count: QueueCount | undefined, settings: QueueSettings | undefined) {
    let consumers = 0;
    for (const { connected, capabilities } of deps.pool.all()) {
      const serves = capabilities.queues === null || capabilities.queues.includes(name);
      if (connected && capabilities.tenantId === tenantId && serves) consumers += 1;
    }
    const unserved = unservedKinds(tenantId, name);
    return {
      name,
      paused: settings?.paused ?? false,
      depth: count?.depth ?? 0,
      running: count?.running ?? 0,
      delayed: count?.delayed ?? 0,
      oldestMs: count?.oldestMs ?? null,
      rates: deps.meter.rates(tenantId, name),
      consumers,
      limits: { concurrency: settings?.concurrency ?? null },
      ...(unserved.length > 0 && { unserved }),
    };
  }

  function unservedKinds(tenantId: string, queue: string): UnservedKind[] {
    return deps.backlog
      .unservedIn(tenantId, queue)
      .slice(0, deps.bounds.unservedKindsShown)
      .map(({ type, definition }) => (definition === '' ? { type } : { type, definition }));
  }

  async function views(tenantId: string): Promise<Map<string, QueueView>> {
    const { counts, settings } = await read();
    const countOf = new Map(counts.map((count) => [queueKey(count.tenantId, count.name), count]));
    const settingsOf = new Map(settings.map((queue) => [queueKey(queue.tenantId, queue.name), queue]));
    const names = new Set<string>();
    for (const queue of [...counts, ...settings]) if (queue.tenantId === tenantId) names.add(queue.name);
    for (const { capabilities } of deps.pool.all()) {
      if (capabilities.tenantId === tenantId) for (const name of capabilities.queues ?? []) names.add(name);
    }
    const list = [...names].sort().map((name) => {
      const key = queueKey(tenantId, name);
      return [name, view(tenantId, name, countOf.get(key), settingsOf.get(key))] as const;
    });
    return new Map(list);
  }

  return {
    list: async (tenantId) => [...(await views(tenantId)).values()],
    get: async (tenantId, name) => (await views(tenantId)).get(name) ?? view(tenantId, name, undefined, undefined),
    counts: async () => (await read()).counts,
    forget: () => {
      latest = undefined;
    },
  };
}
