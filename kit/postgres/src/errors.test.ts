import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify, DatabaseError, kindOf } from './errors.ts';

const kinds = {
  data: ['22P02', '22021', '22003', '23505', '23503', '23514', '40002', '54000', '54001'],
  conflict: ['40001', '40P01', '55P03'],
  exhausted: ['57014', '25P04', '53200', '53400', 'XX000', 'XX001', 'XX002'],
  unavailable:
    '08000 08003 08006 08P01 25006 25P03 40003 53000 53100 53300 57P01 57P02 57P03 57P04 57P05 58000 58030'.split(' '),
  other: ['42P01', '42703', '42501', '25P02', '0A000', '26000', '55006'],
} as const;

for (const [kind, states] of Object.entries(kinds)) {
  for (const state of states) {
    test(`${state} means ${kind}`, () => {
      assert.equal(kindOf(state), kind);
    });
  }
}

test('a server error keeps its state and constraint', () => {
  const fromServer = Object.assign(new Error('duplicate key'), {
    code: '23505',
    severity: 'ERROR',
    constraint: 'things_pkey',
  });
  const error = classify(fromServer);
  assert.deepEqual(
    [error.kind, error.sqlstate, error.constraint, error.cause],
    ['data', '23505', 'things_pkey', fromServer],
  );
});

test('a system error whose code looks like a state is no server error', () => {
  const broken = classify(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  assert.deepEqual([broken.kind, broken.sqlstate], ['unavailable', undefined]);
});

test('a mistake in our own code is not taken for an outage', () => {
  assert.equal(classify(new TypeError('x is not a function')).kind, 'other');
});

test('what is classified already stays itself', () => {
  const error = new DatabaseError('no', { sqlstate: '40001' });
  assert.equal(classify(error), error);
});

test('only an outage carries the code that an edge answers with "try again later"', () => {
  const codes = ['57P01', '57014', '23505', '40001', '42P01'].map(
    (sqlstate) => new DatabaseError('', { sqlstate }).code,
  );
  assert.deepEqual(codes, ['unavailable', 'unavailable', 'database_error', 'database_error', 'database_error']);
});
