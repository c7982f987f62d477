import { type Partition, partitionKey, queueKey } from './partition.ts';

interface Entry extends Partition {
  readonly key: string;
  /** Counts arrivals, so that a claim that looked before the latest one does not call the partition empty. */
  arrivals: number;
  /** Number of the claim that served it last; the smallest goes first. */
  servedAt: number;
  /** The latest claim took all that it saw of the partition, or none has looked yet. */
  short: boolean;
}

/** A partition as a claim saw it. */
export interface PartitionSnapshot extends Partition {
  readonly key: string;
  readonly arrivals: number;
}

/**
 * Knows which partitions may hold waiting work. It is a hint that saves claims from probing every partition that ever
 * was: it may name an empty partition (the claim finds nothing and says so), and a partition that it misses is found by
 * the next full look.
 */
export class Backlog {
  readonly #partitions = new Map<string, Entry>();
  /** Partitions set aside until a task of their queue ends, by queue: full up to the queue's limit. */
  readonly #fullByQueue = new Map<string, Map<string, Entry>>();
  #limitedQueues: ReadonlySet<string> = new Set();
  #unserved: ReadonlyMap<string, readonly Partition[]> = new Map();
  #claims = 0;

  get size(): number {
    return this.#partitions.size;
  }

  has(key: string): boolean {
    return this.#partitions.has(key);
  }

  add(partition: Partition): void {
    const key = partitionKey(partition);
    const known = this.#partitions.get(key);
    if (known) {
      known.arrivals += 1;
      return;
    }
    const { tenantId, queue, type, definition } = partition;
    this.#partitions.set(key, {
      tenantId,
      queue,
      type,
      definition,
      key,
      arrivals: 1,
      servedAt: this.#claims,
      short: true,
    });
  }

  /** Nothing is known any more of where work waits. */
  clear(): void {
    this.#partitions.clear();
    this.#fullByQueue.clear();
    this.#unserved = new Map();
  }

  /** Some waiting work lies in a partition that `serves` accepts. */
  anyFor(serves: (partition: Partition) => boolean): boolean {
    for (const partition of this.#partitions.values()) if (serves(partition)) return true;
    return false;
  }

  /** Partitions for one claim, the one served longest ago first. */
  nextFor(serves: (partition: Partition) => boolean, max: number): PartitionSnapshot[] {
    const served: Entry[] = [];
    for (const partition of this.#partitions.values()) if (serves(partition)) served.push(partition);
    if (served.length > 1) served.sort((a, b) => a.servedAt - b.servedAt);
    return served.slice(0, max).map(({ tenantId, queue, type, definition, key, arrivals }) => ({
      tenantId,
      queue,
      type,
      definition,
      key,
      arrivals,
    }));
  }

  /** These partitions gave work to a claim: at equal priority the others come first next time. */
  served(keys: Iterable<string>): void {
    this.#claims += 1;
    for (const key of keys) {
      const partition = this.#partitions.get(key);
      if (partition) partition.servedAt = this.#claims;
    }
  }

  /** The claim found nothing more in these partitions. One that got work since then stays. */
  emptied(partitions: readonly PartitionSnapshot[]): void {
    for (const seen of partitions) {
      const partition = this.#partitions.get(seen.key);
      if (!partition) continue;
      partition.short = true;
      if (partition.arrivals !== seen.arrivals) continue;
      this.#partitions.delete(seen.key);
      if (this.isLimited(partition)) this.#setAside(partition);
    }
  }

  /** A claim left something in these partitions, or nobody knows. */
  stillLong(partitions: readonly PartitionSnapshot[]): void {
    for (const { key } of partitions) {
      const partition = this.#partitions.get(key);
      if (partition) partition.short = false;
    }
  }

  /** There are partitions, and each holds little: one claim with enough credit may empty it. */
  get isShort(): boolean {
    for (const partition of this.#partitions.values()) if (!partition.short) return false;
    return this.#partitions.size > 0;
  }

  /** Queues that limit how many of their tasks run, as last read. */
  setLimitedQueues(queues: readonly { tenantId: string; name: string }[]): void {
    this.#limitedQueues = new Set(queues.map(({ tenantId, name }) => queueKey(tenantId, name)));
  }

  isLimited({ tenantId, queue }: Partition): boolean {
    return this.#limitedQueues.size > 0 && this.#limitedQueues.has(queueKey(tenantId, queue));
  }

  #setAside(partition: Entry): void {
    const queue = queueKey(partition.tenantId, partition.queue);
    const full = this.#fullByQueue.get(queue) ?? new Map<string, Entry>();
    full.set(partition.key, partition);
    this.#fullByQueue.set(queue, full);
  }

  /** A task of the queue ended: its partitions that were set aside may be served again. True when there were any. */
  release(tenantId: string, queue: string): boolean {
    if (this.#fullByQueue.size === 0) return false;
    const key = queueKey(tenantId, queue);
    const full = this.#fullByQueue.get(key);
    if (!full) return false;
    this.#fullByQueue.delete(key);
    for (const partition of full.values()) this.add(partition);
    return true;
  }

  /** Partitions in which work waits and which no worker here serves, by queue, as last looked. */
  setUnserved(byQueue: ReadonlyMap<string, readonly Partition[]>): void {
    this.#unserved = byQueue;
  }

  unservedIn(tenantId: string, queue: string): readonly Partition[] {
    return this.#unserved.get(queueKey(tenantId, queue)) ?? [];
  }
}
