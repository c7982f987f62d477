import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { http } from '@taskflow/contracts-task-management';
import { eventuallyHolds } from '@taskflow/kit-testing';
import { executionEvents } from '../../testing/execution-double.ts';
import { type Answer, type Harness, startHarness } from '../../testing/service-harness.ts';

let harness: Harness;
before(async () => {
  harness = await startHarness();
});
after(() => harness[Symbol.asyncDispose]());

const post = (path: string, body: unknown = {}) => harness.call('POST', `/api/v1/${path}`, body);
const get = (path: string) => harness.call('GET', `/api/v1/${path}`);
type Shown = { id: string; tags?: unknown; unreadable?: string[]; queue: string; payload: unknown };
const itemsOf = ({ body }: Answer) => body.items as Shown[];

describe('a task whose options cannot be read', () => {
  const texts = ['{', '"text"', '7', 'null', '{"tags":{"k":"\\u0000"}}'];
  const list = 'tasks?type=sick';
  const all: string[] = [];
  const sick: string[] = [];

  before(async () => {
    for (const text of ['{"tags":{"k":"v"}}', ...texts, '{"tags":{"k":"v"}}']) {
      const { body } = await post('tasks', { type: 'sick', payload: text, tags: { k: 'v' } });
      await harness.sql('update tasks set options = $2 where id = $1::uuid', [body.id, text]);
      all.push(body.id);
      if (text.length < 10) sick.push(body.id);
    }
  });

  test('is shown with what can be read, says what cannot, and hides no other of its page', async () => {
    const answer = await get(list);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    http.tasks.taskList.parse(answer.body);
    const items = itemsOf(answer);
    assert.deepEqual(items.map(({ id }) => id).sort(), [...all].sort());
    for (const { id, unreadable, queue, payload, tags } of items) {
      const isSick = sick.includes(id);
      assert.deepEqual([unreadable, queue], [isSick ? ['retry', 'timeout', 'tags'] : undefined, 'default'], id);
      assert.equal(typeof payload, 'string');
      assert.equal(tags === undefined, isSick);
    }
    assert.deepEqual((await get(`tasks/${sick[0]}`)).body.unreadable, ['retry', 'timeout', 'tags']);
  });

  test('has no tags, so that others are found by theirs', async () => {
    const found = await get(`${list}&tag.k=v`);
    assert.deepEqual(
      [
        found.status,
        itemsOf(found)
          .map(({ id }) => id)
          .sort(),
      ],
      [200, [all[0], all.at(-1)].sort()],
    );
  });

  test('takes commands, or refuses them by name', async () => {
    const [first, second] = sick as [string, string];
    const patched = await harness.call('PATCH', `/api/v1/tasks/${first}`, { priority: 'high' });
    assert.deepEqual([patched.status, patched.body.priority], [200, http.scalars.priorityNames.high]);
    const cancelled = await post(`tasks/${second}/cancel`);
    assert.deepEqual([cancelled.status, cancelled.body.unreadable], [202, ['retry', 'timeout', 'tags']]);
  });

  test('does so among the tasks of a workflow, too', async () => {
    const steps = ['a', 'b'].map((key) => ({ key, type: 'work' }));
    const { body } = await post('workflows', { name: 'w', steps });
    await harness.sql("update tasks set options = '{' where workflow_id = $1::uuid and step = 'a'", [body.id]);
    const tasks = await get(`tasks?workflow=${body.id}`);
    assert.deepEqual(
      itemsOf(tasks)
        .map(({ unreadable }) => unreadable?.length)
        .sort(),
      [3, undefined],
    );
    assert.deepEqual(itemsOf(await get(`tasks?workflow=${body.id}&tag.k=v`)), []);
  });
});

test('a fan-out whose row cannot be read hides no workflow that is read with it', async () => {
  const fan = { key: 'all', type: 'work', each: { over: { $from: 'input' } } };
  const start = () => post('workflows', { name: 'fan', steps: [fan], input: [1, 2] });
  const [sick, sound] = await Promise.all([start(), start()]);
  const views = () => Promise.all([sick, sound].map(({ body }) => get(`workflows/${body.id}`)));
  const itemsShown = (view: Answer | undefined) =>
    (view?.body.steps as { items?: { total: number } }[])[0]?.items?.total;
  await eventuallyHolds(async () => assert.deepEqual((await views()).map(itemsShown), [2, 2]));
  await harness.sql("update tasks set payload = '{' where workflow_id = $1::uuid and step = 'all'", [sick.body.id]);
  const shown = await views();
  assert.deepEqual(
    shown.map(({ status }) => status),
    [200, 200],
  );
  assert.deepEqual(shown.map(itemsShown), [2, 2]);
});

describe('a definition whose graph cannot be read', () => {
  const graph = (key: string) => ({ steps: [{ key, type: 'work' }] });
  const register = (name: string, version: number, key = 'a', more: object = {}) =>
    post('workflow-definitions', { name, version, graph: graph(key), ...more });
  /** A key that nothing else has makes a graph of its own. */
  async function aBrokenOne(name: string): Promise<void> {
    assert.equal((await register(name, 1, `${name}-sound`)).status, 201);
    const { body } = await register(name, 2, `${name}-sick`);
    await harness.sql("update workflow_graphs set graph = '{' where hash = $1", [String(body.hash)]);
    // As after a restart: what was compiled before is not at hand.
    await harness.restart();
  }

  test('is shown without it, beside its other versions and in the list', async () => {
    await aBrokenOne('shown');
    const { status, body } = await get('workflow-definitions/shown');
    assert.equal(status, 200);
    http.workflows.definitionDetail.parse(body);
    const versions = body.versions as { version: number; graph: object | null; unreadable?: string[] }[];
    assert.deepEqual(
      versions.map((one) => [one.version, one.graph === null, one.unreadable]),
      [
        [2, true, ['graph']],
        [1, false, undefined],
      ],
    );
    const list = (await get('workflow-definitions')).body.items as { name: string }[];
    assert.ok(list.some(({ name }) => name === 'shown'));
  });

  test('is refused to whoever starts it, by name, and to nobody else', async () => {
    await aBrokenOne('started');
    const start = (version?: number) => post('workflows', { definition: 'started', ...(version && { version }) });
    const answers = await Promise.all([start(1), start(), start(2), start(1), post('tasks', { type: 'work' })]);
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.code]),
      [
        [201, undefined],
        [422, 'cannot_apply'],
        [422, 'cannot_apply'],
        [201, undefined],
        [201, undefined],
      ],
    );
    assert.match(String(answers[1]?.body.detail), /JSON.*Nothing was created/);
  });

  test('is refused to a retry that asks for it, which stops no other of a restart', async () => {
    const start = async (definition: string) => (await post('workflows', { definition })).body.id;
    for (const name of ['sick', 'sound']) await register(name, 1, `${name}-retried`);
    const [sick, sound] = [await start('sick'), await start('sound')];
    for (const id of [sick, sound]) {
      const { body } = await get(`workflows/${id}`);
      const [{ taskId } = { taskId: '' }] = body.steps as { taskId: string }[];
      harness.execution.report(executionEvents.failed({ taskId }));
      assert.equal(
        (await harness.call('GET', `/api/v1/workflows/${id}`, undefined, { prefer: 'wait=20' })).body.status,
        'failed',
      );
    }
    await aBrokenOne('sick-later');
    await harness.sql(
      `insert into workflow_definitions select tenant_id, 'sick', 2, hash, steps, created_at from workflow_definitions
       where name = 'sick-later' and version = 2`,
    );
    const alone = await post(`workflows/${sick}/retry`, { version: 'latest' });
    assert.deepEqual([alone.status, alone.body.code], [422, 'cannot_apply']);
    const { status, body } = await post('workflows/restart', { filter: { status: 'failed' }, version: 'latest' });
    assert.deepEqual([status, body.matched, body.restarted], [200, 2, 1], JSON.stringify(body));
    assert.deepEqual(
      (body.refused as { id: string; code: string }[]).map(({ id, code }) => [id, code]),
      [[sick, 'cannot_apply']],
    );
  });

  test('is replaced by one that can be read', async () => {
    await aBrokenOne('mended');
    const conflict = await register('mended', 2, 'b');
    assert.deepEqual([conflict.status, conflict.body.code], [409, 'definition_conflict']);
    const replaced = await register('mended', 2, 'b', { replace: true });
    assert.deepEqual([replaced.status, replaced.body.replaced], [200, true]);
    assert.equal((await post('workflows', { definition: 'mended' })).status, 201);
  });
});
