import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decideTaskCommand, evolveTask, type TaskCommand, type TaskState } from './task-commands.ts';
import { isLive, taskStatuses, taskTransitions } from './task-status.ts';

const aTask = (state: Partial<TaskState> = {}): TaskState => ({
  status: 'queued',
  generation: 1,
  priority: 500,
  cancelRequested: false,
  isStep: false,
  hasWork: true,
  ...state,
});
const commands: TaskCommand[] = [{ type: 'cancel' }, { type: 'change-priority', priority: 900 }, { type: 'retry' }];

describe('a command on a task', () => {
  test('is granted exactly where the table grants it, whatever the status', () => {
    for (const status of taskStatuses) {
      for (const command of commands) {
        const decision = decideTaskCommand(aTask({ status }), command);
        const isRefused = taskTransitions[status][command.type] === 'refused';
        assert.equal('refusal' in decision, isRefused, `${status} + ${command.type}`);
      }
    }
  });

  test('a cancel asked for twice is announced once', () => {
    const first = decideTaskCommand(aTask(), { type: 'cancel' });
    assert.deepEqual(first, { change: { type: 'cancel-requested' } });
    const after = evolveTask(aTask(), { type: 'cancel-requested' });
    assert.deepEqual(decideTaskCommand(after, { type: 'cancel' }), { change: undefined });
  });

  test('a cancel does not change the status: the execution has the last word', () => {
    assert.equal(evolveTask(aTask({ status: 'running' }), { type: 'cancel-requested' }).status, 'running');
  });

  test('a retry opens the next generation and forgets the cancel', () => {
    const failed = aTask({ status: 'cancelled', cancelRequested: true, generation: 3 });
    const decision = decideTaskCommand(failed, { type: 'retry' });
    assert.deepEqual(decision, { change: { type: 'retry-requested', generation: 4 } });
    const again = evolveTask(failed, { type: 'retry-requested', generation: 4 });
    assert.deepEqual([again.status, again.generation, again.cancelRequested], ['queued', 4, false]);
  });

  test('a cancel of a stuck task ends it at once: its execution has ended already', () => {
    const stuck = aTask({ status: 'stuck' });
    assert.deepEqual(decideTaskCommand(stuck, { type: 'cancel' }), { change: { type: 'cancelled' } });
    assert.equal(evolveTask(stuck, { type: 'cancelled' }).status, 'cancelled');
    assert.deepEqual(decideTaskCommand(stuck, { type: 'retry' }), {
      change: { type: 'retry-requested', generation: 2 },
    });
  });

  test('a finished step is not run again by itself', () => {
    for (const status of ['failed', 'cancelled', 'completed'] as const) {
      const decision = decideTaskCommand(aTask({ status, isStep: true }), { type: 'retry' });
      assert.deepEqual(decision, { refusal: 'retry_of_step' });
    }
  });

  test('is not for a step that no worker carries out, whatever its status', () => {
    for (const status of taskStatuses) {
      for (const command of commands) {
        const decision = decideTaskCommand(aTask({ status, isStep: true, hasWork: false }), command);
        assert.deepEqual(decision, { refusal: 'not_available' }, `${status} + ${command.type}`);
      }
    }
  });

  test('the same priority again changes nothing', () => {
    assert.deepEqual(decideTaskCommand(aTask({ priority: 900 }), { type: 'change-priority', priority: 900 }), {
      change: undefined,
    });
  });

  test('every refusal says which', () => {
    const refusal = (status: TaskState['status'], command: TaskCommand) => {
      const decision = decideTaskCommand(aTask({ status }), command);
      return 'refusal' in decision ? decision.refusal : undefined;
    };
    assert.equal(refusal('completed', { type: 'cancel' }), 'already_finished');
    assert.equal(refusal('completed', { type: 'retry' }), 'already_completed');
    assert.equal(refusal('running', { type: 'retry' }), 'not_finished');
    assert.equal(refusal('scheduled', { type: 'cancel' }), 'not_available');
    for (const status of taskStatuses.filter(isLive)) assert.equal(refusal(status, { type: 'cancel' }), undefined);
  });
});
