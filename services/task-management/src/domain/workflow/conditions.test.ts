import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { jsonSource } from './json-source.ts';
import { compileCondition, conditionReferences } from './conditions.ts';
import { evaluateCondition } from './evaluate-condition.ts';

const input = { zero: 0, one: 1, empty: '', text: 'b', no: false, none: null, list: [], object: { x: [1, { y: 2 }] } };
const from = (path: string, more: object = {}) => ({ $from: `input.${path}`, ...more });

function holds(when: unknown): boolean | undefined {
  const condition = compileCondition(when);
  assert.ok(!('code' in condition), JSON.stringify(condition));
  // The step "gone" was skipped.
  return evaluateCondition(condition, ({ source }) =>
    source === 'input' ? jsonSource(JSON.stringify(input)) : undefined,
  );
}

describe('a condition', () => {
  const cases: [string, unknown, boolean][] = [
    ['a number other than 0', from('one'), true],
    ['0', from('zero'), false],
    ['a text', from('text'), true],
    ['an empty text', from('empty'), false],
    ['false', from('no'), false],
    ['null', from('none'), false],
    ['an empty list', from('list'), true],
    ['a path that leads nowhere', from('absent'), false],
    ['a skipped step', { $from: 'steps.gone.result' }, false],
    ['the default of what is absent', from('absent', { default: 1 }), true],
    ['what an object inherits', from('object.constructor'), false],

    ['equal numbers', { value: from('one'), equals: 1 }, true],
    ['a number and its digits', { value: from('one'), equals: '1' }, false],
    ['zero and false', { value: from('zero'), equals: false }, false],
    ['null and null', { value: from('none'), equals: null }, true],
    ['nothing and null', { value: from('absent'), equals: null }, false],
    ['equal objects', { value: from('object'), equals: { x: [1, { y: 2 }] } }, true],
    ['an object with more', { value: from('object'), equals: { x: [1, { y: 2, z: 3 }] } }, false],
    ['a list and an object', { value: from('list'), equals: {} }, false],
    ['other numbers', { value: from('one'), notEquals: 2 }, true],
    ['nothing, which equals nothing', { value: from('absent'), notEquals: 1 }, true],
    ['another reference', { value: from('one'), equals: from('one') }, true],
    ['a reference that leads nowhere', { value: from('one'), equals: from('absent') }, false],

    ['greater', { value: from('one'), greaterThan: 0 }, true],
    ['not greater', { value: from('one'), greaterThan: 1 }, false],
    ['at least', { value: from('one'), atLeast: 1 }, true],
    ['less', { value: from('one'), lessThan: 1 }, false],
    ['at most', { value: from('one'), atMost: 1 }, true],
    ['texts in order', { value: from('text'), greaterThan: 'a' }, true],
    ['a text and a number', { value: from('text'), greaterThan: 0 }, false],
    ['nothing and a number', { value: from('absent'), lessThan: 5 }, false],
    ['null and a number', { value: from('none'), lessThan: 5 }, false],

    ['one of', { value: from('text'), in: ['a', 'b'] }, true],
    ['none of', { value: from('text'), in: ['a'] }, false],
    ['nothing among nulls', { value: from('absent'), in: [null] }, false],
    ['in what is no list', { value: from('one'), in: from('text') }, false],

    ['there', { value: from('none'), exists: true }, true],
    ['not there', { value: from('absent'), exists: true }, false],
    ['expected to be absent', { value: from('absent'), exists: false }, true],
    ['a skipped step, absent', { value: { $from: 'steps.gone.result' }, exists: false }, true],

    ['all of them', { all: [from('one'), from('text')] }, true],
    ['not all of them', { all: [from('one'), from('no')] }, false],
    ['any of them', { any: [from('no'), from('one')] }, true],
    ['none of them', { any: [from('no'), from('zero')] }, false],
    ['all of none', { all: [] }, true],
    ['any of none', { any: [] }, false],
    ['not', { not: { value: from('one'), equals: 1 } }, false],
    ['nested', { not: { any: [{ all: [from('no')] }, { not: from('one') }] } }, true],
  ];
  for (const [name, when, expected] of cases) {
    test(`${expected ? 'holds' : 'does not hold'} for ${name}`, () => assert.equal(holds(when), expected));
  }

  test('names every reference in it', () => {
    const condition = compileCondition({
      all: [from('a'), { not: { value: from('b'), equals: from('c') } }, { any: [{ value: from('d'), exists: true }] }],
    });
    assert.ok(!('code' in condition));
    assert.deepEqual(
      conditionReferences(condition).map(({ text }) => text),
      ['input.a', 'input.b', 'input.c', 'input.d'],
    );
  });

  const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => ({ not: inner }), from('one'));
  const wrong: [string, unknown][] = [
    ['nothing', undefined],
    ['a constant', true],
    ['a text that could be code', 'input.one === 1'],
    ['a list', [from('one')]],
    ['an empty object', {}],
    ['an unknown member', { none: [] }],
    ['two members', { all: [], any: [] }],
    ['an unknown operator', { value: from('one'), matches: '.*' }],
    ['two operators', { value: from('one'), atLeast: 1, atMost: 2 }],
    ['no operator', { value: from('one') }],
    ['a value that is no reference', { value: 1, equals: 1 }],
    ['"in" without a list', { value: from('one'), in: 'abc' }],
    ['"exists" with something else', { value: from('one'), exists: 1 }],
    ['"all" without a list', { all: from('one') }],
    ['a reference that is none', { $from: 'process.env' }],
    ['an item', { $from: 'item.x' }],
    ['too many levels', deep],
  ];
  for (const [name, when] of wrong) {
    test(`is refused as ${name}`, () => {
      const problem = compileCondition(when);
      assert.ok('code' in problem && problem.code === 'invalid_condition' && problem.detail.length > 20);
    });
  }
});
