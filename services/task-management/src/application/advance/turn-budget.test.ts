import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Share, TurnBudget, turnBounds } from './turn-budget.ts';

const bounds = { ...turnBounds, rows: 10, bytes: 1_000 };
const row = { rows: 1, bytes: 10 };

function taken(budget: TurnBudget, share: Share, cost = row): number {
  let count = 0;
  while (count < 1_000 && budget.take(share, cost)) count += 1;
  return count;
}

describe('a turn takes on', () => {
  test('as many rows as it may, and no more', () => {
    assert.equal(taken(new TurnBudget(bounds), 'fresh'), 10);
    assert.ok(new TurnBudget(bounds).take('fresh', { rows: 10, bytes: 0 }));
    const budget = new TurnBudget(bounds);
    assert.ok(budget.take('fresh', row));
    assert.ok(!budget.take('fresh', { rows: 10, bytes: 0 }));
  });

  test('as many bytes as it may, and no more', () => {
    const budget = new TurnBudget(bounds);
    assert.ok(budget.take('fresh', { rows: 1, bytes: 999 }));
    assert.ok(budget.take('fresh', { rows: 1, bytes: 1 }));
    assert.ok(!budget.take('fresh', { rows: 1, bytes: 1 }));
  });

  test('of what was left a quarter, and half where nothing new came', () => {
    assert.equal(taken(new TurnBudget(bounds), 'left'), 2);
    assert.equal(taken(new TurnBudget(bounds, { onlyLeft: true }), 'left'), 5);
    const budget = new TurnBudget(bounds);
    taken(budget, 'left');
    assert.equal(taken(budget, 'fresh'), 8, 'the rest is for what is new');
  });

  test('the first of each share, however much it is: what never fits would never begin', () => {
    const budget = new TurnBudget(bounds);
    const huge = { rows: 1, bytes: 5_000 };
    assert.ok(budget.take('left', huge));
    assert.ok(!budget.take('left', row));
    assert.ok(budget.take('fresh', huge));
    assert.ok(!budget.take('fresh', row));
  });

  test('nothing after what did not fit: what is small does not overtake what is large for ever', () => {
    const budget = new TurnBudget(bounds);
    assert.ok(budget.take('fresh', row));
    assert.ok(!budget.take('fresh', { rows: 1, bytes: 2_000 }));
    assert.ok(budget.isSpent('fresh'));
    assert.ok(!budget.take('fresh', row));
  });

  test('what has been worked out, and works out nothing more once it has compared too much', () => {
    const budget = new TurnBudget({ ...bounds, comparedValues: 100 });
    budget.look(99);
    assert.ok(!budget.isSpent('fresh') && !budget.isSpent('left'));
    budget.look(1);
    assert.ok(budget.isSpent('fresh') && budget.isSpent('left'));
    assert.ok(budget.take('fresh', row), 'else what compares much would never begin');
  });

  test('nothing once it is closed', () => {
    const budget = new TurnBudget(bounds);
    budget.close();
    assert.ok(!budget.take('fresh', row) && !budget.take('left', row));
    assert.ok(!budget.admit('fresh') && !budget.admit('left'));
    assert.deepEqual(budget.allowance('fresh'), { starts: 0, bytes: 0, atLeastOne: false });
  });
});

test('a turn works out no more beginnings than it may write', () => {
  const budget = new TurnBudget(bounds);
  let admitted = 0;
  while (admitted < 100 && budget.admit('fresh')) admitted += 1;
  assert.equal(admitted, 10);
  assert.ok(budget.admit('left'), 'the others have their own');
});

describe('a decision may begin', () => {
  test('what the turn has left, and at least one where it has taken nothing', () => {
    const budget = new TurnBudget(bounds);
    assert.deepEqual(budget.allowance('fresh'), { starts: 10, bytes: 1_000, atLeastOne: true });
    assert.deepEqual(budget.allowance('left'), { starts: 2, bytes: 250, atLeastOne: true });
    budget.charge('fresh', { rows: 4, bytes: 300 });
    assert.deepEqual(budget.allowance('fresh'), { starts: 6, bytes: 700, atLeastOne: false });
    budget.charge('fresh', { rows: 40, bytes: 3_000 });
    assert.deepEqual(budget.allowance('fresh'), { starts: 0, bytes: 0, atLeastOne: false });
  });
});
