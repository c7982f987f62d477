import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DatabaseError } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { boundsOf, type GivenBounds } from '../bounds.ts';
import { type AdvanceCommand, granted } from './advance-command.ts';
import { createIsolatingWriter } from './isolating-writer.ts';
import { PoisonedTransactionError } from './on-behalf.ts';
import type { Parking, TransactionAttempts } from './transaction-attempts.ts';
import { newRecord } from './transaction-record.ts';

const wait = (workflowId: string) => ({ tenantId: 't', workflowId, step: 's' });
const waitsOf = (batch: readonly AdvanceCommand[]) =>
  batch.flatMap((command) => (command.kind === 'fire-waits' ? command.waits.map(({ workflowId }) => workflowId) : []));

/** Attempts that fail as a test says, and what was written. */
function attempts(failing: (ids: readonly string[], held: Parking) => unknown, bounds?: GivenBounds) {
  const written: string[][] = [];
  let last = newRecord();
  let tries = 0;
  const attempt = (batch: readonly AdvanceCommand[], held: Parking, isRehearsal: boolean) => {
    tries += 1;
    last = newRecord();
    const ids = waitsOf(batch);
    for (const id of ids) last.concerned.set(id, { tenantId: 't', id });
    const failure = failing(ids, held);
    if (failure !== undefined) return Promise.reject(failure as Error);
    if (!isRehearsal) written.push([...ids]);
    return Promise.resolve(batch.map(() => granted));
  };
  const fake: TransactionAttempts = {
    attempt: (batch, held) => attempt(batch, held, false),
    rehearse: (batch, held) => attempt(batch, held, true).then(() => undefined),
    recall: () => Promise.resolve('absent'),
    get last() {
      return last;
    },
  };
  return {
    written,
    tries: () => tries,
    write: createIsolatingWriter(fake, silentTelemetry().log, boundsOf(bounds)),
  };
}

const away = new DatabaseError('away', { sqlstate: '57P01' });
const refused = new DatabaseError('out of range', { sqlstate: '22003' });
const fire = (...ids: string[]): AdvanceCommand => ({ kind: 'fire-waits', waits: ids.map(wait) });

test('a wait that cannot end whatever is parked keeps no other from its end, before it or behind it', async () => {
  const { write, written } = attempts((ids) => (ids.includes('b') ? refused : undefined));
  await assert.rejects(write([fire('a', 'b', 'c', 'd')]), refused);
  assert.deepEqual(written.flat().sort(), ['a', 'c', 'd']);
});

test('what is named again though it is parked already is not tried for ever', async () => {
  const { write, tries } = attempts(() => new PoisonedTransactionError(new Map([['a', new Error('again')]])));
  await assert.rejects(write([fire('a')]), PoisonedTransactionError);
  assert.ok(tries() < 5, String(tries()));
});

test('a fault that may pass ends the search at once, and whoever asked tries the whole again', async () => {
  let failures = 0;
  const { write, written, tries } = attempts((ids) => {
    failures += 1;
    return ids.length > 2 ? refused : away;
  });
  await assert.rejects(write([{ ...fire('a', 'b', 'c') }]), away);
  assert.deepEqual(written, []);
  assert.ok(tries() <= 3 && failures === tries());
});

test('what the server gives up on is divided, and one alone is believed to be at fault after five times', async () => {
  const slow = new DatabaseError('statement timeout', { sqlstate: '57014' });
  const { write, written } = attempts((ids, held) => {
    if (ids.length > 2) return slow;
    return ids.includes('b') && !held.has('b') ? slow : undefined;
  });
  await assert.rejects(write([fire('a', 'b', 'c', 'd', 'e')]), slow);
  assert.deepEqual(written.flat().sort(), ['a', 'c', 'd', 'e']);
  for (let times = 2; times < 5; times++) await assert.rejects(write([fire('b')]), slow, String(times));
  assert.equal(written.flat().includes('b'), false);
  await write([fire('b')]);
  assert.deepEqual(written.at(-1), ['b']);
});

test('a fault that may pass while others are left out says nothing about them', async () => {
  const { write, written } = attempts((_ids, held) => (held.size > 0 ? away : refused));
  await assert.rejects(write([fire('a')]), away);
  assert.deepEqual(written, []);
});

test('a batch of several commands is left to be halved when nobody is named', async () => {
  const { write, tries } = attempts(() => refused);
  await assert.rejects(write([fire('a'), fire('b')]), refused);
  assert.equal(tries(), 1);
});

test('how often the server gave up is counted for so many, and begins anew for all of them with one more', async () => {
  const slow = new DatabaseError('statement timeout', { sqlstate: '57014' });
  const { write, written } = attempts((ids, held) => (ids.some((id) => !held.has(id)) ? slow : undefined), {
    exhaustions: 3,
    countedExhaustions: 2,
  });
  for (const id of ['a', 'b', 'a', 'b', 'c']) await assert.rejects(write([fire(id)]), slow);
  for (let times = 1; times < 3; times++) await assert.rejects(write([fire('a')]), slow, 'as if for the first time');
  assert.deepEqual(written, []);
  await write([fire('a')]);
  assert.deepEqual(written, [['a']]);
});
