import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeEntry, type EventRecord, encodeEntry } from '@taskflow/kit-messaging';
import { executionEvents } from '../../testing/execution-double.ts';
import { translateEvent } from './task-execution-events.ts';

const taskId = '01900000-0000-7000-8000-000000000001';

function translate(...entry: EventRecord[]) {
  const received = entry.map(translateEvent);
  const events = received.filter((event) => event !== undefined);
  return { events, refused: entry.filter((_, place) => received[place] === undefined) };
}

describe('an event of task-execution', () => {
  test('becomes the event that it tells, in the order of the entry', () => {
    const { events, refused } = translate(
      executionEvents.started({ taskId, attempt: 2 }),
      executionEvents.progressed({ taskId, attempt: 2 }, 0.5),
      executionEvents.retryScheduled({ taskId, attempt: 2 }),
      executionEvents.completed({ taskId, attempt: 3 }, { a: 1 }),
      executionEvents.failed({ taskId, generation: 2 }),
      executionEvents.cancelled({ taskId, attempt: 0 }),
    );
    assert.deepEqual(refused, []);
    assert.deepEqual(
      events.map(({ event }) => event.kind),
      ['started', 'progressed', 'retry-scheduled', 'completed', 'failed', 'execution-cancelled'],
    );
    assert.deepEqual(
      events.map(({ generation, event }) => [generation, event.attempt]),
      [
        [1, 2],
        [1, 2],
        [1, 2],
        [1, 3],
        [2, 1],
        [1, 0],
      ],
    );
    assert.equal(events[3]?.event.result, '{"a":1}');
    assert.equal(events[3]?.event.finishedAt, Date.UTC(2026, 0, 2));
    assert.deepEqual(JSON.parse(events[4]?.event.error ?? ''), { code: 'broken', message: 'it broke' });
  });

  test('tells a skip from a completion, and whether anybody knows how much was done', () => {
    const { completed, failed, cancelled } = executionEvents;
    const reported = (event: EventRecord, more: object) => ({ ...event, data: { ...event.data, ...more } });
    const { events } = translate(
      reported(completed({ taskId }, null), { skipped: true }),
      completed({ taskId }, null),
      reported(failed({ taskId }), { outcomeUnknown: true }),
      failed({ taskId }),
      reported(cancelled({ taskId }), { outcomeUnknown: true }),
      cancelled({ taskId }),
    );
    assert.deepEqual(
      events.map(({ event }) => [event.kind, event.outcomeUnknown ?? false]),
      [
        ['skipped', false],
        ['completed', false],
        ['failed', true],
        ['failed', false],
        ['execution-cancelled', true],
        ['execution-cancelled', false],
      ],
    );
  });

  test('says the same after it was stored and read again', () => {
    const events = [executionEvents.completed({ taskId }, { text: 'é"\\' }), executionEvents.failed({ taskId })];
    const stored = decodeEntry(encodeEntry(events));
    const read = translate(...stored).events;
    const direct = translate(...events).events;
    for (const [i, { event }] of direct.entries()) {
      const { result, error, ...rest } = read[i]?.event ?? { kind: 'started', attempt: 0 };
      const { result: sentResult, error: sentError, ...sentRest } = event;
      assert.deepEqual(rest, sentRest);
      assert.deepEqual(JSON.parse(result ?? 'null'), JSON.parse(sentResult ?? 'null'));
      assert.deepEqual(JSON.parse(error ?? 'null'), JSON.parse(sentError ?? 'null'));
    }
  });

  test('that breaks its contract is left out, and the others are not', () => {
    const event = executionEvents.completed({ taskId }, 1);
    const broken = [
      { ...event, data: { ...event.data, taskId: 'no uuid' } },
      { ...event, data: { ...event.data, taskId: 7 } },
      { ...event, data: { ...event.data, generation: 1.5 } },
      { ...event, data: { ...event.data, generation: 40_000 } },
      { ...event, data: { ...event.data, attempt: -1 } },
      { ...event, data: { ...event.data, attempt: undefined } },
      { ...event, tenantId: 'nobody' },
    ];
    const { events, refused } = translate(...broken, event);
    assert.equal(refused.length, broken.length);
    assert.deepEqual(
      events.map(({ eventId }) => eventId),
      [event.id],
    );
  });
});
