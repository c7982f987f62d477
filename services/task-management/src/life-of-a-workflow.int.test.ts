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
