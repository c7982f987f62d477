import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failureReport } from '@taskflow/contracts-worker-protocol';
import { jsonRefusalOf } from '@taskflow/kit-json';
import { task } from '../definitions/task.ts';
import { CancelledError, RetryableError, TerminalError } from '../errors.ts';
import { aDelivery } from '../testing/fake-platform.ts';
import { hostile } from '../testing/hostile-values.ts';
import { failureOf } from './failure.ts';

class CardDeclined extends Error {}
class StolenCard extends CardDeclined {}
const charge = task({ id: 'charge', retry: { nonRetryable: [CardDeclined] }, run: () => 1 });

describe('what a handler threw', () => {
  it('is retryable unless it is known to be terminal', () => {
    const classOf = (thrown: unknown) => failureOf(thrown, charge).class;
    assert.equal(classOf(new Error('x')), 'retryable');
    assert.equal(classOf('a string'), 'retryable');
    assert.equal(classOf(undefined), 'retryable');
    assert.equal(classOf(new RetryableError('x')), 'retryable');
    assert.equal(classOf(new TerminalError('x')), 'terminal');
    assert.equal(classOf(new CancelledError()), 'terminal');
    assert.equal(classOf(new CardDeclined('x')), 'terminal');
    assert.equal(classOf(new StolenCard('x')), 'terminal');
    assert.equal(failureOf(new CardDeclined('x'), undefined).class, 'retryable');
  });

  it('says when to come back, within the bounds of the protocol', () => {
    const after = (retryAfter: number) => failureOf(new RetryableError('x', { retryAfter }), undefined).retryAfterMs;
    assert.equal(after(1_500.4), 1_500);
    assert.equal(after(-5), 0);
    assert.equal(after(Number.NaN), undefined);
    assert.equal(after(1e15), 366 * 86_400_000);
  });

  it('keeps its code, message and class name', () => {
    const { error } = failureOf(Object.assign(new CardDeclined('declined'), { code: 'E_CARD' }), undefined);
    assert.equal(error.code, 'E_CARD');
    assert.equal(error.message, 'declined');
    assert.equal((error.details as { name: string }).name, 'CardDeclined');
    assert.equal(failureOf(Object.assign(new Error('x'), { code: 11000 }), undefined).error.code, '11000');
    assert.equal(failureOf(new DOMException('x', 'AbortError'), undefined).error.code, 'handler_error');
  });

  it('keeps an object that is no error, with its own code and message', () => {
    const thrown = { code: 'card_declined', message: 'The bank said no', status: 402 };
    assert.deepEqual(failureOf(thrown, undefined).error, {
      code: 'card_declined',
      message: 'The bank said no',
      details: { given: thrown },
    });
    assert.equal(failureOf({ order: 7 }, undefined).error.message, '{"order":7}');
    assert.equal(failureOf(undefined, undefined).error.message, 'the handler threw undefined');
    assert.equal(failureOf('', undefined).error.message, 'the handler threw an empty text');
  });

  it('keeps what caused it, what an aggregate holds, and where each was thrown', () => {
    const cause = Object.assign(new CardDeclined('no such relation'), { code: '42P01', table: 'users' });
    const thrown = new AggregateError([new Error('mirror A'), new Error('mirror B')], 'all refused', { cause });
    const details = failureOf(thrown, undefined).error.details as Record<string, unknown>;
    const { stack, ...caused } = details['cause'] as Record<string, string>;
    assert.deepEqual(caused, { name: 'CardDeclined', message: 'no such relation', code: '42P01', table: 'users' });
    assert.match(stack ?? '', /failure\.test/);
    assert.match(String(details['stack']), /failure\.test/);
    const errors = details['errors'] as readonly { message: string; stack: string }[];
    assert.deepEqual(
      errors.map(({ message, stack: at }) => [message, /failure\.test/.test(at)]),
      [
        ['mirror A', true],
        ['mirror B', true],
      ],
    );
  });

  it('keeps the details that the handler gave, whole where they fit', () => {
    const given = { rows: Array.from({ length: 100 }, (_, row) => ({ row })) };
    const { error } = failureOf(new TerminalError('x', { details: given, cause: new Error('y') }), undefined);
    assert.deepEqual((error.details as { given: unknown }).given, given);
    assert.ok('cause' in (error.details as object));
  });

  it('asks a class that throws when it is asked no more than that', () => {
    const odd = class extends Error {
      static override [Symbol.hasInstance](): boolean {
        throw new Error('hasInstance');
      }
    };
    const careful = task({ id: 'careful', retry: { nonRetryable: [odd, CardDeclined] }, run: () => 1 });
    assert.equal(failureOf(new CardDeclined('x'), careful).class, 'terminal');
    assert.equal(failureOf(new Error('x'), careful).class, 'retryable');
  });

  for (const [name, thrown] of Object.entries(hostile)) {
    it(`holds the protocol, and is small enough to be kept, whatever was thrown: ${name}`, () => {
      const { lease, taskId } = aDelivery(1);
      const given: unknown = thrown;
      for (const it of [thrown, new TerminalError('x', { details: given, cause: thrown })]) {
        const report = JSON.stringify({ lease, taskId, ...failureOf(it, charge) });
        assert.equal(failureReport.safeParse(JSON.parse(report)).success, true);
        assert.equal(jsonRefusalOf(report), undefined);
        const kept = sizeOf(failureOf(it, charge).error.details);
        assert.ok(kept <= 16_384, `${kept} characters of details`);
      }
    });
  }
});

const sizeOf = (details: unknown): number => (details === undefined ? 0 : JSON.stringify(details).length);
