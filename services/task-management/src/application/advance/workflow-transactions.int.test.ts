import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemIds } from '@taskflow/kit-time';
import { tenant } from '../../../testing/execution-double.ts';
import {
  anEvent,
  completion,
  openStorage,
  type StorageHarness,
  type StorageVariant,
} from '../../../testing/storage-harness.ts';
import type { GraphDefinition } from '../../domain/workflow/graph.ts';
import { sha256 } from '../../infrastructure/crypto/sha256.ts';
import { createStartWorkflow } from '../commands/start-workflow.ts';
import type { AdvanceOutcome } from './advance-command.ts';
import { createKnownDefinitions } from '../graphs/known-definitions.ts';
import { rowId } from './workflow-instance.ts';

interface Started {
  readonly id: string;
  task(key: string): string;
}

async function start(storage: StorageHarness, graph: GraphDefinition, input: unknown = null): Promise<Started> {
  const { creation: writer, graphs } = storage;
  const reading = { readDefinition: () => Promise.resolve(undefined) };
  const begin = createStartWorkflow({
    writer,
    reading,
    graphs,
    known: createKnownDefinitions(),
    incarnation: storage.incarnation,
    clock: { ...clock },
    ids: systemIds,
    digest: sha256,
  });
  const result = await begin(
    { what: { name: 'wf', graph }, input: JSON.stringify(input), priority: undefined },
    { tenantId: tenant, traceparent: undefined, idempotency: undefined },
  );
  assert.ok('workflow' in result, JSON.stringify(result));
  const { workflow } = result;
  return { id: workflow.id, task: (key) => rowId(workflow, key) };
}
const clock = {
  now: () => Date.UTC(2026, 0, 1),
  monotonic: () => 0,
  sleep: () => Promise.resolve(),
  after: () => () => undefined,
};

const step = (key: string, dependsOn: string[] = [], payload?: unknown) => ({ key, type: 'work', dependsOn, payload });
const diamond: GraphDefinition = {
  steps: [
    step('a'),
    step('b', ['a'], { from: { $from: 'steps.a.result.n' } }),
    step('c', ['a'], { all: { $from: 'steps.a.result' } }),
    step('d', ['b', 'c'], { b: { $from: 'steps.b.result' }, c: { $from: 'steps.c.result' }, i: { $from: 'input.x' } }),
  ],
};

async function headerOf(storage: StorageHarness, id: string) {
  const [row] = await storage.sql<Record<string, unknown>>('select * from workflows where id = $1', [id]);
  assert.ok(row);
  return row;
}

async function payloadOf(storage: StorageHarness, taskId: string): Promise<unknown> {
  const [row] = await storage.sql<{ payload: string }>('select payload from tasks where id = $1', [taskId]);
  return row && JSON.parse(row.payload);
}

const failure = (taskId: string, code = 'broken') =>
  anEvent(taskId, { kind: 'failed', error: JSON.stringify({ code, message: 'no' }), finishedAt: 5 });
const cancellation = (taskId: string) => anEvent(taskId, { kind: 'execution-cancelled', finishedAt: 5 });
const cancel = (storage: StorageHarness, workflowId: string): Promise<AdvanceOutcome> =>
  storage.advance.submit({ kind: 'cancel-workflow', tenantId: tenant, workflowId, reason: 'enough' });
const typesOf = (storage: StorageHarness) =>
  storage.published.flatMap(({ events }) => events.map(({ type }) => type.replace(/^taskflow\.|\.v1$/g, '')));

async function runDiamond(storage: StorageHarness): Promise<Started> {
  const workflow = await start(storage, diamond, { x: 'in' });
  await storage.apply(completion(workflow.task('a'), '{"n":1}'));
  await storage.apply(completion(workflow.task('b'), '"B"'));
  await storage.apply(completion(workflow.task('c'), '"C"'));
  await storage.apply(completion(workflow.task('d'), '{"done":true}'));
  return workflow;
}

describe('a workflow in the database', () => {
  test('runs its steps with the results of those before, and completes with the result of the last', async () => {
    await using storage = await openStorage();
    const workflow = await runDiamond(storage);
    assert.deepEqual(await payloadOf(storage, workflow.task('b')), { from: 1 });
    assert.deepEqual(await payloadOf(storage, workflow.task('c')), { all: { n: 1 } });
    assert.deepEqual(await payloadOf(storage, workflow.task('d')), { b: 'B', c: 'C', i: 'in' });
    const header = await headerOf(storage, workflow.id);
    assert.deepEqual([header.status, header.output], ['completed', '{"d":{"done":true}}']);
    assert.deepEqual(typesOf(storage), [
      'workflow.started',
      'task.created',
      'task.created',
      'task.created',
      'task.created',
      'workflow.completed',
    ]);
    assert.equal(storage.cache.size, 0, 'a workflow that is over needs no memory');
  });

  test('takes the same decisions when its state is forgotten before every transaction', async () => {
    const written = async (variant: StorageVariant) => {
      await using storage = await openStorage(variant);
      const workflow = await runDiamond(storage);
      const steps = await storage.sql('select step, status, payload, result from tasks order by step');
      const { status, output } = await headerOf(storage, workflow.id);
      return { steps, status, output, types: typesOf(storage) };
    };
    assert.deepEqual(await written({ cacheSteps: 0 }), await written({}));
  });

  test('joins steps that end in one batch exactly once', async () => {
    await using storage = await openStorage();
    const workflow = await start(storage, diamond, { x: 1 });
    await storage.apply(completion(workflow.task('a'), '{"n":1}'));
    await storage.apply(completion(workflow.task('c')), completion(workflow.task('b')), completion(workflow.task('b')));
    const rows = await storage.sql<{ step: string }>('select step from tasks order by step');
    assert.deepEqual(
      rows.map(({ step: key }) => key),
      ['a', 'b', 'c', 'd'],
    );
  });

  test('joins five hundred parallel steps', async () => {
    await using storage = await openStorage();
    const wide = Array.from({ length: 500 }, (_, i) => step(`w${i}`));
    const keys = wide.map(({ key }) => key);
    const join = step(
      'join',
      keys,
      keys.map((key) => ({ $from: `steps.${key}.result` })),
    );
    const workflow = await start(storage, { steps: [...wide, join] });
    await storage.apply(...keys.slice(0, 300).map((key, i) => completion(workflow.task(key), String(i))));
    storage.cache.clear();
    await storage.apply(...keys.slice(300).map((key, i) => completion(workflow.task(key), String(300 + i))));
    assert.deepEqual(
      await payloadOf(storage, workflow.task('join')),
      keys.map((_, i) => i),
    );
  });

  test('many workflows advance in one transaction with as many statements as one', async () => {
    const statementsOf = async (count: number) => {
      let statements = 0;
      await using storage = await openStorage({
        advanceStore: (store) => ({
          ...store,
          transaction: (work, emits) =>
            store.transaction(
              (tx) =>
                work(
                  new Proxy(tx, {
                    get: (target, name) => {
                      const method: unknown = Reflect.get(target, name);
                      return typeof method !== 'function'
                        ? method
                        : (...parameters: unknown[]) => {
                            statements += 1;
                            return (method as (...p: unknown[]) => unknown)(...parameters);
                          };
                    },
                  }),
                ),
              emits,
            ),
        }),
      });
      const workflows = await Promise.all(Array.from({ length: count }, () => start(storage, diamond, { x: 1 })));
      statements = 0;
      await storage.apply(...workflows.map(({ task }) => completion(task('a'), '{"n":1}')));
      return statements;
    };
    assert.equal(await statementsOf(50), await statementsOf(1));
  });

  test('a state in memory that is behind the rows is thrown away and decided again', async () => {
    await using storage = await openStorage();
    const workflow = await start(storage, diamond, { x: 1 });
    const run = storage.cache.get(workflow.id);
    assert.ok(run);
    const outdated = structuredClone(run.state);
    await storage.apply(completion(workflow.task('a'), '{"n":1}'));
    run.state = structuredClone(outdated);
    await storage.apply(completion(workflow.task('b')));
    assert.notEqual(storage.cache.get(workflow.id), run, 'it was rebuilt');
    storage.cache.add({ ...run, state: structuredClone(outdated) });
    await storage.apply(completion(workflow.task('c')));
    await storage.apply(completion(workflow.task('d'), '7'));
    assert.equal((await headerOf(storage, workflow.id)).status, 'completed');
    assert.equal((await storage.sql('select id from tasks')).length, 4);
  });
});

test('a workflow that has ended in its rows is not ended again from memory', async () => {
  await using storage = await openStorage();
  const workflow = await start(storage, { steps: [step('a')] });
  await storage.sql("update workflows set status = 'failed' where id = $1", [workflow.id]);
  await storage.apply(completion(workflow.task('a')));
  assert.equal((await headerOf(storage, workflow.id)).status, 'failed');
  assert.ok(!typesOf(storage).includes('workflow.completed'));
});

describe('a workflow that fails', () => {
  test('fails at once, lets the rest run to its end, and starts nothing', async () => {
    await using storage = await openStorage();
    const workflow = await start(storage, diamond, { x: 1 });
    await storage.apply(completion(workflow.task('a'), '{"n":1}'));
    await storage.apply(failure(workflow.task('b'), 'card_declined'));
    const failed = await headerOf(storage, workflow.id);
    assert.deepEqual([failed.status, failed.failed_step], ['failed', 'b']);
    assert.equal(JSON.parse(failed.error as string).code, 'card_declined');
    await storage.apply(completion(workflow.task('c'), '2'));
    const rows = await storage.sql<{ step: string; status: string }>('select step, status from tasks order by step');
    assert.deepEqual(
      rows.map((row) => `${row.step} ${row.status}`),
      ['a completed', 'b failed', 'c completed'],
    );
    assert.equal(
      typesOf(storage)
        .filter((type) => type.startsWith('workflow.'))
        .join(),
      'workflow.started,workflow.failed',
    );
    assert.equal(storage.cache.size, 0);
  });

  test('because a reference leads nowhere, names the step and the reference', async () => {
    await using storage = await openStorage();
    const graph = { steps: [step('a'), step('b', ['a'], { $from: 'steps.a.result.missing.deep' }), step('c', ['b'])] };
    const workflow = await start(storage, graph);
    await storage.apply(completion(workflow.task('a'), '{}'));
    const header = await headerOf(storage, workflow.id);
    assert.deepEqual([header.status, header.failed_step], ['failed', 'b']);
    const error = JSON.parse(header.error as string);
    assert.equal(error.code, 'reference_not_found');
    assert.match(error.message, /"b".*steps\.a\.result\.missing\.deep/);
    const [row] = await storage.sql<{ status: string; error: string }>("select * from tasks where step = 'b'");
    assert.deepEqual([row?.status, row?.error], ['failed', header.error], 'its row says so too');
    const created = typesOf(storage).filter((type) => type === 'task.created');
    assert.equal(created.length, 1, 'no worker hears of it');
  });

  test('because a payload grows too large, instead of writing it', async () => {
    await using storage = await openStorage();
    const many = Array.from({ length: 6 }, () => ({ $from: 'steps.a.result' }));
    const workflow = await start(storage, { steps: [step('a'), step('b', ['a'], many)] });
    await storage.apply(completion(workflow.task('a'), JSON.stringify('x'.repeat(200_000))));
    const header = await headerOf(storage, workflow.id);
    assert.equal(JSON.parse(header.error as string).code, 'payload_too_large');
  });

  test('keeps its result out of the header when it would be too long', async () => {
    await using storage = await openStorage();
    const workflow = await start(storage, { steps: [step('a'), step('b')] });
    const large = JSON.stringify('x'.repeat(200_000));
    await storage.apply(completion(workflow.task('a'), large), completion(workflow.task('b'), large));
    const header = await headerOf(storage, workflow.id);
    assert.deepEqual([header.status, header.output], ['completed', null]);
  });
});

describe('the cancel of a workflow', () => {
  test('asks its live steps to end, and is final with the last of them', async () => {
    await using storage = await openStorage();
    const workflow = await start(storage, diamond, { x: 1 });
    await storage.apply(completion(workflow.task('a'), '{"n":1}'));
    assert.deepEqual(await cancel(storage, workflow.id), { kind: 'granted' });
    const requests = storage.published
      .flatMap(({ events }) => events)
      .filter(({ type }) => type.includes('cancel-requested'));
    assert.deepEqual(
      new Set(requests.map(({ data }) => data.taskId)),
      new Set([workflow.task('b'), workflow.task('c')]),
    );
    assert.equal(requests.length, 2);
    await storage.apply(cancellation(workflow.task('b')));
    assert.equal((await headerOf(storage, workflow.id)).status, 'running');
    await storage.apply(completion(workflow.task('c')));
    const header = await headerOf(storage, workflow.id);
    assert.deepEqual([header.status, header.cancel_requested, header.cancel_reason], ['cancelled', true, 'enough']);
    assert.equal((await storage.sql('select id from tasks')).length, 3, 'nothing starts after the request');
    assert.equal(typesOf(storage).filter((type) => type === 'workflow.cancelled').length, 1);
  });

  test('announces nothing again for a step that was asked to end by itself', async () => {
    await using storage = await openStorage();
    const workflow = await start(storage, diamond, { x: 1 });
    const taskId = workflow.task('a');
    await storage.advance.submit({ kind: 'command-task', tenantId: tenant, taskId, command: { kind: 'cancel' } });
    await cancel(storage, workflow.id);
    assert.equal(typesOf(storage).filter((type) => type === 'task.cancel-requested').length, 1);
  });

  test('asked for by its owner and by a stranger at once is granted to its owner alone', async () => {
    await using storage = await openStorage();
    const workflow = await start(storage, diamond, { x: 1 });
    const foreign = '11111111-1111-4111-8111-111111111111';
    const asForeigner = () =>
      storage.advance.submit({ kind: 'cancel-workflow', tenantId: foreign, workflowId: workflow.id });
    const outcomes = await Promise.all([asForeigner(), cancel(storage, workflow.id), asForeigner()]);
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['not-found', 'granted', 'not-found'],
    );
  });

  test('survives the loss of the state in memory', async () => {
    await using storage = await openStorage({ cacheSteps: 0 });
    const workflow = await start(storage, diamond, { x: 1 });
    await cancel(storage, workflow.id);
    await storage.apply(completion(workflow.task('a'), '{"n":1}'));
    assert.equal((await headerOf(storage, workflow.id)).status, 'cancelled');
  });

  test('in one batch with the completion of a step has one ending', async () => {
    await using storage = await openStorage();
    const workflow = await start(storage, diamond, { x: 1 });
    await Promise.all([cancel(storage, workflow.id), storage.apply(completion(workflow.task('a'), '{"n":1}'))]);
    await storage.apply(cancellation(workflow.task('b')), cancellation(workflow.task('c')));
    assert.equal((await headerOf(storage, workflow.id)).status, 'cancelled');
    const endings = typesOf(storage).filter((type) => /workflow\.(completed|failed|cancelled)/.test(type));
    assert.deepEqual(endings, ['workflow.cancelled']);
  });

  test('is refused when it has ended, and unknown to other tenants', async () => {
    await using storage = await openStorage();
    const workflow = await start(storage, { steps: [step('a')] });
    const foreign = '11111111-1111-4111-8111-111111111111';
    const asForeigner = { kind: 'cancel-workflow', tenantId: foreign, workflowId: workflow.id } as const;
    assert.deepEqual(await storage.advance.submit(asForeigner), { kind: 'not-found' });
    await storage.apply(completion(workflow.task('a')));
    assert.deepEqual(await cancel(storage, workflow.id), {
      kind: 'refused',
      refusal: 'already_finished',
      status: 'completed',
    });
    assert.deepEqual(await cancel(storage, systemIds.next()), { kind: 'not-found' });
  });
});
