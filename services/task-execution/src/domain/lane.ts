/** What work is, to those who count it. */
export interface WorkKind {
  readonly tenantId: string;
  readonly queue: string;
  readonly type: string;
}

/** Waiting work is kept in lanes: one per queue, type and definition of a tenant. */
export interface Lane extends WorkKind {
  /** Workflow definition that a worker must hold; empty: none. */
  readonly definition: string;
}

/** NUL cannot occur in a name, so two different keys of one function are never the same text. */
export function laneKey(lane: Lane): string {
  return lane.definition === '' ? kindKey(lane) : `${kindKey(lane)}\0${lane.definition}`;
}

export function kindKey({ tenantId, queue, type }: WorkKind): string {
  return `${tenantId}\0${queue}\0${type}`;
}

export function queueKey(tenantId: string, queue: string): string {
  return `${tenantId}\0${queue}`;
}

interface Backlog extends Lane {
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
export class Backlogs {
  private readonly lanes = new Map<string, Backlog>();
  /** Lanes set aside until a task of their queue ends, by queue: full up to the queue's limit. */
  private readonly heldByQueue = new Map<string, Map<string, Backlog>>();
  private claims = 0;

  get size(): number {
    return this.lanes.size;
  }

  has(key: string): boolean {
    return this.lanes.has(key);
  }

  add(lane: Lane): void {
    const key = laneKey(lane);
    const known = this.lanes.get(key);
    if (known) {
      known.arrivals += 1;
      return;
    }
    const { tenantId, queue, type, definition } = lane;
    this.lanes.set(key, { tenantId, queue, type, definition, key, arrivals: 1, servedAt: this.claims, short: true });
  }

  /** Nothing is known any more of where work waits. */
  clear(): void {
    this.lanes.clear();
    this.heldByQueue.clear();
  }

  /** Some waiting work lies in a lane that `serves` accepts. */
  anyFor(serves: (lane: Lane) => boolean): boolean {
    for (const lane of this.lanes.values()) if (serves(lane)) return true;
    return false;
  }

  /** Lanes for one claim, the one served longest ago first. */
  turnOf(serves: (lane: Lane) => boolean, most: number): LaneSnapshot[] {
    const served: Backlog[] = [];
    for (const lane of this.lanes.values()) if (serves(lane)) served.push(lane);
    if (served.length > 1) served.sort((a, b) => a.servedAt - b.servedAt);
    return served.slice(0, most).map(({ tenantId, queue, type, definition, key, arrivals }) => ({
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
    this.claims += 1;
    for (const key of keys) {
      const lane = this.lanes.get(key);
      if (lane) lane.servedAt = this.claims;
    }
  }

  /** The claim found nothing more in these lanes. One that got work since then stays. */
  emptied(lanes: readonly LaneSnapshot[], isLimited: (lane: Lane) => boolean): void {
    for (const seen of lanes) {
      const lane = this.lanes.get(seen.key);
      if (!lane) continue;
      lane.short = true;
      if (lane.arrivals !== seen.arrivals) continue;
      this.lanes.delete(seen.key);
      if (isLimited(lane)) this.hold(lane);
    }
  }

  /** A claim left something in these lanes, or nobody knows. */
  stillLong(lanes: readonly LaneSnapshot[]): void {
    for (const { key } of lanes) {
      const lane = this.lanes.get(key);
      if (lane) lane.short = false;
    }
  }

  /** There are lanes, and each holds little: one claim with enough credit may empty it. */
  get isShort(): boolean {
    for (const lane of this.lanes.values()) if (!lane.short) return false;
    return this.lanes.size > 0;
  }

  private hold(lane: Backlog): void {
    const queue = queueKey(lane.tenantId, lane.queue);
    const held = this.heldByQueue.get(queue) ?? new Map<string, Backlog>();
    held.set(lane.key, lane);
    this.heldByQueue.set(queue, held);
  }

  /** A task of the queue ended: its held lanes may be served again. True when there were any. */
  release(tenantId: string, queue: string): boolean {
    if (this.heldByQueue.size === 0) return false;
    const key = queueKey(tenantId, queue);
    const held = this.heldByQueue.get(key);
    if (!held) return false;
    this.heldByQueue.delete(key);
    for (const lane of held.values()) this.add(lane);
    return true;
  }
}
