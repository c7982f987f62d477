import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { eventuallyHolds, usePlatform } from '@taskflow/tests-e2e';
import { fuzzWorkers, workersText } from './src/fuzz-workers.ts';

const seeds = [1, 2, 3];
const connections = 120;

describe('workers that say anything', () => {
  // Short leases, so that what the fuzzer leaves behind is over before the file is.
  const platform = usePlatform({ env: { TASKFLOW_LEASE_MS: '3000', TASKFLOW_HEARTBEAT_MS: '1000' } });
  const answers = new Map<string, number>();

  /** Work of somebody else, in a queue of its own. */
  async function othersWork(): Promise<void> {
    const { api } = platform();
    const { id } = await api.createTask({ type: 'taskflow.noop', payload: 7, queue: `others-${randomUUID()}` });
    assert.equal((await api.settledTask(id)).result, 7);
  }

  for (const seed of seeds) {
    it(`are answered or closed, while the work of others goes on (seed ${seed})`, async () => {
      const { api, url } = platform();
      await api.createTasks(Array.from({ length: 200 }, () => ({ type: 'fuzz.work', queue: 'fuzz' })));
      const report = await fuzzWorkers({ url, seed, connections, meanwhile: othersWork });
      console.log(workersText(seed, report));
      for (const [answer, count] of report.answers) answers.set(answer, (answers.get(answer) ?? 0) + count);
      assert.deepEqual(report.findings, [], workersText(seed, report));
      assert.ok(report.connections >= connections, `${report.connections} were begun`);
    });
  }

  it('are heard in every way that there is', () => {
    const met = ['registered', 'deliver', 'settled', 'heartbeat', 'close 1000', 'close 1008'];
    for (const answer of met) assert.ok((answers.get(answer) ?? 0) > 0, `${answer} was never met`);
    assert.ok([...answers.keys()].filter((answer) => answer.startsWith('error ')).length >= 4, 'few errors were met');
  });

  it('leave nothing behind once their leases are over, and the platform well', async () => {
    const { api, child } = platform();
    assert.ok(child.running());
    await eventuallyHolds(
      async () => {
        const { items } = await api.expect<{ items: { name: string }[] }>(200, 'GET', '/api/v1/workers');
        assert.deepEqual(
          items.filter(({ name }) => name === 'fuzz'),
          [],
        );
      },
      { withinMs: 60_000 },
    );
    await api.expect(200, 'GET', '/readyz');
    await othersWork();
  });
});
