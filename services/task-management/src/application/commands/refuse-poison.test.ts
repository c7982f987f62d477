import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OverloadedError, UnavailableError } from '@taskflow/kit-resilience';
import { refusingPoison } from './refuse-poison.ts';

function asked(useCase: (what: string) => Promise<string>) {
  const logged: unknown[] = [];
  const log = { error: (context: unknown) => void logged.push(context) };
  return { logged, ask: refusingPoison(log, 'try', useCase) };
}

test('what is done is answered as it is', async () => {
  const { ask, logged } = asked((what) => Promise.resolve(`did ${what}`));
  assert.equal(await ask('it'), 'did it');
  assert.deepEqual(logged, []);
});

test('what will fail again is refused for its reason, and logged under the name of what was asked', async () => {
  const error = new TypeError('nobody foresaw this');
  for (const useCase of [() => Promise.reject(error), () => assert.fail(error)]) {
    const { ask, logged } = asked(useCase);
    assert.deepEqual(await ask('it'), { refusal: 'cannot-apply', reason: 'nobody foresaw this' });
    assert.deepEqual(logged, [{ err: error, useCase: 'try' }]);
  }
});

test('what may pass is nobody’s fault: the caller is told to come again', async () => {
  for (const error of [new OverloadedError('full'), new UnavailableError('away')]) {
    const { ask, logged } = asked(() => Promise.reject(error));
    await assert.rejects(ask('it'), error);
    assert.deepEqual(logged, []);
  }
});
