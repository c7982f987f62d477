import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { task } from '../definitions/task.ts';
import { workflow } from '../definitions/workflow.ts';
import { InvalidInputError, StartManyError, UnauthorizedError } from '../errors.ts';
import { type FakePlatform, fakePlatform } from '../testing/fake-platform.ts';
import { createTaskFlow } from './create-taskflow.ts';

const work = task({ id: 'work', run: (input: unknown) => input as null });
const parsed = task({ id: 'parsed', input: z.object({ n: z.number() }), run: () => 1 });
const sleeping = workflow({ id: 'sleeping', input: z.unknown() }, (w) => {
  const s = w.sleep('s', { for: '1h' });
  return w.output({ s }, () => null);
});
const items = (count: number, odd: number, input: unknown) =>
  Array.from({ length: count }, (_, index) => ({ input: index === odd ? input : index }));
const startsOf = ({ requests }: FakePlatform): number =>
  requests.filter(({ path }) => path === '/api/v1/tasks/batch' || path === '/api/v1/workflows').length;
const refusedAt = (code: string, pointer: string) => (error: unknown) => {
  assert.ok(error instanceof InvalidInputError);
  assert.deepEqual([error.code, error.issues[0]?.pointer], [code, pointer]);
  return true;
};
const problemAt = (pointer: string, status = 422) => ({
  status,
  body: { code: 'odd', detail: `The value at ${pointer} is odd.`, errors: [{ pointer, detail: 'is odd' }] },
});

describe('one bad item among many', () => {
  it('is told with its index before anything is started', async () => {
    await using platform = await fakePlatform();
    const taskflow = createTaskFlow({ url: platform.url });
    for (const [input, code, pointer] of [
      ['x'.repeat(300_000), 'payload_too_large', '/1400/input'],
      [{ a: [() => 1] }, 'not_serialisable', '/1400/input/a/0'],
      [{ a: 'half \ud800' }, 'invalid_string', '/1400/input/a'],
    ] as const) {
      await assert.rejects(taskflow.startMany(work, items(1_500, 1_400, input) as never), refusedAt(code, pointer));
      await assert.rejects(taskflow.startMany(sleeping, items(1_500, 1_400, input)), refusedAt(code, pointer));
    }
    const wrong = Array.from({ length: 3 }, (_, n) => ({ input: n === 2 ? { n: 'x' } : { n } }));
    await assert.rejects(taskflow.startMany(parsed, wrong as never), refusedAt('invalid_input', '/2/input/n'));
    assert.equal(startsOf(platform), 0);
  });

  it('is told with its index in the list, and what was started, where the server finds it in a later batch', async () => {
    await using platform = await fakePlatform();
    platform.answer(({ body }) => {
      const { tasks } = body as { tasks: { payload: number }[] };
      if (tasks.some(({ payload }) => payload === 1_400)) return problemAt('#/tasks/400/payload');
      return { status: 201, body: { tasks: tasks.map(({ payload }) => ({ id: `t${payload}` })) } };
    });
    const taskflow = createTaskFlow({ url: platform.url });
    await assert.rejects(taskflow.startMany(work, items(2_500, -1, 0) as never), (error: unknown) => {
      assert.ok(error instanceof StartManyError);
      assert.deepEqual([error.code, error.index, error.started.length], ['odd', 1_400, 1_000]);
      assert.deepEqual(Reflect.get(error.started[999]?.handle ?? {}, 'id'), 't999');
      assert.match(error.message, /^1000 of 2500 were started, then: .*The value at \/1400\/payload is odd/);
      return refusedAt('odd', '/1400/input')(error.cause);
    });
    assert.equal(startsOf(platform), 2);
  });

  it('starts no further workflow after one that was refused, and tells of those on their way', async () => {
    await using platform = await fakePlatform();
    platform.answer(({ path, body }) => {
      if (path !== '/api/v1/workflows') return { status: 200, body: {} };
      const { input } = body as { input: number };
      return input === 20 ? problemAt('#/input') : { status: 201, body: { id: `w${input}` } };
    });
    const started = await createTaskFlow({ url: platform.url })
      .startMany(sleeping, items(300, -1, 0))
      .then(
        () => assert.fail('it was refused'),
        (error: unknown) => {
          assert.ok(error instanceof StartManyError);
          assert.equal(error.index, 20);
          return error.started.map(({ index, handle }) => [`w${index}`, Reflect.get(handle as object, 'id')]);
        },
      );
    const sent = startsOf(platform);
    assert.ok(sent <= 40, `${sent} were sent`);
    assert.equal(started.length, sent - 1);
    for (const [expected, id] of started) assert.equal(id, expected);
  });

  it('rejects as one start would where nothing was started', async () => {
    await using platform = await fakePlatform();
    platform.answer(() => ({ status: 401, body: { code: 'unauthorized' } }));
    const taskflow = createTaskFlow({ url: platform.url });
    await assert.rejects(taskflow.startMany(work, items(3, -1, 0) as never), UnauthorizedError);
  });
});
