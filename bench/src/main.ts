// `npm run bench`: what TaskFlow does, beside what plain SQL does on the same server in the same run.

import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { figuresOf, ratiosOf } from './figures/figures.ts';
import { median } from './figures/statistics.ts';
import { partTable, ratioTable } from './figures/table.ts';
import { type BenchOptions, readOptions, usage } from './options.ts';
import type { Part, Sample } from './parts/part.ts';
import { openBenchEnvironment, type BenchEnvironment } from './environment.ts';

const options = readOptions(process.argv.slice(2));
if (typeof options === 'string') {
  process.stderr.write(`${options}\n\n${usage}`);
  process.exit(1);
}

/** Of each part before the first round, so that compiling the programs while they run is no part of a figure. */
const warmUpSeconds = 2;
/** Cores that other programs used during each measurement: what the figures have to be read beside. */
const foreignCores: number[] = [];
const environment = await openBenchEnvironment(options);
// The stage's processes ignore Ctrl-C, so that they end in order.
process.once('SIGINT', () => void environment.stop().then(() => process.exit(130)));
try {
  await report(options, await measure(environment, options));
} finally {
  await environment.stop();
}

/** Rounds are interleaved, so that a slow spell of the machine hits all parts alike. */
async function measure(at: BenchEnvironment, { parts, rounds, ...rest }: BenchOptions): Promise<Map<Part, Sample[]>> {
  const samples = new Map<Part, Sample[]>(parts.map((part) => [part, []]));
  const inRounds = parts.filter(({ runs }) => runs === 'each round');
  for (const part of inRounds) await part.measure(at, { ...rest, seconds: Math.min(warmUpSeconds, rest.seconds) });
  for (let round = 1; round <= rounds; round += 1) {
    for (const part of inRounds) await take(part, `round ${round}`);
  }
  for (const part of parts.filter(({ runs }) => runs === 'once')) await take(part, 'once');
  return samples;

  async function take(part: Part, when: string): Promise<void> {
    process.stderr.write(`${part.name} (${when}) …`);
    await at.clean();
    const before = { ...at.cpuSoFar(), atMs: performance.now() };
    const sample = await part.measure(at, rest);
    const now = at.cpuSoFar();
    const foreignMs = now.machine - before.machine - (now.own - before.own);
    foreignCores.push(Math.max(0, foreignMs / (performance.now() - before.atMs)));
    samples.get(part)?.push(sample);
    const [first] = Object.entries(sample);
    process.stderr.write(first === undefined ? '\n' : ` ${first[0]} ${first[1].toPrecision(4)}\n`);
  }
}

async function report({ jsonFile, parts, ...rest }: BenchOptions, samples: Map<Part, Sample[]>): Promise<void> {
  const figures = figuresOf(samples);
  const ratios = ratiosOf(figures);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`;
  const foreign = median(foreignCores);
  console.log(`\n${machine}; medians of ${rest.rounds} interleaved rounds of ${rest.seconds} s [least – most]`);
  console.log(`Other programs used ${foreign.toFixed(1)} cores meanwhile (median)\n`);
  for (const part of parts) console.log(`${partTable(part, figures.get(part.name) ?? {})}\n`);
  if (ratios.length > 0) console.log(ratioTable(ratios));
  if (jsonFile === undefined) return;
  const named = Object.fromEntries([...samples].map(([part, rounds]) => [part.name, rounds]));
  const content = {
    machine,
    foreignCores: foreign,
    options: rest,
    samples: named,
    figures: Object.fromEntries(figures),
    ratios,
  };
  await writeFile(jsonFile, `${JSON.stringify(content, null, 2)}\n`);
}
