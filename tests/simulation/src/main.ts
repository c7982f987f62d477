import { parseArgs } from 'node:util';
import { openSimulationServer } from './database/simulation-server.ts';
import { plantedBugs } from './bugs/planted-bugs.ts';
import { Counters } from './counters.ts';
import { keepSeed } from './kept-seeds.ts';
import { runSeed } from './run-seed.ts';
import type { Planted } from './simulation.ts';

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    bug: { type: 'string' },
    trace: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
  },
});
const simulationServer = await openSimulationServer();
const totals = new Counters();
const bugs: Record<string, Planted> = plantedBugs(simulationServer);
const planted = values.bug === undefined ? undefined : bugs[values.bug];
if (values.bug !== undefined && planted === undefined) {
  console.error(`No such bug. There are: ${Object.keys(bugs).join(', ')}`);
  process.exit(1);
}
let failed = 0;
const first = Number(values.from);
const begin = performance.now();
for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
  const since = performance.now();
  const print = values.trace ? (line: string) => console.log(line) : undefined;
  const run = await runSeed(simulationServer, seed, { planted, print });
  totals.add(run.counters);
  const ms = Math.round(performance.now() - since);
  console.log(`seed ${seed} ${run.digest} ${run.happenings} events, ${run.endedAt} ms in ${ms} ms, ${run.swarm.bus}`);
  if (values.twice) {
    const again = await runSeed(simulationServer, seed, { planted });
    if (again.digest !== run.digest) console.log(`  NOT REPEATABLE: ${again.digest}`);
  }
  if (run.violations.length > 0) failed += 1;
  if (planted === undefined && run.violations[0] !== undefined) keepSeed(seed, run.violations[0]);
  for (const violation of run.violations) console.log(`  ${violation}`);
}
for (const [what, times] of totals.entries()) console.log(`${String(times).padStart(8)} ${what}`);
const { user, system } = process.cpuUsage();
const cpuMs = Math.round((user + system) / 1_000);
console.log(
  `${failed} of ${values.seeds} seeds failed, ${Math.round(performance.now() - begin)} ms (${cpuMs} ms of CPU)`,
);
await simulationServer.stop();
