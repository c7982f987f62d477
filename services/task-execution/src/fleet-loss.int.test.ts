import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processEnv } from '@taskflow/kit-config';
import { eventually } from '@taskflow/kit-testing';
import { startHarness } from '../testing/service-harness.ts';

/** How many times the usual load, as in tests/chaos: with 10 it is 100,000 attempts of 2,000 workers. */
const scale = Math.max(1, Number(processEnv().TASKFLOW_CHAOS_SCALE ?? 1) || 1);
const [sessions, leasesOfEach] = [200 * scale, 50];
const leases = sessions * leasesOfEach;
const tenant = '00000000-0000-0000-0000-000000000000';
const id = (n: string) => `('00000000-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;

/** A fleet that runs work and then is gone, as the database sees it. */
const fleet = [
  `insert into sessions select ${id('n')}, '${tenant}', 'lost', null, '{work}', '{}', ${leasesOfEach}, taskflow_now(),
     taskflow_now(), taskflow_now() + interval '1 hour' from generate_series(1, ${sessions}) n`,
  `insert into leased (tenant_id, id, lease, session, seq, queue, type, priority, attempt, generation, queued_at,
     claimed_at, announced, payload)
   select '${tenant}', ${id('100000000 + n')}, ${id('200000000 + n')}, ${id(`1 + n % ${sessions}`)},
     nextval('work_order'), 'default', 'work', 500, 1, 1, taskflow_now(), taskflow_now(), true, '"${'p'.repeat(200)}"'
   from generate_series(0, ${leases - 1}) n`,
];

test(`${sessions} workers with ${leases} attempts are lost at once: all of it runs elsewhere, and others' work goes on`, async (t) => {
  await using harness = await startHarness();
  for (const statement of fleet) await harness.sql(statement);
  const credit = Math.ceil(leases / 10);
  const workers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => harness.worker({ name: `other-${n}`, credit: Math.min(credit, 10_000) })),
  );
  const bystander = await harness.worker({ name: 'bystander', types: ['small'], credit: 1_000_000, concurrency: 10 });

  const began = performance.now();
  await harness.sql("update sessions set expires_at = taskflow_now() where name = 'lost'");
  let answered = 0;
  let slowest = 0;
  const delivered = () => workers.reduce((sum, { deliveries }) => sum + deliveries.waiting, 0);
  while (delivered() < leases) {
    const from = performance.now();
    const asked = harness.create({ type: 'small' });
    const given = await bystander.deliveries.next(30_000);
    assert.equal(given.taskId, asked);
    await bystander.complete({ lease: given.lease, taskId: given.taskId });
    for (const worker of workers) worker.send({ kind: 'heartbeat', ref: 0, holds: [], received: 0 });
    slowest = Math.max(slowest, performance.now() - from);
    answered += 1;
  }
  t.diagnostic(
    `${leases} attempts ran elsewhere after ${Math.round(performance.now() - began)} ms; meanwhile ${answered} tasks of others, the slowest in ${Math.round(slowest)} ms`,
  );

  const seen = new Set<string>();
  for (const { deliveries } of workers) {
    while (deliveries.waiting > 0) {
      const { taskId, attempt } = await deliveries.next();
      assert.equal(attempt, 2);
      assert.ok(!seen.has(taskId), 'each is dispatched once');
      seen.add(taskId);
    }
  }
  assert.equal(seen.size, leases);
  assert.ok(answered > 0);
  await eventually(() => harness.management.ofType('worker.lost').length === sessions);
  const lost = harness.management.ofType('worker.lost').map(({ data }) => data.leases as number);
  assert.equal(
    lost.reduce((sum, n) => sum + n, 0),
    leases,
  );
});
