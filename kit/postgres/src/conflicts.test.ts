import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnavailableError } from '@taskflow/kit-resilience';
import { manualClock, seededRandom } from '@taskflow/kit-testing';
import { repeatConflicts } from './conflicts.ts';
import { CommitUnknownError, DatabaseError } from './errors.ts';

/** Work that fails with these errors first, and how often it was done. */
function repeated(...failures: Error[]) {
  let times = 0;
  const clock = manualClock();
  const work = () => {
    const failure = failures[times];
    times += 1;
    return failure === undefined ? Promise.resolve('done') : Promise.reject(failure);
  };
  const ended = repeatConflicts(work, { name: 'the change', clock, random: seededRandom(1) });
  ended.catch(() => undefined);
  return { ended, clock, times: () => times };
}

const lost = () => new DatabaseError('no', { sqlstate: '40P01' });

test('what loses against another transaction is done again, after a pause', async () => {
  const { ended, clock, times } = repeated(lost(), new DatabaseError('no', { sqlstate: '40001' }));
  await clock.advance(0);
  assert.equal(times(), 1);
  await clock.advance(1_000);
  assert.equal(await ended, 'done');
  assert.equal(times(), 3);
});

test('what loses for ever is refused, and says that nothing was done', async () => {
  const { ended, clock, times } = repeated(...Array.from({ length: 100 }, lost));
  await clock.advance(10_000);
  await assert.rejects(ended, (error) => error instanceof UnavailableError && error.outcome === 'nothing-done');
  assert.equal(times(), 8);
});

for (const failure of [
  new DatabaseError('no', { sqlstate: '23505' }),
  new DatabaseError('connection lost'),
  new CommitUnknownError(new Error('gone'), () => Promise.resolve(true)),
  new Error('a mistake'),
]) {
  test(`is not done again: ${failure.name}: ${failure.message}`, async () => {
    const { ended, times } = repeated(failure);
    await assert.rejects(ended, failure);
    assert.equal(times(), 1);
  });
}
