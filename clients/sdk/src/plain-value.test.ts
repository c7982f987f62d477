import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInNewContext } from 'node:vm';
import { plainOf, reasonOf } from './plain-value.ts';
import { hostile } from './testing/hostile-values.ts';

describe('a value made plain', () => {
  for (const [name, value] of Object.entries(hostile)) {
    it(`is JSON of a bounded length, whatever it was: ${name}`, () => {
      const text = JSON.stringify(plainOf(value, { total: 10_000 }) ?? null);
      assert.ok(text.length < 14_000, `${text.length} characters`);
      assert.ok(text.isWellFormed());
      assert.equal(typeof reasonOf(value), 'string');
    });
  }

  it('keeps of an error its class, code, causes, the errors within it, and where it was thrown', () => {
    class CardDeclined extends Error {}
    const cause = Object.assign(new CardDeclined('declined'), {
      code: 'E_CARD',
      status: 402,
      request: { key: 'secret' },
    });
    const error = new AggregateError([new Error('mirror A'), 'mirror B'], 'all refused', { cause });
    const plain = plainOf({ failed: error }) as { failed: Record<string, unknown> };
    const { name, message, stack, errors, cause: because } = plain.failed;
    assert.deepEqual([name, message], ['AggregateError', 'all refused']);
    assert.match(String(stack), /plain-value\.test/);
    assert.deepEqual(
      (errors as unknown[]).map((it) => (typeof it === 'string' ? it : (it as Error).message)),
      ['mirror A', 'mirror B'],
    );
    const { stack: thrownAt, ...rest } = because as Record<string, unknown>;
    assert.match(String(thrownAt), /plain-value\.test/);
    assert.deepEqual(rest, { name: 'CardDeclined', message: 'declined', code: 'E_CARD', status: 402 });
  });

  it('keeps the frames of an error whose message is long', () => {
    assert.match(String(Reflect.get(plainOf(new Error('m'.repeat(20_000))) as object, 'stack')), /plain-value\.test/);
  });

  it('shows what JSON has no form for', () => {
    const circular: Record<string, unknown> = { order: 'A-1', cents: 10n, at: new Date(0), tags: new Set(['a']) };
    circular['self'] = circular;
    assert.deepEqual(plainOf(circular), {
      order: 'A-1',
      cents: '10',
      at: '1970-01-01T00:00:00.000Z',
      tags: ['a'],
      self: '[circular]',
    });
    assert.deepEqual(plainOf(new Map([['a', new Map([[1, 2]])]])), { a: [[1, 2]] });
    assert.deepEqual(plainOf([2 ** 60, Number.NaN, 1.5]), ['1152921504606847000', 'NaN', 1.5]);
  });

  it('takes an error of another realm for one', () => {
    const foreign: unknown = runInNewContext('new TypeError("of elsewhere")');
    assert.equal(reasonOf(foreign), 'of elsewhere');
    assert.equal(Reflect.get(plainOf(foreign) as object, 'name'), 'TypeError');
  });

  it('says how much it left out', () => {
    assert.deepEqual(plainOf([1, 2, 3], { members: 2 }), [1, 2, '… 1 more']);
    assert.deepEqual(plainOf({ a: 1, b: 2, c: 3 }, { members: 2 }), { a: 1, b: 2, '…': '1 more' });
    assert.deepEqual(plainOf({ a: { b: { c: 1 } } }, { depth: 2 }), { a: { b: '[object]' } });
  });
});
