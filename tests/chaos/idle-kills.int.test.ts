import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chaosScale } from './harness/index.ts';
import { killWhileIdle } from './trials/idle-kills.ts';

describe('kill -9 of the database server while next to nothing goes on', () => {
  it('loses nothing, mixes nothing up, and needs nobody to ask for anything', async (t) => {
    const kills = 5 * chaosScale();
    const { accepted, slowestMs, wrong } = await killWhileIdle({
      kills,
      seed: 7,
      everyMs: 50,
      print: (line) => t.diagnostic(line),
    });
    assert.deepEqual(wrong, []);
    t.diagnostic(`${kills} kills, ${accepted} accepted, slowest at rest after ${slowestMs} ms`);
  });
});
