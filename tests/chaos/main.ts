// Trials on demand: `npx node tests/chaos/main.ts <trial> [--count n] [--seed n] [--within s]`. README.md says what each one shows.

import { parseArgs } from 'node:util';
import { startHostileWorkflows } from './trials/hostile-workflows.ts';
import { killWhileIdle } from './trials/idle-kills.ts';

const say = (line: string) => console.log(line);

interface Asked {
  readonly count: number | undefined;
  readonly seed: number;
  /** Seconds that what was started may take to end. */
  readonly within: number;
  readonly maxDescendants: number;
  /** Only what has this in its name. */
  readonly only: string | undefined;
  readonly queue: string;
}

/** Each gives whether all was as it has to be. */
const trials: Readonly<Record<string, (asked: Asked) => Promise<boolean>>> = {
  'idle-kills': async ({ count = 200, seed }) => {
    const report = await killWhileIdle({ kills: count, seed, everyMs: 50, tell: say });
    say(JSON.stringify(report, undefined, 2));
    return report.wrong.length === 0;
  },
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
      tell: say,
    });
    const { kinds, wrong, ...rest } = report;
    say(JSON.stringify(rest, undefined, 2));
    for (const [kind, ends] of Object.entries(kinds)) say(`${kind}: ${JSON.stringify(ends)}`);
    for (const what of wrong.slice(0, 100)) say(`WRONG: ${what}`);
    return wrong.length === 0;
  },
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    within: { type: 'string', default: '600' },
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
  maxDescendants: Number(values['max-descendants']),
  only: values.only,
  queue: values.queue,
});
say(
  `${positionals[0]}: ${isRight ? 'as it has to be' : 'WRONG'} after ${Math.round((performance.now() - begin) / 1000)} s`,
);
process.exit(isRight ? 0 : 1);
