import { randomUUID } from 'node:crypto';
import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';
import type { Database } from '@taskflow/kit-postgres';
import type { Outbox } from '../outbox.ts';

/** Commits events that fit into one entry, as a transaction of their own. */
export async function appendOne(
  database: Database,
  outbox: Outbox,
  events: readonly EventRecord[],
  { stream = 0, batchId = randomUUID() }: { stream?: number; batchId?: string } = {},
): Promise<StreamEntry> {
  const [entry, ...others] = await database.transaction((tx) => outbox.append(tx, stream, batchId, events));
  if (entry === undefined || others.length > 0) throw new RangeError('the events do not fit into one entry');
  return entry;
}
