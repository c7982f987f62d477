import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { InvalidInputError, TaskFlowError } from '../errors.ts';
import { event } from './event.ts';
import { on, schedule } from './not-available.ts';
import { queue } from './queue.ts';
import { signal } from './signal.ts';
import { definitionMark } from './definition-mark.ts';
import { task } from './task.ts';

const refused = (code: string, naming: string) => (error: unknown) =>
  error instanceof TaskFlowError && error.code === code && error.message.includes(naming);
/** Code that slips past the compiler: the refusal must hold at run time too. */
const untyped = (definition: (options: never) => unknown, options: object) => () => definition(options as never);

describe('task()', () => {
  it('is a plain frozen value whose handler can be called', async () => {
    const double = task({ id: 'double', input: z.object({ n: z.number() }), run: ({ n }) => n * 2 });
    assert.equal(await double.run({ n: 4 }, undefined as never), 8);
    assert.ok(Object.isFrozen(double));
  });

  it('keeps the classes that end a task out of what is sent to the server', () => {
    const { retry, nonRetryable } = task({
      id: 'a',
      retry: { maxAttempts: 3, nonRetryable: [RangeError] },
      run: () => 1,
    });
    assert.deepEqual(retry, { maxAttempts: 3 });
    assert.deepEqual(nonRetryable, [RangeError]);
  });

  for (const option of ['sla', 'concurrency', 'rateLimit', 'idempotencyKey', 'redact', 'output']) {
    it(`refuses ${option} by name`, () => {
      assert.throws(untyped(task, { id: 'a', run: () => 1, [option]: {} }), refused('not_available', option));
    });
  }

  it('refuses a heartbeat timeout by name', () => {
    const options = { id: 'a', run: () => 1, timeout: { heartbeat: '1s' } };
    assert.throws(untyped(task, options), refused('not_available', 'heartbeat'));
  });

  it('refuses an option that nobody knows, so that a misspelt one is not ignored', () => {
    assert.throws(untyped(task, { id: 'a', run: () => 1, retires: {} }), refused('unknown_option', 'retires'));
  });

  for (const [what, options] of Object.entries({
    'an empty id': { id: '' },
    'an id with a space': { id: 'a b' },
    'no attempts': { id: 'a', retry: { maxAttempts: 0 } },
    'a duration without a unit': { id: 'a', timeout: { attempt: '10' } },
    'an unknown backoff': { id: 'a', retry: { backoff: 'random' } },
    'a priority out of range': { id: 'a', priority: 1000 },
  })) {
    it(`refuses ${what}`, () => {
      assert.throws(
        untyped(task, { run: () => 1, ...options }),
        (error: unknown) => error instanceof InvalidInputError && error.code === 'invalid_definition',
      );
    });
  }
});

describe('queue()', () => {
  it('is known by its id', () =>
    assert.deepEqual({ ...queue({ id: 'mails' }) }, { kind: 'queue', id: 'mails', [definitionMark]: true }));

  for (const option of ['concurrency', 'priority', 'rateLimit', 'fairness', 'sla', 'dlq']) {
    it(`refuses ${option} by name`, () => {
      assert.throws(untyped(queue, { id: 'a', [option]: 1 }), refused('not_available', option));
    });
  }
});

describe('signal() and event()', () => {
  const payload = z.object({ id: z.string() });

  it('are plain frozen values', () => {
    const key = (of: { id: string }) => of.id;
    assert.deepEqual(signal({ id: 'go', payload }), { kind: 'signal', id: 'go', payload, [definitionMark]: true });
    assert.deepEqual(event({ id: 'gone', payload, key }), {
      kind: 'event',
      id: 'gone',
      payload,
      key,
      [definitionMark]: true,
    });
    assert.ok(Object.isFrozen(signal({ id: 'go', payload })) && Object.isFrozen(event({ id: 'gone', payload })));
  });

  for (const define of [signal, event]) {
    it(`refuse a bad id and what nobody knows: ${define.name}`, () => {
      assert.throws(untyped(define, { id: 'a b', payload }), refused('invalid_definition', 'a b'));
      assert.throws(untyped(define, { id: 'a', payload, timeout: '1s' }), refused('unknown_option', 'timeout'));
    });
  }
});

describe('what does not exist yet', () => {
  for (const [name, make] of Object.entries({ schedule, on })) {
    it(`${name}() is refused by name`, () => {
      assert.throws(() => make(undefined as never), refused('not_available', `${name}()`));
    });
  }
});
