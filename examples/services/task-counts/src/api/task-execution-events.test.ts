import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completed, tenant } from '../../testing/completed-event.ts';
import { translateEvent } from './task-execution-events.ts';

const finishedAt = '2026-01-02T03:04:05.678Z';

test('a completed task is read', () => {
  const read = { tenantId: tenant, type: 'mail.send', finishedAt: Date.parse(finishedAt) };
  assert.deepEqual(translateEvent(completed('mail.send', finishedAt)), { ...read, skipped: false });
  assert.deepEqual(translateEvent(completed('mail.send', finishedAt, { skipped: true })), { ...read, skipped: true });
});

test('a member that is new to this version is left aside', () => {
  assert.ok(translateEvent(completed('mail.send', finishedAt, { region: 'north' })));
});

test('what breaks the contract, or does not fit into a column, is not read', () => {
  const broken = [
    completed('mail.send', finishedAt, { finishedAt: 'yesterday' }),
    completed('mail.send', finishedAt, { type: 7 }),
    completed('a\0b', finishedAt),
    completed('\ud800', finishedAt),
    completed('x'.repeat(221), finishedAt),
    { ...completed('mail.send', finishedAt), tenantId: 'nobody' },
  ];
  assert.deepEqual(
    broken.map((event) => translateEvent(event)),
    broken.map(() => undefined),
  );
});
