import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventRecord } from '@taskflow/kit-messaging';
import { sampleEvent } from '@taskflow/kit-messaging/testing';
import { CommitUnknownError, type Queryable } from '@taskflow/kit-postgres';
import { sequentialIds } from '@taskflow/kit-testing';
import { createEmittingTransaction } from './emitting-transaction.ts';

/** What happened, in its order; `atCommit` stands for what the server answers to COMMIT. */
function scene(atCommit: () => Promise<void> = () => Promise.resolve()) {
  const story: string[] = [];
  const transaction = createEmittingTransaction({
    database: {
      async transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
        const value = await work({ query: () => Promise.resolve([]) });
        await atCommit();
        story.push('committed');
        return value;
      },
    },
    outbox: {
      append: (_tx, stream, _batch, events) => {
        story.push(`appended ${events.length}`);
        return Promise.resolve([{ source: 'sample', stream, seq: 1, events }]);
      },
    },
    publisher: {
      committed: ({ seq }) => void story.push(`published ${seq}`),
      recheckLog: (stream) => void story.push(`rechecked ${stream}`),
    },
    ids: sequentialIds(),
  });
  const write = (...events: EventRecord[]) =>
    transaction(async () => {
      story.push('wrote');
      return events;
    });
  return { story, write, transaction };
}

test('events are appended last, and published after COMMIT', async () => {
  const { story, write } = scene();
  await write(sampleEvent(1), sampleEvent(2));
  assert.deepEqual(story, ['wrote', 'appended 2', 'committed', 'published 1']);
});

test('where nothing is emitted, nothing is appended', async () => {
  const { story, write } = scene();
  await write();
  assert.deepEqual(story, ['wrote', 'committed']);
});

test('a failure before COMMIT leaves nothing to publish or to look for', async () => {
  const { story, transaction } = scene();
  await assert.rejects(
    transaction(() => Promise.reject(new Error('refused'))),
    /refused/,
  );
  assert.deepEqual(story, []);
});

test('after an unknown outcome the log is looked into, once the session cannot commit any more', async () => {
  const { story, write } = scene(() => {
    const endSession = async () => {
      story.push('session ended');
      return true;
    };
    return Promise.reject(new CommitUnknownError(new Error('lost'), endSession));
  });
  await assert.rejects(write(sampleEvent(1)), CommitUnknownError);
  assert.deepEqual(story, ['wrote', 'appended 1', 'session ended', 'rechecked 0']);
});
