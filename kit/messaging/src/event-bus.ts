import type { Incarnation, Service } from '@taskflow/kit-lifecycle';
import type { StreamEntry } from './event.ts';

/** Says how far a consumer has applied one stream of one producer. */
export interface Position {
  readonly source: string;
  readonly stream: number;
  /** The last applied number; 0 before the first. */
  readonly seq: number;
}

/** A log of a producer's committed events, from which they are read again: at start, at a gap, after an unknown commit. */
export interface EventLog {
  readonly source: string;
  /** Identity of the database that numbers this log; a consumer whose position names another one stops. */
  identity(): Promise<string>;
  /** Tells when entries that were read or told before need not be in the log any more. */
  readonly incarnation: Incarnation;
  streams(): Promise<readonly number[]>;
  /** The last number of the stream that is committed; 0 before the first. */
  head(stream: number): Promise<number>;
  /** Entries with a greater number, ascending and without a gap, at most `limit`. */
  read(stream: number, after: number, limit: number): Promise<readonly StreamEntry[]>;
  /** A consumer tells how far it is for good (0 only makes it known); never moves back; entries that every known consumer has applied may be dropped. */
  acknowledge(consumer: string, stream: number, seq: number): Promise<void>;
}

/** The producer's end: told of each entry after its COMMIT returned, in any order. */
export interface Publisher {
  committed(entry: StreamEntry): void;
  /** The outcome of a commit is unknown: look into the log for what it may have left there. */
  recheckLog(stream: number): void;
}

export interface Subscription {
  /** Consumer name, unique per service that reads: its own service name. */
  readonly consumer: string;
  /** Producer to read from. */
  readonly source: string;
  /** Event types that it wants; an entry with none of them is still handed over (without events), so that the position moves. */
  readonly types: readonly string[];
  /** Reads the position of one stream from the consumer's own database, and checks the log's identity against it. */
  position(stream: number, logIdentity: string): Promise<Position>;
  /** Tells when what was applied before need not be in the consumer's own database any more. */
  readonly incarnation: Incarnation;
  /** The last number whose effect no crash of the consumer's database takes back: the producer may drop it. */
  durable(stream: number, logIdentity: string): Promise<number>;
  /**
   * Applies consecutive entries of one stream, in order, and moves the position in the same transaction.
   * Rejecting hands the same entries over again after a pause; the effect must not have happened then.
   */
  apply(entries: readonly StreamEntry[]): Promise<void>;
  /** Most events that one `apply` is given (an entry is never split). */
  readonly maxEvents?: number;
}

export interface EventBus extends Service {
  /** Makes a producer's log readable here. Call before `start`. */
  attach(log: EventLog): Publisher;
  /** Call before `start`. Delivery begins once both ends have started. */
  subscribe(subscription: Subscription): void;
}
