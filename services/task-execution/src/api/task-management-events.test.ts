import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventRecord } from '@taskflow/kit-messaging';
import { managementEvents } from '../../testing/management-double.ts';
import { translateEvent } from './task-management-events.ts';

function created(over: Record<string, unknown> = {}, rest: Partial<EventRecord> = {}): EventRecord {
  const event = managementEvents.created({ taskId: '01932f5e-8c00-7a1c-9b7d-0f2e4d6c8b1a' });
  return { ...event, ...rest, data: { ...event.data, ...over } };
}

test('ids are values: capitals name the same task', () => {
  const change = translateEvent(created({ taskId: '01932F5E-8C00-7A1C-9B7D-0F2E4D6C8B1A' }));
  assert.ok(change?.kind === 'arrive');
  assert.equal(change.work.taskId, '01932f5e-8c00-7a1c-9b7d-0f2e4d6c8b1a');
});

const circular: Record<string, unknown> = {};
circular.self = circular;
const unfitValues: [string, Record<string, unknown>][] = [
  ['a priority above all', { priority: 70_000 }],
  ['a broken priority', { priority: 1.5 }],
  ['no priority', { priority: null }],
  ['a type of a megabyte', { type: 'x'.repeat(1_000_000) }],
  ['a type with NUL', { type: 'a\0b' }],
  ['a type with half a character', { type: '\ud800' }],
  ['an empty queue', { queue: '' }],
  ['a definition that is no text', { definition: 7 }],
  ['a total timeout that is no number', { timeout: { totalMs: 'soon' } }],
  ['a limit that is no number', { timeout: { attemptMs: Number.NaN } }],
  ['a retry policy without a backoff', { retry: { maxAttempts: 3, initialMs: 1, maxMs: 1, jitter: 'none' } }],
  ['a retry policy that is a text', { retry: 'often' }],
  ['tags without an end', { tags: circular }],
];
for (const [what, over] of unfitValues) {
  test(`work with ${what} is refused by name instead of reaching a table`, () => {
    const change = translateEvent(created(over));
    assert.ok(change?.kind === 'refuse');
    assert.equal(change.work.error.code, 'task_not_executable');
    assert.equal(change.work.taskId, '01932f5e-8c00-7a1c-9b7d-0f2e4d6c8b1a');
    assert.ok(change.work.type.length > 0 && change.work.type.length < 300);
  });
}

test('a task that cannot be named cannot be ended by name: its event is unreadable', () => {
  for (const over of [
    { taskId: 'x' },
    { taskId: 7 },
    { generation: 0 },
    { generation: 3_000_000_000 },
    { generation: 1.5 },
  ]) {
    assert.equal(translateEvent(created(over)), undefined);
  }
  assert.equal(translateEvent(created({}, { tenantId: 'nobody' })), undefined);
  assert.equal(
    translateEvent(managementEvents.priorityChanged('01932f5e-8c00-7a1c-9b7d-0f2e4d6c8b1a', 1e9)),
    undefined,
  );
});

test('numbers beyond what can be reckoned with are brought within it', () => {
  const retry = { maxAttempts: 9e15, backoff: 'fixed', initialMs: 9e15, maxMs: 1e300, jitter: 'none' };
  const change = translateEvent(created({ retry, timeout: { attemptMs: 9e15, totalMs: 9e15 } }));
  assert.ok(change?.kind === 'arrive');
  const { options, attemptMs, totalMs } = change.work;
  const max = 10 * 366 * 86_400_000;
  assert.deepEqual(JSON.parse(options ?? '').retry, { ...retry, maxAttempts: 1e9, initialMs: max, maxMs: max });
  assert.deepEqual([attemptMs, totalMs], [max, max]);
});
