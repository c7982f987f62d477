import type { EventRecord, StreamEntry } from '../event.ts';
import type { Incarnation } from '@taskflow/kit-lifecycle';
import type { EventBus, EventLog, Position } from '../event-bus.ts';

/** What a bus is tested over: producers with logs, and consumers with stores, that outlive any one bus. */
export interface BusHarness {
  /** A producer with an empty log of streams 0 and 1. */
  producer(source: string): Promise<Producer>;
  /** A consumer that has applied nothing. */
  consumerStore(): Promise<ConsumerStore>;
  /**
   * A bus over whatever carries entries here; another one later stands for a restart. It should keep little in
   * memory (some 50 events), so that a slow consumer leaves that bound, and look into logs unasked only at start
   * (not every few seconds), so that a case which needs it told of something cannot pass without.
   */
  createBus(): EventBus;
  close(): Promise<void>;
}

export interface Producer {
  readonly log: EventLog;
  /** Commits the events as one transaction, and tells no bus of it. */
  commit(stream: number, events: readonly EventRecord[]): Promise<StreamEntry>;
}

/** An event that took effect. */
export interface AppliedEvent {
  readonly stream: number;
  readonly seq: number;
  readonly id: string;
  readonly payload: string | undefined;
}

/** A consumer's database: effects and positions in one transaction. */
export interface ConsumerStore {
  readonly incarnation: Incarnation;
  position(source: string, stream: number, logIdentity: string): Promise<Position>;
  durable(source: string, stream: number, logIdentity: string): Promise<number>;
  /** Applies all or nothing, and refuses entries that do not follow the position. */
  apply(entries: readonly StreamEntry[]): Promise<void>;
  /** All effects, in the order in which they happened. */
  applied(): Promise<readonly AppliedEvent[]>;
}
