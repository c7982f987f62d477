import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StreamEntry } from '@taskflow/kit-messaging';
import type { AdvanceCommand } from '../advance/advance-command.ts';
import { EntryGapError, followExecutions } from './follow-executions.ts';

const source = 'task-execution';
const entry = (seq: number): StreamEntry => ({ source, stream: 0, seq, events: [] });

/** A database that holds one position, and refuses a step that does not begin there. */
function aDatabase() {
  let position = 0;
  const steps: string[] = [];
  let failure: 'before' | 'after' | undefined;
  const submit = (command: AdvanceCommand) => {
    assert.ok(command.type === 'apply-facts' && command.advance);
    const { from, to } = command.advance;
    if (from !== position || failure === 'before') return Promise.reject(new Error('refused'));
    position = to;
    steps.push(`${from}→${to}`);
    return failure === 'after'
      ? Promise.reject(new Error('answer lost'))
      : Promise.resolve({ type: 'granted' } as const);
  };
  return {
    steps,
    submit,
    store: { readPosition: () => Promise.resolve(position) },
    moveTo: (to: number) => {
      position = to;
    },
    failing: (how: typeof failure) => {
      failure = how;
    },
  };
}

async function aFollower(database: ReturnType<typeof aDatabase>) {
  const follower = followExecutions({ store: database.store, submit: database.submit, translate: () => [] });
  await follower.position(source, 0, 'identity');
  return follower;
}

describe('following a stream', () => {
  test('applies consecutive entries as one step and drops those that it knows', async () => {
    const database = aDatabase();
    const follower = await aFollower(database);
    await follower.apply([entry(1), entry(2)]);
    await follower.apply([entry(1), entry(2)]);
    await follower.apply([entry(2), entry(3)]);
    assert.deepEqual(database.steps, ['0→2', '2→3']);
  });

  test('refuses entries that leave one out', async () => {
    const follower = await aFollower(aDatabase());
    await assert.rejects(follower.apply([entry(2)]), EntryGapError);
    await assert.rejects(follower.apply([entry(1), entry(3)]), EntryGapError);
  });

  test('after a failure goes on from where the database says it is', async () => {
    const database = aDatabase();
    const follower = await aFollower(database);
    database.failing('before');
    await assert.rejects(follower.apply([entry(1)]));
    database.failing('after');
    await follower.apply([entry(1)]);
    database.failing(undefined);
    await follower.apply([entry(1), entry(2)]);
    assert.deepEqual(database.steps, ['0→1', '1→2']);
  });

  test('leaves alone what somebody else has applied', async () => {
    const database = aDatabase();
    const follower = await aFollower(database);
    database.moveTo(5);
    await follower.apply([entry(1), entry(2)]);
    await assert.rejects(follower.apply([entry(5), entry(7)]));
    await follower.apply([entry(6)]);
    assert.deepEqual(database.steps.at(-1), '5→6');
  });
});
