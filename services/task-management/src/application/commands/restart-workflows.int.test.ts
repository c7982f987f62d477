import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tenant } from '../../../testing/execution-double.ts';
import { type Harness, startHarness } from '../../../testing/service-harness.ts';
import { createReadingStore } from '../../infrastructure/postgres/reading-store.ts';
import { taskManagementStatements } from '../../infrastructure/postgres/statements.ts';

let harness: Harness;
const ids: string[] = [];
before(async () => {
  harness = await startHarness({ bounds: { scannedRestarts: 2, restartsAtOnce: 1 } });
  for (let n = 0; n < 9; n += 1) {
    const steps = [{ key: 'a', type: 'work' }];
    ids.push((await harness.call('POST', '/api/v1/workflows', { name: `n${n % 2}`, steps })).body.id);
  }
});
after(() => harness[Symbol.asyncDispose]());

const restart = async (filter: object, more: object = { dryRun: true }) => {
  const { status, body } = await harness.call('POST', '/api/v1/workflows/restart', { filter, ...more });
  assert.equal(status, 200, JSON.stringify(body));
  const sample = (body.sample as { id: string }[]).map(({ id }) => id);
  return { sample, matched: body.matched, more: body.more, restarted: body.restarted };
};
const is = (status: string, some: readonly string[]) =>
  harness.sql(
    "update workflows set status = $1, stuck_at = case $1 when 'stuck' then now() end, stuck_from = 'running' where id = any($2::uuid[])",
    [status, `{${some.join(',')}}`],
  );

for (const status of ['failed', 'stuck']) {
  test(`workflows that are ${status} are found in slices, from the newest to the oldest`, async () => {
    const some = [ids[0], ids[4], ids[7], ids[8]] as string[];
    await is(status, some);
    assert.deepEqual(await restart({ status }), {
      sample: some.toReversed(),
      matched: 4,
      more: undefined,
      restarted: undefined,
    });
    assert.deepEqual((await restart({ status, name: 'n0' })).sample, [ids[8], ids[4], ids[0]]);
    assert.deepEqual((await restart({ status, version: 1 })).sample, []);
    const now = new Date().toISOString();
    assert.deepEqual((await restart({ status, createdAfter: now })).sample, []);
    assert.equal((await restart({ status, createdBefore: now })).matched, 4);
    const three = await restart({ status }, { dryRun: true, limit: 3 });
    assert.deepEqual([three.sample, three.more], [some.toReversed().slice(0, 3), true]);
    const four = await restart({ status }, { dryRun: true, limit: 4 });
    assert.deepEqual([four.matched, four.more], [4, undefined]);
    await is('running', some);
  });
}

test('all that were found are retried', async () => {
  const some = [ids[1], ids[3]] as string[];
  await is('stuck', some);
  // What is in memory of them is as it was.
  harness.beginAnotherRun();
  assert.deepEqual(await restart({ status: 'stuck' }, {}), {
    sample: some.toReversed(),
    matched: 2,
    more: undefined,
    restarted: 2,
  });
  assert.deepEqual(await restart({ status: 'stuck' }), {
    sample: [],
    matched: 0,
    more: undefined,
    restarted: undefined,
  });
});

test('one look goes through so many rows and says where the next one goes on', async () => {
  const store = createReadingStore(harness.database, taskManagementStatements(), {
    scannedRows: 4,
    scannedRestarts: 3,
  });
  const first = await store.findWorkflows(tenant, { status: 'completed' }, undefined, 100);
  assert.deepEqual(first, { items: [], below: ids.at(-3) });
  assert.equal((await store.findWorkflows(tenant, { status: 'completed' }, ids[2], 100)).below, undefined);
  assert.equal((await store.listWorkflows(tenant, { status: 'completed' }, undefined, 100)).below, ids.at(-4));
});

test('stuck ones are found at once, however many newer ones there are', async () => {
  const bounds = { scannedRows: 2, scannedRestarts: 2 };
  const store = createReadingStore(harness.database, taskManagementStatements(), bounds);
  const oldest = ids[0] as string;
  await is('stuck', [oldest]);
  await harness.sql("update tasks set status = 'stuck', stuck_at = now() where workflow_id = $1::uuid", [oldest]);
  const filter = { status: 'stuck' };
  for (const list of [store.listWorkflows, store.findWorkflows]) {
    const page = await list(tenant, filter, undefined, 100);
    assert.deepEqual([page.items.map(({ id }) => id), page.below], [[oldest], undefined]);
  }
  const tasks = await store.listTasks(tenant, filter, undefined, 100);
  assert.deepEqual([tasks.items.map(({ workflowId }) => workflowId), tasks.below], [[oldest], undefined]);
});
