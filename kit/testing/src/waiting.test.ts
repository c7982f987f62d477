import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, eventuallyHolds, signal } from './waiting.ts';

test('a signal keeps the order of what is sent and of who waits', async () => {
  const values = signal<number>();
  const first = values.next();
  const second = values.next();
  values.send(1);
  values.send(2);
  values.send(3);
  assert.deepEqual(await Promise.all([first, second, values.next()]), [1, 2, 3]);
});

test('a signal that never comes rejects, and the value after it goes to the next one', async () => {
  const values = signal<number>();
  await assert.rejects(values.next(1), /did not finish within 1 ms/);
  values.send(4);
  assert.equal(await values.next(), 4);
});

test('eventually gives the first value that holds', async () => {
  let looks = 0;
  const value = await eventually(() => {
    looks += 1;
    return looks < 3 ? false : looks;
  });
  assert.equal(value, 3);
});

test('eventually fails with the last failure', async () => {
  const failing = eventually(
    () => {
      throw new Error('still wrong');
    },
    { withinMs: 5 },
  );
  await assert.rejects(failing, /still wrong/);
});

test('what eventually holds needs no value, and may have any', async () => {
  let looks = 0;
  const look = () => {
    looks += 1;
    assert.equal(looks, 3);
  };
  await eventuallyHolds(look);
  assert.equal(looks, 3);
  assert.equal(await eventuallyHolds(() => false), false);
});

test('what never holds fails with the last assertion', async () => {
  const failing = eventuallyHolds(() => assert.equal(1, 2, 'not equal yet'), { withinMs: 5 });
  await assert.rejects(failing, /not equal yet/);
});
