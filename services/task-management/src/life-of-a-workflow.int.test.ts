import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, eventuallyHolds } from '@taskflow/kit-testing';
import { executionEvents } from '../testing/execution-double.ts';
import { type Harness, startHarness } from '../testing/service-harness.ts';

/** Carries out every task that it hears of, and says what each did. */
function answerAll({ execution }: Harness): void {
  execution.respond(({ data }) => [executionEvents.completed({ taskId: String(data.taskId) }, String(data.type))]);
}

async function ended(harness: Harness, id: string) {
  return eventuallyHolds(async () => {
    const { body } = await harness.call('GET', `/api/v1/workflows/${id}`, undefined, { prefer: 'wait=5' });
    assert.equal(body.status, 'completed', JSON.stringify(body));
    return body;
  });
}

test('a workflow sleeps over a restart of the service, and goes on by itself', async () => {
  await using harness = await startHarness();
  const started = await harness.call('POST', '/api/v1/workflows', {
    name: 'nap',
    steps: [
      { key: 'first', sleep: { for: '300ms' } },
      { key: 'second', sleep: { for: '50ms' }, dependsOn: ['first'] },
      { key: 'end', type: 'work', dependsOn: ['second'] },
    ],
  });
  assert.equal(started.status, 201, JSON.stringify(started.body));
  assert.equal(started.body.status, 'waiting');
  await harness.restart();
  answerAll(harness);
  const done = await ended(harness, started.body.id);
  assert.deepEqual(done.output, { end: 'work' });
});

test('a workflow of every kind of step completes', async () => {
  await using harness = await startHarness();
  answerAll(harness);
  const register = await harness.call('POST', '/api/v1/workflow-definitions', {
    name: 'small',
    version: 1,
    graph: { steps: [{ key: 'only', type: 'small' }], output: 'only' },
  });
  assert.ok(register.status < 300, JSON.stringify(register.body));
  const started = await harness.call('POST', '/api/v1/workflows', {
    name: 'all',
    input: { list: [1, 2, 3] },
    steps: [
      { key: 'each', type: 'item', each: { over: { $from: 'input.list' }, concurrency: 2 } },
      { key: 'sub', child: { definition: 'small' }, dependsOn: ['each'] },
      { key: 'nap', sleep: { for: '20ms' }, dependsOn: ['sub'] },
      { key: 'ok', waitForSignal: { signal: 'go', timeout: '1h' }, dependsOn: ['nap'] },
      { key: 'paid', waitForEvent: { event: 'paid', key: 'k', timeout: '1h' }, dependsOn: ['ok'] },
      {
        key: 'end',
        type: 'work',
        dependsOn: ['paid'],
        payload: ['each', 'sub', 'ok', 'paid'].map((key) => ({ $from: `steps.${key}.result` })),
      },
    ],
    output: 'paid',
  });
  assert.equal(started.status, 201, JSON.stringify(started.body));
  const { id } = started.body;
  assert.equal((await harness.call('POST', `/api/v1/workflows/${id}/signals/go`, { by: 'me' })).status, 202);
  await eventually(async () => {
    const { body } = await harness.call('POST', '/api/v1/workflow-events/paid', { key: 'k', payload: 9 });
    return body.matched === 1;
  });
  assert.deepEqual((await ended(harness, id)).output, 9);
  const [row] = await harness.sql<{ payload: string }>("select payload from tasks where step = 'end'");
  assert.deepEqual(JSON.parse(row?.payload ?? ''), [['item', 'item', 'item'], 'small', { by: 'me' }, 9]);
});

test('a saga goes on where it was when the service restarts in its middle', async () => {
  await using harness = await startHarness();
  const undoable = (key: string, dependsOn: string[] = []) => ({
    key,
    type: key,
    dependsOn,
    compensation: { type: `undo-${key}`, payload: { $from: `steps.${key}.result` } },
  });
  harness.execution.respond(({ data }) => {
    const reference = { taskId: String(data.taskId), generation: Number(data.generation) };
    if (data.type === 'b') return [executionEvents.failed(reference, { code: 'lost', message: 'who knows' }, true)];
    return data.type === 'a' ? [executionEvents.completed(reference, 'A')] : undefined;
  });
  const started = await harness.call('POST', '/api/v1/workflows', {
    name: 'saga',
    steps: [undoable('a'), undoable('b', ['a'])],
  });
  assert.equal(started.status, 201, JSON.stringify(started.body));
  const path = `/api/v1/workflows/${started.body.id}`;
  const statusIs = (status: string) => eventually(async () => (await harness.call('GET', path)).body.status === status);
  await statusIs('compensating');
  await harness.restart();
  let attempts = 0;
  harness.execution.respond(({ data }) => {
    const reference = { taskId: String(data.taskId), generation: Number(data.generation) };
    attempts += 1;
    if (data.type === 'undo-a' && reference.generation === 1) return [executionEvents.failed(reference)];
    return [executionEvents.completed(reference)];
  });
  const compensated = harness.execution.heard.find(({ data }) => data.type === 'undo-b');
  harness.execution.report(executionEvents.completed({ taskId: String(compensated?.data.taskId) }));
  await statusIs('compensation-stuck');
  await harness.restart();
  harness.execution.respond(({ data }) => [
    executionEvents.completed({ taskId: String(data.taskId), generation: Number(data.generation) }),
  ]);
  assert.equal((await harness.call('POST', `${path}/retry`)).status, 202);
  await statusIs('compensated');
  assert.equal(attempts, 1);
  const compensations = harness.execution.heard.filter(({ data }) => String(data.type).startsWith('undo-'));
  assert.deepEqual(
    compensations.map(({ data, raw }) => [data.type, data.generation, raw?.payload]),
    [
      ['undo-b', 1, 'null'],
      ['undo-a', 1, '"A"'],
      ['undo-a', 2, '"A"'],
    ],
  );
});
