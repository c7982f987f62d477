import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { executionEvents, isFinal, isLive, taskCommands, taskStatuses, taskTransitions } from './task-status.ts';

const live = ['queued', 'running', 'retrying'] as const;
const final = ['completed', 'failed', 'cancelled', 'skipped'] as const;
const notHandedOver = ['scheduled', 'blocked', 'skipped'] as const;

describe('the table of a task', () => {
  test('has an entry for every status and every event', () => {
    const events = [...executionEvents, ...taskCommands].sort();
    for (const status of taskStatuses) {
      assert.deepEqual(Object.keys(taskTransitions[status]).sort(), events, status);
      for (const next of Object.values(taskTransitions[status])) {
        assert.ok(['ignored', 'refused', ...taskStatuses].includes(next), `${status} leads to ${next}`);
      }
    }
  });

  test('lets no fact change a final status', () => {
    for (const status of final)
      for (const executionEvent of executionEvents) assert.equal(taskTransitions[status][executionEvent], 'ignored');
  });

  test('lets no fact change what was never handed over', () => {
    for (const status of notHandedOver) {
      for (const executionEvent of executionEvents) assert.equal(taskTransitions[status][executionEvent], 'ignored');
      for (const command of taskCommands) assert.equal(taskTransitions[status][command], 'refused');
    }
  });

  test('leads every live status to the same place by every fact but progress', () => {
    const expected = {
      started: 'running',
      'retry-scheduled': 'retrying',
      completed: 'completed',
      skipped: 'skipped',
      failed: 'failed',
      'execution-cancelled': 'cancelled',
    } as const;
    for (const status of live) {
      for (const [executionEvent, next] of Object.entries(expected)) {
        assert.equal(
          taskTransitions[status][executionEvent as keyof typeof expected],
          next,
          `${status} + ${executionEvent}`,
        );
      }
      assert.equal(taskTransitions[status].progressed, status);
    }
  });

  test('takes a cancel and another priority exactly while the task is live', () => {
    for (const status of taskStatuses) {
      assert.equal(taskTransitions[status].cancel !== 'refused', isLive(status) || status === 'stuck', status);
      assert.equal(taskTransitions[status]['change-priority'] !== 'refused', isLive(status), status);
    }
  });

  test('runs only a failed, cancelled or stuck task again', () => {
    for (const status of taskStatuses) {
      const again = status === 'failed' || status === 'cancelled' || status === 'stuck';
      assert.equal(taskTransitions[status].retry, again ? 'queued' : 'refused', status);
    }
  });

  test('lets no fact, and nothing but a command, move what is stuck', () => {
    assert.ok(!isLive('stuck') && !isFinal('stuck'));
    for (const executionEvent of executionEvents) assert.equal(taskTransitions.stuck[executionEvent], 'ignored');
    assert.deepEqual(
      taskCommands.map((command) => taskTransitions.stuck[command]),
      ['cancelled', 'refused', 'queued'],
    );
  });

  test('knows no status that is both live and final', () => {
    for (const status of taskStatuses) assert.ok(!(isLive(status) && isFinal(status)), status);
  });
});
