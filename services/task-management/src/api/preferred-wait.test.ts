import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onceEnded } from './preferred-wait.ts';

const asked = { waitSeconds: 5, signal: new AbortController().signal };

test('what was created is answered although the wait for its end fails, and no wait is claimed', async () => {
  const failing = await onceEnded('created', asked, () => Promise.reject(new Error('the database went away')));
  assert.deepEqual(failing, { subject: 'created', headers: {} });
  assert.deepEqual(await onceEnded('created', asked, async () => undefined), { subject: 'created', headers: {} });
});

test('nothing is read for a caller that would not wait', async () => {
  const read = () => assert.fail('was read');
  for (const waitSeconds of [undefined, 0]) {
    const request = {
      waitSeconds,
      get signal() {
        return assert.fail('a signal costs more than the rest of a request, and nobody waits');
      },
    };
    assert.deepEqual(await onceEnded('created', request, read), { subject: 'created', headers: {} });
  }
});

test('what has ended is answered as it ended', async () => {
  const { subject, headers } = await onceEnded('created', asked, async ({ seconds }) => `ended after ${seconds}`);
  assert.deepEqual([subject, headers['preference-applied']], ['ended after 5', 'wait=5']);
});
