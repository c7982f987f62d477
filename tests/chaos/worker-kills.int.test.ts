import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chaosScale } from './harness/index.ts';
import { killWorkers } from './trials/worker-kills.ts';

describe('workers that are killed again and again under a load of tasks and sagas', () => {
  it('lose nothing: each attempt runs once at most, and every task and saga ends as it has to', async (t) => {
    const report = await killWorkers({
      forMs: 9_000 * chaosScale(),
      everyMs: 3_000,
      seed: 11,
      print: (line) => t.diagnostic(line),
    });
    t.diagnostic(JSON.stringify(report));
    assert.ok(report.kills >= 3, `${report.kills} kills`);
    assert.ok(report.lostLeases > 0, 'no kill hit a worker that had work');
    assert.ok(report.again > 0, 'nothing that a killed worker had begun ran again');
  });
});
