import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failureReport } from '@taskflow/contracts-worker-protocol';
import { task } from '../definitions/task.ts';
import { CancelledError, RetryableError, TerminalError } from '../errors.ts';
import { aDelivery } from '../testing/fake-platform.ts';
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
  });

  it('holds the protocol whatever was thrown', () => {
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error('not even its members can be read');
      },
    });
    const endless: { self?: unknown } = {};
    endless.self = endless;
    for (const thrown of [
      hostile,
      null,
      Symbol('s'),
      Object.create(null),
      new Error('m'.repeat(1_000_000)),
      Object.assign(new Error(''), { code: 'c'.repeat(1_000) }),
      new TerminalError('x', { details: endless }),
      new TerminalError('x', { details: 'd'.repeat(1_000_000) }),
    ]) {
      const { lease, taskId } = aDelivery(1);
      const report = { lease, taskId, ...failureOf(thrown, charge) };
      assert.equal(failureReport.safeParse(JSON.parse(JSON.stringify(report))).success, true);
    }
  });
});
