import assert from 'node:assert/strict';
import { isPoison } from '@taskflow/kit-messaging-postgres';
import { describe, test } from 'node:test';
import { CommitUnknownError, DatabaseError } from '@taskflow/kit-postgres';
import { OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import { halve, leastToLeaveOut } from './isolate-fault.ts';

test('poison is what the server refuses of values, and what our own code throws', () => {
  const poison = [
    new DatabaseError('integer out of range', { sqlstate: '22003' }),
    new DatabaseError('not null', { sqlstate: '23502' }),
    new DatabaseError('a parameter that cannot be sent', { kind: 'other' }),
    new RangeError('Invalid string length'),
    new TypeError('undefined is not iterable'),
    'thrown',
    undefined,
  ];
  assert.deepEqual(
    poison.map(isPoison),
    poison.map(() => true),
  );
});

test('what may pass, and what speaks of the transaction as a whole, is nobody’s fault', () => {
  const passing = [
    ...['08006', '40001', '40P01', '53100', '57P01', '25006', '42P01', '26000', '0A000'].map(
      (sqlstate) => new DatabaseError('x', { sqlstate }),
    ),
    new DatabaseError('the socket was closed'),
    new DatabaseError('twice', { sqlstate: '23505', constraint: 'positions_pkey' }),
    new CommitUnknownError(new Error('x'), () => Promise.resolve(true)),
    new UnavailableError('x'),
    new OverloadedError('x'),
    Object.assign(new Error('x'), { code: 'position_moved' }),
  ];
  assert.deepEqual(
    passing.map(isPoison),
    passing.map(() => false),
  );
});

test('the position moves with the second half', () => {
  const move = { source: 's', stream: 0, from: 0, to: 1, logIdentity: 'i' };
  const events = [1, 2, 3].map((n) => ({ taskId: String(n) })) as never[];
  assert.deepEqual(halve({ kind: 'apply-execution-events', move, events }), [
    { kind: 'apply-execution-events', move: undefined, events: events.slice(0, 2) },
    { kind: 'apply-execution-events', move, events: events.slice(2) },
  ]);
  assert.equal(halve({ kind: 'apply-execution-events', move, events: events.slice(2) }), undefined);
});

describe('what is left out', () => {
  const ids = Array.from({ length: 16 }, (_, i) => String(i));
  const cases: [string[], string[]][] = [
    [['11'], ['11']],
    [['0'], ['0']],
    [
      ['3', '12'],
      ['3', '12'],
    ],
    [
      ['3', '4', '5'],
      ['3', '4', '5'],
    ],
  ];
  for (const [guilty, expected] of cases) {
    test(`is what is at fault: ${guilty.join(' and ')}`, async () => {
      let asked = 0;
      const works = (without: readonly string[]) => {
        asked += 1;
        return Promise.resolve(guilty.every((one) => without.includes(one)));
      };
      assert.deepEqual(await leastToLeaveOut(ids, works), expected);
      assert.ok(asked <= guilty.length * 2 * Math.log2(ids.length), String(asked));
    });
  }

  test('is the last of what helps alike', async () => {
    const works = (without: readonly string[]) => Promise.resolve(without.includes('2') || without.includes('9'));
    assert.deepEqual(await leastToLeaveOut(ids, works), ['9']);
  });
});
