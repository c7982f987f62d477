import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chaosScale } from './harness/index.ts';
import { startHostileWorkflows } from './trials/hostile-workflows.ts';

describe('hostile workflows beside an ordinary load', () => {
  it('end or say why they are stuck, and take nothing from others', async (t) => {
    const count = 30 * chaosScale();
    const { load, kinds, wrong, maxRssMb } = await startHostileWorkflows({
      count,
      seed: 20_261_129,
      scale: 'small',
      perSecond: 20,
      queue: 'default',
      withinMs: 60_000,
      maxDescendants: 1_000,
      print: () => {},
    });
    assert.deepEqual(wrong, []);
    assert.equal(load.completed, load.tasks);
    let all = 0;
    for (const [kind, { started, refused, ended, stuck }] of Object.entries(kinds)) {
      const settled = [refused, ended, stuck].flatMap((tally) => Object.values(tally)).reduce((a, b) => a + b, 0);
      assert.equal(settled, started, kind);
      all += started;
    }
    assert.ok(all >= count, `${all} were started`);
    t.diagnostic(JSON.stringify({ load, maxRssMb, kinds }));
  });
});
