import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { managementBounds } from '../bounds.ts';
import { type Share, TransactionBudget } from './transaction-budget.ts';

const bounds = { ...managementBounds, rows: 10, bytes: 1_000 };
const row = [1, 10] as const;

function taken(budget: TransactionBudget, share: Share, cost: readonly [number, number] = row): number {
  let count = 0;
  while (count < 1_000 && budget.of(share).take(...cost)) count += 1;
  return count;
}

describe('a transaction takes on', () => {
  test('as many rows as it may, and no more', () => {
    assert.equal(taken(new TransactionBudget(bounds), 'fresh'), 10);
    assert.ok(new TransactionBudget(bounds).fresh.take(10, 0));
    const budget = new TransactionBudget(bounds);
    assert.ok(budget.fresh.take(...row));
    assert.ok(!budget.fresh.take(10, 0));
  });

  test('as many bytes as it may, and no more', () => {
    const budget = new TransactionBudget(bounds);
    assert.ok(budget.fresh.take(1, 999));
    assert.ok(budget.fresh.take(1, 1));
    assert.ok(!budget.fresh.take(1, 1));
  });

  test('of what was deferred a quarter, and half where nothing new came', () => {
    assert.equal(taken(new TransactionBudget(bounds), 'left'), 2);
    assert.equal(taken(new TransactionBudget(bounds, { onlyLeft: true }), 'left'), 5);
    const budget = new TransactionBudget(bounds);
    taken(budget, 'left');
    assert.equal(taken(budget, 'fresh'), 8, 'the rest is for what is new');
  });

  test('the first of each share, however much it is: what never fits would never start', () => {
    const budget = new TransactionBudget(bounds);
    const huge = [1, 5_000] as const;
    assert.ok(budget.left.take(...huge));
    assert.ok(!budget.left.take(...row));
    assert.ok(budget.fresh.take(...huge));
    assert.ok(!budget.fresh.take(...row));
  });

  test('nothing after what did not fit: what is small does not overtake what is large for ever', () => {
    const budget = new TransactionBudget(bounds);
    assert.ok(budget.fresh.take(...row));
    assert.ok(!budget.fresh.take(1, 2_000));
    assert.ok(budget.fresh.isSpent);
    assert.ok(!budget.fresh.take(...row));
  });

  test('what has been worked out, and works out nothing more once it has compared too much', () => {
    const budget = new TransactionBudget({ ...bounds, comparedValues: 100 });
    budget.look(99);
    assert.ok(!budget.fresh.isSpent && !budget.left.isSpent);
    budget.look(1);
    assert.ok(budget.fresh.isSpent && budget.left.isSpent);
    assert.ok(budget.fresh.take(...row), 'else what compares much would never start');
  });

  test('nothing once it is exhausted', () => {
    const budget = new TransactionBudget(bounds);
    budget.exhaust();
    assert.ok(!budget.fresh.take(...row) && !budget.left.take(...row));
    assert.ok(!budget.fresh.admit() && !budget.left.admit());
    assert.deepEqual([budget.fresh.fitting(9, 0), budget.fresh.affordable(1)], [0, 0]);
  });
});

test('a transaction works out no more steps than it may write', () => {
  const budget = new TransactionBudget(bounds);
  let admitted = 0;
  while (admitted < 100 && budget.fresh.admit()) admitted += 1;
  assert.equal(admitted, 10);
  assert.ok(budget.left.admit(), 'the others have their own');
});

describe('items fit', () => {
  test('as far as rows and bytes are left, and are taken', () => {
    const budget = new TransactionBudget({ ...bounds, bytes: 10_000 });
    assert.equal(budget.fresh.fitting(4, 100), 4);
    assert.equal(budget.fresh.fitting(99, 0), 6, 'ten rows');
    assert.equal(budget.fresh.fitting(1, 0), 0);
    const carried = new TransactionBudget({ ...bounds, bytes: 2_500 });
    assert.equal(carried.fresh.fitting(9, 1_000), 2);
  });

  test('of what was deferred as far as its part goes', () => {
    assert.equal(new TransactionBudget({ ...bounds, rows: 40, bytes: 10_000 }).left.fitting(99, 1), 10);
  });

  test('one by one where nothing was taken: what never fits would never start', () => {
    const budget = new TransactionBudget(bounds);
    assert.equal(budget.left.fitting(5, 9_000), 1);
    assert.equal(budget.left.fitting(5, 9_000), 0);
    assert.equal(new TransactionBudget({ ...bounds, rows: 2 }).left.fitting(5, 0), 1, 'half a row is one, and no half');
  });

  test('beside what is worked out', () => {
    const budget = new TransactionBudget(bounds);
    for (let i = 0; i < 7; i++) budget.fresh.admit();
    assert.equal(budget.fresh.fitting(9, 0), 3);
  });
});

test('what counts for several rows is affordable as often as it fits, and once where nothing was taken', () => {
  const budget = new TransactionBudget({ ...bounds, rows: 100 });
  assert.equal(budget.fresh.affordable(30), 3);
  assert.equal(budget.left.affordable(30), 1);
  budget.left.charge(1, 0);
  assert.equal(budget.left.affordable(30), 0);
});

test('items are closed and joined up to what one transaction may, the first joined ones always', () => {
  const budget = new TransactionBudget({ ...bounds, closedItems: 5, joinedItems: 5 });
  assert.deepEqual([budget.mayClose(4), budget.mayClose(2), budget.mayClose(1)], [true, false, true]);
  assert.equal(budget.closing(3), 0);
  assert.equal(new TransactionBudget({ ...bounds, closedItems: 5 }).closing(9), 5);
  assert.deepEqual([budget.mayJoin(9), budget.mayJoin(1)], [true, false]);
});
