import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { platformHealth } from './platform-health.ts';

const reading = { consumer: 'task-execution', source: 'task-management', state: 'reading' } as const;

describe('platform health', () => {
  it('is good while every lock is held and every consumer reads', () => {
    const health = platformHealth([{ state: 'held' }, { state: 'held' }], [reading]);
    assert.deepEqual(health, { 'database-server': { state: 'ok' }, 'event-bus': { state: 'ok' } });
  });

  it('names a database that does not answer', () => {
    const health = platformHealth([{ state: 'held' }, { state: 'unreachable' }], [reading]);
    assert.deepEqual(health['database-server'], { state: 'failing', detail: 'unreachable' });
  });

  it('names a consumer that stopped for good', () => {
    const health = platformHealth([{ state: 'held' }], [reading, { ...reading, state: 'halted' }]);
    assert.deepEqual(health['event-bus'], {
      state: 'failing',
      detail: 'task-execution no longer follows task-management',
    });
  });
});
