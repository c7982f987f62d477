// Trials on demand: `node scripts/run.mjs tests/chaos/main.ts <trial> [--count n] [--seed n] [--seconds s] …`.
// README.md says what each one shows.

import { parseArgs } from 'node:util';
import { startHostileWorkflows } from './trials/hostile-workflows.ts';
import { killWhileIdle } from './trials/idle-kills.ts';
import {
  holdServerDown,
  openSite,
  type OutageReport,
  type Site,
  takeAllConnections,
  terminateBackends,
} from './trials/outages.ts';
import { killWorkers } from './trials/worker-kills.ts';

const print = (line: string) => console.log(line);

interface Asked {
  readonly count: number | undefined;
  readonly seed: number;
  /** Seconds that what was started may take to end. */
  readonly within: number;
  /** How long the fault lasts. */
  readonly seconds: number;
  /** Seconds from one fault to the next. */
  readonly every: number;
  readonly maxDescendants: number;
  /** Only what has this in its name. */
  readonly only: string | undefined;
  readonly queue: string;
}

/** Each gives whether all was as it has to be. */
const trials: Readonly<Record<string, (asked: Asked) => Promise<boolean>>> = {
  'idle-kills': async ({ count = 200, seed }) => {
    const report = await killWhileIdle({ kills: count, seed, everyMs: 50, print: print });
    print(JSON.stringify(report, undefined, 2));
    return report.wrong.length === 0;
  },
  'kill-workers': async ({ seconds, every, seed }) => {
    const report = await killWorkers({ forMs: seconds * 1_000, everyMs: every * 1_000, seed, print: print });
    print(JSON.stringify(report, undefined, 2));
    return true;
  },
  'terminate-backends': ({ seconds }) => outage((site) => terminateBackends(site, seconds * 1_000, 5_000)),
  'take-connections': ({ seconds }) => outage((site) => takeAllConnections(site, seconds * 1_000)),
  'hold-server-down': ({ seconds }) => outage((site) => holdServerDown(site, seconds * 1_000)),
  'hostile-workflows': async ({ count = 1_000, seed, within, maxDescendants, only, queue }) => {
    const report = await startHostileWorkflows({
      count,
      seed,
      only,
      queue,
      scale: 'full',
      perSecond: 20,
      withinMs: within * 1_000,
      maxDescendants,
      print: print,
    });
    const { kinds, wrong, ...rest } = report;
    print(JSON.stringify(rest, undefined, 2));
    for (const [kind, ends] of Object.entries(kinds)) print(`${kind}: ${JSON.stringify(ends)}`);
    for (const what of wrong.slice(0, 100)) print(`WRONG: ${what}`);
    return wrong.length === 0;
  },
};

/** Prints what was seen, and what the platform said more than once about it. What is wrong is thrown. */
async function outage(disturb: (site: Site) => Promise<OutageReport>): Promise<boolean> {
  const site = await openSite();
  try {
    const { printed, ...seen } = await disturb(site);
    print(JSON.stringify({ ...seen, lines: printed.reduce((sum, [, times]) => sum + times, 0) }));
    for (const [line, times] of printed.filter((each) => each[1] > 1)) print(`${times} times: ${line.slice(0, 160)}`);
  } finally {
    await site.close();
  }
  return true;
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    within: { type: 'string', default: '600' },
    seconds: { type: 'string', default: '60' },
    every: { type: 'string', default: '10' },
    only: { type: 'string' },
    queue: { type: 'string', default: 'default' },
    'max-descendants': { type: 'string', default: '100000' },
  },
});
const trial = trials[positionals[0] ?? ''];
if (trial === undefined) {
  console.error(`Say which one: ${Object.keys(trials).join(', ')}.`);
  process.exit(2);
}
const begin = performance.now();
const count = values.count === undefined ? undefined : Number(values.count);
const isRight = await trial({
  count,
  seed: Number(values.seed),
  within: Number(values.within),
  seconds: Number(values.seconds),
  every: Number(values.every),
  maxDescendants: Number(values['max-descendants']),
  only: values.only,
  queue: values.queue,
});
print(
  `${positionals[0]}: ${isRight ? 'as it has to be' : 'WRONG'} after ${Math.round((performance.now() - begin) / 1000)} s`,
);
process.exit(isRight ? 0 : 1);
