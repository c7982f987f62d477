import {
  type EventLog,
  type EventRecord,
  encodeEntries,
  entryTypes,
  maxEntryBytes,
  type StreamEntry,
} from '@taskflow/kit-messaging';
import { byteaArray, type Database, DatabaseError, int4Array, type Queryable, textArray } from '@taskflow/kit-postgres';
import { createOutboxLog, type StoredEntry, storedEvents } from './outbox-log.ts';
import { outboxStatements } from './statements.ts';

/** The producer's end of a stream: events are written in the transaction of the state that they tell of. */
export interface Outbox {
  /**
   * Draws the next numbers of the stream and records the events under them, in as few entries as hold them. The last
   * statement of the transaction: the head of the stream stays locked until it ends. `batchId` is a new UUID for each
   * attempt at a transaction; `recall` finds the outcome by it. Tell the publisher of each entry after COMMIT
   * returned, and not before. Rejects with `AsynchronousAppendError` when the transaction would commit asynchronously,
   * and with `EventTooLargeError` when one event alone is more than an entry holds.
   */
  append(tx: Queryable, stream: number, batchId: string, events: readonly EventRecord[]): Promise<StreamEntry[]>;
  /**
   * What a transaction with an unknown outcome left. `undefined` is a decision: the transaction did not take
   * effect and never will, even if the server still holds its COMMIT. Write again under a new batch id.
   */
  recall(stream: number, batchId: string): Promise<StreamEntry[] | undefined>;
  readonly log: EventLog;
}

export interface OutboxOptions {
  readonly database: Database;
  /** Name of the producer, such as `task-management`. */
  readonly source: string;
  /** Tests make them small enough to be crossed all the time. */
  readonly bounds?: Partial<EntryBounds>;
}

export interface EntryBounds {
  /** Of one entry, stored and expanded; at most and by itself what an entry may hold. */
  readonly entryBytes: number;
  /** Of one read of the log, once expanded (the first entry may exceed them). */
  readonly readBytes: number;
}

const entryBounds: EntryBounds = { entryBytes: maxEntryBytes, readBytes: maxEntryBytes };

/** A transaction that emits was to commit asynchronously; nothing of it was recorded. */
export class AsynchronousAppendError extends Error {
  readonly code = 'asynchronous_append';

  constructor() {
    super(
      'A transaction that emits events must commit synchronously: one that is lost after its number was seen ' +
        'would give the number to other events.',
    );
    this.name = 'AsynchronousAppendError';
  }
}

export function createOutbox({ database, source, bounds }: OutboxOptions): Outbox {
  const statements = outboxStatements();
  const { entryBytes, readBytes } = { ...entryBounds, ...bounds };

  async function append(tx: Queryable, stream: number, batchId: string, events: readonly EventRecord[]) {
    if (events.length === 0) throw new RangeError('A transaction that emits no event must not append to the outbox.');
    const encoding = encodeEntries(events, entryBytes);
    // Only a large entry waits: any other statement is sent at once, behind those of the transaction.
    const entries = encoding instanceof Promise ? await encoding : encoding;
    const [row] = await tx.query<{ seq: number | null }>(statements['outbox-append'], [
      stream,
      batchId,
      textArray(entryTypes(events)),
      byteaArray(entries.map(({ body }) => body)),
      int4Array(entries.map(({ bytes }) => bytes)),
    ]);
    const first = row?.seq;
    if (first == null) throw new AsynchronousAppendError();
    return entries.map((entry, at) => ({ source, stream, seq: first + at, events: entry.events }));
  }

  async function recall(stream: number, batchId: string): Promise<StreamEntry[] | undefined> {
    for (;;) {
      const rows = await database.query<StoredEntry & { stream: number }>(statements['outbox-find-batch'], [batchId]);
      if (rows[0]?.body.length === 0) return undefined;
      if (rows.length > 0) {
        return rows.map((row) => ({ source, stream: row.stream, seq: row.seq, events: storedEvents(row) }));
      }
      if (await voided(stream, batchId)) return undefined;
    }
  }

  /** `false` when the transaction in doubt committed while this waited for it. */
  async function voided(stream: number, batchId: string): Promise<boolean> {
    try {
      await database.query(statements['outbox-void-batch'], [stream, batchId]);
      return true;
    } catch (error) {
      if (error instanceof DatabaseError && error.constraint === 'outbox_batch_key') return false;
      throw error;
    }
  }

  return { append, recall, log: createOutboxLog(database, source, statements, readBytes) };
}
