import {
  decodeEntry,
  type EventLog,
  type EventRecord,
  LogGapError,
  maxEntryBytes,
  type StreamEntry,
} from '@taskflow/kit-messaging';
import type { Database } from '@taskflow/kit-postgres';
import type { outboxStatements } from './statements.ts';

/** Entries without a note of their expanded bytes were written when they were bounded by this alone. */
const UNNOTED_BYTES = 256 * 1024 * 1024;

export interface StoredEntry {
  readonly seq: number;
  readonly body: Buffer;
  readonly bytes: number | null;
}

/** The producer's committed entries, read again from its outbox. */
export function createOutboxLog(
  database: Database,
  source: string,
  statements: ReturnType<typeof outboxStatements>,
  readBytes: number,
): EventLog {
  async function identity(): Promise<string> {
    const [row] = await database.query<{ id: string }>(statements['outbox-identity']);
    if (row === undefined) throw new LogGapError(source, 0, 0, 'its database has no identity');
    return row.id;
  }

  async function streams(): Promise<readonly number[]> {
    const rows = await database.query<{ stream: number }>(statements['outbox-streams']);
    return rows.map(({ stream }) => stream);
  }

  async function head(stream: number): Promise<number> {
    const [row] = await database.query<{ head: number }>(statements['outbox-head'], [stream]);
    return row?.head ?? 0;
  }

  async function read(stream: number, after: number, limit: number): Promise<readonly StreamEntry[]> {
    const rows = await database.query<StoredEntry>(statements['outbox-read'], [stream, after, limit, readBytes]);
    if (rows[0]?.seq !== after + 1) await refuseGap(stream, after, rows[0]?.seq);
    return rows.map((row) => ({ source, stream, seq: row.seq, events: storedEvents(row) }));
  }

  /** A reader at the head finds nothing and may wait. One whose next entry is gone must not go on as if it were not. */
  async function refuseGap(stream: number, after: number, found: number | undefined): Promise<void> {
    if (found !== undefined) throw new LogGapError(source, stream, after, `the next number that it holds is ${found}`);
    const [bounds] = await database.query<{ head: number; floor: number }>(statements['outbox-bounds'], [stream]);
    const { head, floor } = bounds ?? { head: 0, floor: 0 };
    if (head < after) throw new LogGapError(source, stream, after, `the last number that it drew is ${head}`);
    if (floor > after) throw new LogGapError(source, stream, after, `its entries up to ${floor} were dropped`);
  }

  async function acknowledge(consumer: string, stream: number, seq: number): Promise<void> {
    await database.query(statements['outbox-record-progress'], [consumer, stream, seq]);
  }

  return { source, identity, incarnation: database.incarnation, streams, head, read, acknowledge };
}

/** A void entry has an empty body. */
export function storedEvents({ body, bytes }: StoredEntry): readonly EventRecord[] {
  return body.length === 0 ? [] : decodeEntry(body, bytes === null ? UNNOTED_BYTES : maxEntryBytes);
}
