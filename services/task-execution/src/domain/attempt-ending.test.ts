import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Cause, decideEnding, isOutcomeUnknown } from './attempt-ending.ts';
import { encodeOptions, type RankedWork, type RetryPolicy } from './work.ts';

const now = 1_000_000;
const policy: RetryPolicy = { maxAttempts: 3, backoff: 'fixed', initialMs: 500, maxMs: 5_000, jitter: 'none' };

function work(over: Partial<RankedWork> = {}, retry: RetryPolicy = policy): RankedWork {
  return {
    tenantId: 't',
    taskId: 'a',
    generation: 1,
    queue: 'q',
    type: 'x',
    definition: '',
    priority: 500,
    attemptMs: null,
    expiresAt: null,
    payload: 'null',
    options: encodeOptions({ retry }),
    seq: 1,
    attempt: 1,
    outcomeUnknown: false,
    ...over,
  };
}
const decide = (given: RankedWork, cause: Cause) => decideEnding(given, cause, now, 0);

test('given an attempt is left, when it fails retryably, then the next one is due after the pause', () => {
  assert.deepEqual(decide(work(), { kind: 'retryable' }), { kind: 'retry', attempt: 2, dueAt: now + 500 });
});

test('given the last attempt, when it fails retryably, then the task fails', () => {
  assert.deepEqual(decide(work({ attempt: 3 }), { kind: 'retryable' }), { kind: 'fail', reason: 'attempts-exhausted' });
});

test('when it fails terminally, then no attempt is left over', () => {
  assert.deepEqual(decide(work(), { kind: 'terminal' }), { kind: 'fail', reason: 'terminal' });
});

test('when the handler names a pause, then it wins over the policy', () => {
  const ending = decide(work(), { kind: 'retryable', retryAfterMs: 9_000 });
  assert.deepEqual(ending, { kind: 'retry', attempt: 2, dueAt: now + 9_000 });
});

test('when the pause is nothing, then the next attempt is queued at once', () => {
  assert.deepEqual(decide(work(), { kind: 'retryable', retryAfterMs: 0 }), { kind: 'requeue', attempt: 2 });
});

test('when it is handed back, then the same attempt is queued, even the last one', () => {
  assert.deepEqual(decide(work({ attempt: 3 }), { kind: 'released' }), { kind: 'requeue', attempt: 3 });
});

test('when its worker is lost, then the next attempt is queued at once, and the last one fails the task', () => {
  assert.deepEqual(decide(work(), { kind: 'lost' }), { kind: 'requeue', attempt: 2 });
  assert.deepEqual(decide(work({ attempt: 3 }), { kind: 'lost' }), { kind: 'fail', reason: 'attempts-exhausted' });
});

test('when it ran too long, then the policy decides, as for any failure', () => {
  assert.deepEqual(decide(work(), { kind: 'timed-out' }), { kind: 'retry', attempt: 2, dueAt: now + 500 });
  assert.deepEqual(decide(work({ attempt: 3 }), { kind: 'timed-out' }), { kind: 'fail', reason: 'attempts-exhausted' });
});

test('how far an attempt came is known only where its handler told of its end', () => {
  const kinds: Cause['kind'][] = ['terminal', 'retryable', 'timed-out', 'released', 'lost'];
  const error = { code: 'card_declined', message: 'no' };
  assert.deepEqual(
    kinds.filter((kind) => isOutcomeUnknown(work(), { kind }, error)),
    ['timed-out', 'released', 'lost'],
  );
});

test('given what a handler told is refused, then nobody knows how far it came, whatever class the failure has', () => {
  for (const code of ['result_too_large', 'result_not_serialisable', 'result_refused', 'invalid_report']) {
    for (const kind of ['terminal', 'retryable'] as const) {
      assert.ok(isOutcomeUnknown(work(), { kind }, { code, message: 'refused' }), `${kind} with ${code}`);
    }
  }
});

test('given an earlier attempt ended with its outcome unknown, then no later one makes it known, however that one ends', () => {
  const error = { code: 'card_declined', message: 'no' };
  for (const kind of ['terminal', 'retryable', 'timed-out', 'released', 'lost'] as const) {
    assert.ok(isOutcomeUnknown(work({ attempt: 2, outcomeUnknown: true }), { kind }, error), kind);
  }
});

test('given the total timeout is over, then whatever ended the attempt ends the task', () => {
  for (const kind of ['retryable', 'timed-out', 'released', 'lost'] as const) {
    assert.deepEqual(decide(work({ expiresAt: now }), { kind }), { kind: 'fail', reason: 'total-timeout' });
  }
});

test('given the pause would outlast the total timeout, then the task fails now', () => {
  const ending = decide(work({ expiresAt: now + 500 }), { kind: 'retryable' });
  assert.deepEqual(ending, { kind: 'fail', reason: 'total-timeout' });
  assert.equal(decide(work({ expiresAt: now + 501 }), { kind: 'retryable' }).kind, 'retry');
});

test('whatever the policy: attempts count up by one, and there are never more than it grants', () => {
  const policies = fc.record({
    maxAttempts: fc.integer({ min: 1, max: 20 }),
    backoff: fc.constantFrom('exponential' as const, 'linear' as const, 'fixed' as const),
    initialMs: fc.integer({ min: 0, max: 10_000 }),
    maxMs: fc.integer({ min: 0, max: 10_000 }),
    jitter: fc.constantFrom('none' as const, 'full' as const, 'equal' as const),
  });
  const causes = fc.array(fc.constantFrom<Cause['kind']>('retryable', 'timed-out', 'released', 'lost'), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(policies, causes, (retry, story) => {
      let attempt = 1;
      let costly = 0;
      for (const kind of story) {
        const ending = decideEnding(work({ attempt }, retry), { kind }, now, 0.5);
        costly += kind === 'released' ? 0 : 1;
        if (ending.kind === 'fail') {
          assert.equal(costly, retry.maxAttempts);
          return;
        }
        assert.equal(ending.attempt, attempt + (kind === 'released' ? 0 : 1));
        attempt = ending.attempt;
      }
      assert.ok(costly < retry.maxAttempts);
    }),
  );
});
