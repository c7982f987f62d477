import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Completion, countByDay } from './day-counts.ts';

const lastOfDay = Date.UTC(2026, 0, 2, 23, 59, 59, 999);

const completion = (over: Partial<Completion> = {}): Completion => ({
  tenantId: 'tenant',
  type: 'mail.send',
  finishedAt: lastOfDay,
  skipped: false,
  ...over,
});

test('tasks of one type and day are one count', () => {
  const counts = countByDay([completion(), completion(), completion({ type: 'mail.read' })]);
  assert.deepEqual(
    counts.map(({ type, completed }) => [type, completed]),
    [
      ['mail.send', 2],
      ['mail.read', 1],
    ],
  );
});

test('a day ends at midnight, in UTC', () => {
  const days = countByDay([completion(), completion({ finishedAt: lastOfDay + 1 })]).map(({ day }) => day);
  assert.deepEqual(days, ['2026-01-02', '2026-01-03']);
});

test('tenants are counted apart', () => {
  assert.equal(countByDay([completion(), completion({ tenantId: 'another' })]).length, 2);
});

test('a step that had nothing to do is no work', () => {
  assert.deepEqual(countByDay([completion({ skipped: true })]), []);
});
