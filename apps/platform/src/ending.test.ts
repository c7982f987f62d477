import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manualClock, silentTelemetry } from '@taskflow/kit-testing';
import { createEnding, type Part } from './ending.ts';

function parted(...parts: Part[]) {
  const clock = manualClock();
  const hurry = new AbortController();
  const ending = createEnding({ clock, log: silentTelemetry().log, hurry: hurry.signal });
  for (const part of parts) ending.add(part);
  return { clock, hurry, ending };
}

const hangs = () => new Promise<void>(() => undefined);

describe('the end of a platform', () => {
  it('ends what was started last first, and nothing holds up the rest', async () => {
    const ended: string[] = [];
    const { clock, ending } = parted(
      { name: 'first', end: async () => void ended.push('first') },
      { name: 'fails', end: () => Promise.reject(new Error('no')) },
      { name: 'hangs', end: hangs, withinMs: 1_000 },
      { name: 'last', end: async () => void ended.push('last') },
    );
    const run = ending.run();
    await clock.advance(1_000);
    await run;
    assert.deepEqual(ended, ['last', 'first']);
  });

  it('in a hurry leaves the part in progress, and ends at once only what outlives the process', async () => {
    const ended: string[] = [];
    const { hurry, ending } = parted(
      {
        name: 'server',
        end: async () => void ended.push('in order'),
        endAtOnce: async () => void ended.push('server'),
      },
      { name: 'http', end: async () => void ended.push('http') },
      { name: 'worker', end: hangs, endAtOnce: async () => void ended.push('worker') },
    );
    const run = ending.run();
    hurry.abort();
    await run;
    assert.deepEqual(ended, ['worker', 'server']);
  });

  it('bounds also what is ended at once', async () => {
    const { clock, hurry, ending } = parted({ name: 'server', end: hangs, endAtOnce: hangs, withinMs: 500 });
    hurry.abort();
    const run = ending.run();
    await clock.advance(500);
    await run;
  });
});
