import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setDatabaseOffset } from '@taskflow/kit-testing';
import { type Harness, startHarness } from '../testing/service-harness.ts';

const hourMs = 3_600_000;

async function ends(harness: Harness, step: object): Promise<unknown> {
  const { body, status } = await harness.call('POST', '/api/v1/workflows', { name: 'skewed', steps: [step] });
  assert.equal(status, 201, JSON.stringify(body));
  const read = await harness.call('GET', `/api/v1/workflows/${body.id}`, undefined, { prefer: 'wait=15' });
  return read.body.status;
}

for (const [name, offsetMs] of [
  ['an hour ahead of', hourMs],
  ['an hour behind', -hourMs],
] as const) {
  test(`waits end when they should with the database ${name} the process`, async () => {
    await using harness = await startHarness();
    await setDatabaseOffset(harness.database, offsetMs);
    assert.equal(await ends(harness, { key: 'span', sleep: { for: 100 } }), 'completed');
    // An instant that somebody named is one of the database's clock, too: long before the next look that nobody asked for.
    const [now] = await harness.sql<{ soon: string }>(
      `SELECT to_char(taskflow_now() + interval '500 ms', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS soon`,
    );
    assert.equal(await ends(harness, { key: 'instant', sleep: { until: now?.soon } }), 'completed');
    const waits = { key: 'signal', waitForSignal: { signal: 'never', timeout: 100 } };
    assert.equal(await ends(harness, waits), 'failed');
  });
}
