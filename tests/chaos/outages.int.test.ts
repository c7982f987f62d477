import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chaosScale } from './harness/index.ts';
import { holdServerDown, openSite, type Site, takeAllConnections, terminateBackends } from './trials/outages.ts';

/** Of one line: each of two consumers tells, or a part that went on for a moment while the server came back; no more. */
const maxTimes = 3;

/** In so many of them, one after the other, something ends: what stood still did so for ever, or for many more. */
const strokes = 12;

/** Of the sixty that the server gives. */
const maxOfThem = 45;

describe('a platform whose database fails it for longer than a moment', () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site?.close());

  it('goes on between two strokes when all its sessions are ended twice a second', async (t) => {
    const { windows, maxGapMs } = await terminateBackends(site, 18_000 * chaosScale(), strokes * 500);
    t.diagnostic(`ended per ${strokes} strokes: ${windows.join(', ')}; at most ${maxGapMs} ms without any`);
    assert.deepEqual(
      windows.filter((ended) => ended === 0),
      [],
    );
  });

  it('says so and comes back when somebody else takes every connection', async (t) => {
    const { taken, refused } = await takeAllConnections(site, 6_000 * chaosScale());
    t.diagnostic(`${taken} connections taken, ${refused} answers of 503`);
    assert.ok(taken >= maxOfThem, `only ${taken} connections were taken`);
  });

  it('says so and comes back when the server is held down', async (t) => {
    const { refused, printed } = await holdServerDown(site, 6_000 * chaosScale());
    t.diagnostic(`${refused} answers of 503`);
    assert.ok(refused > 0, 'nobody noticed');
    const repeated = printed.filter(([, times]) => times > maxTimes);
    assert.deepEqual(repeated, [], 'a part that fails tells when that begins and when it ends, and not at each try');
    assert.ok(
      printed.some(([line]) => /the database does not answer/.test(line)),
      'nobody told',
    );
  });
});
