import type { StreamEntry } from '../event.ts';
import type { Position, Subscription } from '../event-bus.ts';
import type { AppliedEvent, ConsumerStore } from './bus-harness.ts';

/** What befalls one call of `apply`, instead of only applying. */
export type Mishap = (entries: readonly StreamEntry[], apply: () => Promise<void>) => Promise<void>;

/** A subscription that a test watches and interferes with. */
export class ConsumerProbe implements Subscription {
  readonly consumer: string;
  readonly source: string;
  readonly types: readonly string[];
  readonly maxEvents: number;
  readonly #store: ConsumerStore;
  readonly #reached = new Map<number, number>();
  #waiting: { stream: number; seq: number; resolve: () => void }[] = [];
  readonly #running = new Set<number>();
  readonly #identityOverride: string | undefined;
  #mishap: Mishap | undefined;
  /** Calls of `apply`, the failed ones too. */
  readonly calls: (readonly StreamEntry[])[] = [];
  /** Whether `apply` was called for a stream while it was still running for it. */
  overlapped = false;

  constructor(options: {
    consumer: string;
    source: string;
    types: readonly string[];
    store: ConsumerStore;
    maxEvents?: number;
    identity?: string;
  }) {
    this.consumer = options.consumer;
    this.source = options.source;
    this.types = options.types;
    this.maxEvents = options.maxEvents ?? 20;
    this.#store = options.store;
    this.#identityOverride = options.identity;
  }

  /** From now on, until it is cleared. */
  befall(mishap: Mishap | undefined): void {
    this.#mishap = mishap;
  }

  /** Resolves once the position of the stream is known to the bus to stand at `seq` or later. */
  reached(seq: number, stream = 0): Promise<void> {
    if ((this.#reached.get(stream) ?? 0) >= seq) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ stream, seq, resolve }));
  }

  applied(): Promise<readonly AppliedEvent[]> {
    return this.#store.applied();
  }

  async position(stream: number, logIdentity: string): Promise<Position> {
    const position = await this.#store.position(this.source, stream, this.#identityOverride ?? logIdentity);
    this.#note(stream, position.seq);
    return position;
  }

  get incarnation() {
    return this.#store.incarnation;
  }

  durable(stream: number, logIdentity: string): Promise<number> {
    return this.#store.durable(this.source, stream, this.#identityOverride ?? logIdentity);
  }

  async apply(entries: readonly StreamEntry[]): Promise<void> {
    const stream = entries[0]?.stream ?? 0;
    this.calls.push(entries);
    if (this.#running.has(stream)) this.overlapped = true;
    this.#running.add(stream);
    try {
      const apply = () => this.#store.apply(entries);
      await (this.#mishap ? this.#mishap(entries, apply) : apply());
      this.#note(stream, entries.at(-1)?.seq ?? 0);
    } finally {
      this.#running.delete(stream);
    }
  }

  #note(stream: number, seq: number): void {
    this.#reached.set(stream, seq);
    const isReached = (one: { stream: number; seq: number }) => one.stream === stream && one.seq <= seq;
    const reached = this.#waiting.filter(isReached);
    this.#waiting = this.#waiting.filter((one) => !isReached(one));
    for (const { resolve } of reached) resolve();
  }
}
