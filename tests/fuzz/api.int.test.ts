import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { usePlatform } from '@taskflow/tests-e2e';
import { type FuzzReport, fuzzApi } from './src/fuzz-api.ts';
import { neverSucceeded, reportText } from './src/print-report.ts';

const seeds = [1, 2];
const requests = 1_000;
/** Routes of which every request may have been refused: what the rarest commands need is not there in every run. */
const mayAllBeRefused = 3;

describe('requests of every kind', () => {
  const platform = usePlatform();
  const statuses = new Map<string, number>();
  let sent = 0;

  for (const seed of seeds) {
    it(`are answered as it is described (seed ${seed})`, async () => {
      const report: FuzzReport = await fuzzApi({ url: platform().url, seed, requests });
      console.log(reportText(seed, report));
      for (const [place, count] of report.statuses) statuses.set(place, (statuses.get(place) ?? 0) + count);
      sent += report.sent;
      assert.deepEqual(report.findings, [], reportText(seed, report));
    });
  }

  it('reach behind every route', () => {
    assert.ok(sent >= seeds.length * requests, `${sent} were sent`);
    const refused = neverSucceeded({ statuses }).filter((route) => route !== 'odd');
    assert.ok(refused.length <= mayAllBeRefused, refused.join(', '));
  });

  it('leave the platform well, and its work going on', async () => {
    const { api, child } = platform();
    assert.ok(child.running());
    await api.expect(200, 'GET', '/readyz');
    const queue = `after-${randomUUID()}`;
    const { id } = await api.createTask({ type: 'taskflow.noop', payload: 'still here', queue, priority: 999 });
    assert.equal((await api.settledTask(id)).result, 'still here');
    const steps = [{ key: 'a', type: 'taskflow.noop', payload: { $from: 'input' }, queue }];
    const workflow = await api.startWorkflow({ name: 'after', input: 7, steps, output: 'a' });
    assert.equal((await api.settledWorkflow(workflow.id)).output, 7);
  });
});
