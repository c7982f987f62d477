import { type Lane, laneKey, queueKey } from './lane.ts';

interface Entry extends Lane {
  readonly key: string;
  /** Counts arrivals, so that a claim that looked before the latest one does not call the lane empty. */
  arrivals: number;
  /** Number of the claim that served it last; the smallest goes first. */
  servedAt: number;
  /** The latest claim took all that it saw of the lane, or none has looked yet. */
  short: boolean;
}

/** A lane as a claim saw it. */
export interface LaneSnapshot extends Lane {
  readonly key: string;
  readonly arrivals: number;
}

/**
 * Which lanes may hold waiting work. A hint that saves claims from probing every lane that ever was: it may name an
 * empty lane (the claim finds nothing and says so), and a lane that it misses is found by the next full look.
 */
export class Backlog {
  readonly #lanes = new Map<string, Entry>();
  /** Lanes set aside until a task of their queue ends, by queue: full up to the queue's limit. */
  readonly #fullByQueue = new Map<string, Map<string, Entry>>();
  #limitedQueues: ReadonlySet<string> = new Set();
  #unserved: ReadonlyMap<string, readonly Lane[]> = new Map();
  #claims = 0;

  get size(): number {
    return this.#lanes.size;
  }

  has(key: string): boolean {
    return this.#lanes.has(key);
  }

  add(lane: Lane): void {
    const key = laneKey(lane);
    const known = this.#lanes.get(key);
    if (known) {
      known.arrivals += 1;
      return;
    }
    const { tenantId, queue, type, definition } = lane;
    this.#lanes.set(key, { tenantId, queue, type, definition, key, arrivals: 1, servedAt: this.#claims, short: true });
  }

  /** Nothing is known any more of where work waits. */
  clear(): void {
    this.#lanes.clear();
    this.#fullByQueue.clear();
    this.#unserved = new Map();
  }

  /** Some waiting work lies in a lane that `serves` accepts. */
  anyFor(serves: (lane: Lane) => boolean): boolean {
    for (const lane of this.#lanes.values()) if (serves(lane)) return true;
    return false;
  }

  /** Lanes for one claim, the one served longest ago first. */
  nextFor(serves: (lane: Lane) => boolean, max: number): LaneSnapshot[] {
    const served: Entry[] = [];
    for (const lane of this.#lanes.values()) if (serves(lane)) served.push(lane);
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

  /** These lanes gave work to a claim: at equal priority the others come first next time. */
  served(keys: Iterable<string>): void {
    this.#claims += 1;
    for (const key of keys) {
      const lane = this.#lanes.get(key);
      if (lane) lane.servedAt = this.#claims;
    }
  }

  /** The claim found nothing more in these lanes. One that got work since then stays. */
  emptied(lanes: readonly LaneSnapshot[]): void {
    for (const seen of lanes) {
      const lane = this.#lanes.get(seen.key);
      if (!lane) continue;
      lane.short = true;
      if (lane.arrivals !== seen.arrivals) continue;
      this.#lanes.delete(seen.key);
      if (this.isLimited(lane)) this.#setAside(lane);
    }
  }

  /** A claim left something in these lanes, or nobody knows. */
  stillLong(lanes: readonly LaneSnapshot[]): void {
    for (const { key } of lanes) {
      const lane = this.#lanes.get(key);
      if (lane) lane.short = false;
    }
  }

  /** There are lanes, and each holds little: one claim with enough credit may empty it. */
  get isShort(): boolean {
    for (const lane of this.#lanes.values()) if (!lane.short) return false;
    return this.#lanes.size > 0;
  }

  /** Queues that limit how many of their tasks run, as last read. */
  setLimitedQueues(queues: readonly { tenantId: string; name: string }[]): void {
    this.#limitedQueues = new Set(queues.map(({ tenantId, name }) => queueKey(tenantId, name)));
  }

  isLimited({ tenantId, queue }: Lane): boolean {
    return this.#limitedQueues.size > 0 && this.#limitedQueues.has(queueKey(tenantId, queue));
  }

  #setAside(lane: Entry): void {
    const queue = queueKey(lane.tenantId, lane.queue);
    const full = this.#fullByQueue.get(queue) ?? new Map<string, Entry>();
    full.set(lane.key, lane);
    this.#fullByQueue.set(queue, full);
  }

  /** A task of the queue ended: its lanes that were set aside may be served again. True when there were any. */
  release(tenantId: string, queue: string): boolean {
    if (this.#fullByQueue.size === 0) return false;
    const key = queueKey(tenantId, queue);
    const full = this.#fullByQueue.get(key);
    if (!full) return false;
    this.#fullByQueue.delete(key);
    for (const lane of full.values()) this.add(lane);
    return true;
  }

  /** Lanes in which work waits and which no worker here serves, by queue, as last looked. */
  setUnserved(byQueue: ReadonlyMap<string, readonly Lane[]>): void {
    this.#unserved = byQueue;
  }

  unservedIn(tenantId: string, queue: string): readonly Lane[] {
    return this.#unserved.get(queueKey(tenantId, queue)) ?? [];
  }
}
