import type { EventRecord, Publisher } from '@taskflow/kit-messaging';
import type { Outbox } from '@taskflow/kit-messaging-postgres';
import { CommitUnknownError, type Database, type Queryable } from '@taskflow/kit-postgres';
import type { Ids } from '@taskflow/kit-time';

export interface EmittingTransactionDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly outbox: Pick<Outbox, 'append'>;
  readonly publisher: Publisher;
  readonly ids: Pick<Ids, 'token'>;
}

export type EmittingTransaction = (work: (tx: Queryable) => Promise<readonly EventRecord[]>) => Promise<void>;

/** One stream carries everything while one process writes it. */
const stream = 0;

/**
 * One transaction of state and of the events that announce it, which `work` gives. They are appended last, because the
 * head of the stream stays locked from then on, and published once COMMIT returned: a consumer that heard of them before
 * could act on what is then rolled back. After an unknown outcome the bus looks into the log, and the rejection says
 * nothing about what happened: whoever tries again needs a position or a key among what `work` writes, to be refused by.
 */
export function createEmittingTransaction(dependencies: EmittingTransactionDependencies): EmittingTransaction {
  const { database, outbox, publisher, ids } = dependencies;
  return async (work) => {
    const batchId = ids.token();
    try {
      const entries = await database.transaction(async (tx) => {
        const events = await work(tx);
        return events.length === 0 ? [] : outbox.append(tx, stream, batchId, events);
      });
      for (const entry of entries) publisher.committed(entry);
    } catch (error) {
      if (error instanceof CommitUnknownError) {
        // Until its session has ended it may still commit, behind the look into the log.
        await error.endSession();
        publisher.recheckLog(stream);
      }
      throw error;
    }
  };
}
