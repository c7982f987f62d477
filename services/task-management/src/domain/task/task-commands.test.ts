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
const commands: TaskCommand[] = [{ kind: 'cancel' }, { kind: 'change-priority', priority: 900 }, { kind: 'retry' }];

describe('a command on a task', () => {
  test('is granted exactly where the table grants it, whatever the status', () => {
    for (const status of taskStatuses) {
      for (const command of commands) {
        const decision = decideTaskCommand(aTask({ status }), command);
        const isRefused = taskTransitions[status][command.kind] === 'refused';
        assert.equal('refusal' in decision, isRefused, `${status} + ${command.kind}`);
      }
    }
  });

  test('a cancel asked for twice is announced once', () => {
    const first = decideTaskCommand(aTask(), { kind: 'cancel' });
    assert.deepEqual(first, { change: { kind: 'cancel-requested' } });
    const after = evolveTask(aTask(), { kind: 'cancel-requested' });
    assert.deepEqual(decideTaskCommand(after, { kind: 'cancel' }), { change: undefined });
  });

  test('a cancel does not change the status: the execution has the last word', () => {
    assert.equal(evolveTask(aTask({ status: 'running' }), { kind: 'cancel-requested' }).status, 'running');
  });

  test('a retry opens the next generation and forgets the cancel', () => {
    const failed = aTask({ status: 'cancelled', cancelRequested: true, generation: 3 });
    const decision = decideTaskCommand(failed, { kind: 'retry' });
    assert.deepEqual(decision, { change: { kind: 'retry-requested', generation: 4 } });
    const again = evolveTask(failed, { kind: 'retry-requested', generation: 4 });
    assert.deepEqual([again.status, again.generation, again.cancelRequested], ['queued', 4, false]);
  });

  test('a cancel of a stuck task ends it at once: its execution has ended already', () => {
    const stuck = aTask({ status: 'stuck' });
    assert.deepEqual(decideTaskCommand(stuck, { kind: 'cancel' }), { change: { kind: 'cancelled' } });
    assert.equal(evolveTask(stuck, { kind: 'cancelled' }).status, 'cancelled');
    assert.deepEqual(decideTaskCommand(stuck, { kind: 'retry' }), {
      change: { kind: 'retry-requested', generation: 2 },
    });
  });

  test('a finished step is not run again by itself', () => {
    for (const status of ['failed', 'cancelled', 'completed'] as const) {
      const decision = decideTaskCommand(aTask({ status, isStep: true }), { kind: 'retry' });
      assert.deepEqual(decision, { refusal: 'retry_of_step' });
    }
  });

  test('is not for a step that no worker carries out, whatever its status', () => {
    for (const status of taskStatuses) {
      for (const command of commands) {
        const decision = decideTaskCommand(aTask({ status, isStep: true, hasWork: false }), command);
        assert.deepEqual(decision, { refusal: 'not_available' }, `${status} + ${command.kind}`);
      }
    }
  });

  test('the same priority again changes nothing', () => {
    assert.deepEqual(decideTaskCommand(aTask({ priority: 900 }), { kind: 'change-priority', priority: 900 }), {
      change: undefined,
    });
  });

  test('every refusal says which', () => {
    const refusal = (status: TaskState['status'], command: TaskCommand) => {
      const decision = decideTaskCommand(aTask({ status }), command);
      return 'refusal' in decision ? decision.refusal : undefined;
    };
    assert.equal(refusal('completed', { kind: 'cancel' }), 'already_finished');
    assert.equal(refusal('completed', { kind: 'retry' }), 'already_completed');
    assert.equal(refusal('running', { kind: 'retry' }), 'not_finished');
    assert.equal(refusal('scheduled', { kind: 'cancel' }), 'not_available');
    for (const status of taskStatuses.filter(isLive)) assert.equal(refusal(status, { kind: 'cancel' }), undefined);
  });
});
