import type { Telemetry } from '@taskflow/kit-telemetry';
import { checkHandedOn } from './checks/handed-check.ts';
import { checkIntents } from './checks/intent-check.ts';
import { checkPoison } from './checks/poison-check.ts';
import { checkRetries } from './checks/retry-check.ts';
import { checkSagas } from './checks/saga-check.ts';
import { checkStreams } from './checks/stream-check.ts';
import type { Counters } from './counters.ts';
import { countTransactionsAnew } from './database/gated-transaction.ts';
import type { SimulationServer } from './database/simulation-server.ts';
import { productionServices } from './engine/services.ts';
import { Chance } from './kernel/chance.ts';
import { swarmOf, type Swarm } from './swarm.ts';
import { type Planted, Simulation } from './simulation.ts';
import { startCrowd } from './workload/crowd.ts';
import { startBombs } from './workload/bomb.ts';
import { startCalmWork } from './workload/calm.ts';
import { Client } from './workload/client.ts';
import { startTraffic } from './workload/traffic.ts';

export interface SeedRun {
  readonly seed: number;
  /** Empty when every promise was kept. */
  readonly violations: readonly string[];
  /** Two runs of one seed have the same. */
  readonly digest: string;
  readonly counters: Counters;
  readonly happenings: number;
  /** Virtual milliseconds. */
  readonly endedAt: number;
  readonly swarm: Swarm;
}

export interface SeedOptions {
  readonly planted?: Planted;
  /** Told every line of the trace. */
  readonly print?: (line: string) => void;
  readonly telemetry?: Telemetry;
}

const lookEveryMs = 250;
/** Virtual milliseconds in which whatever still follows from the last end has happened. */
const calmMs = 2_500;
/**
 * Virtual milliseconds, beside five leases, in which everything comes to rest: hand-overs that nobody knows of are
 * looked for every 15 s.
 */
const restWithinMs = 20_000;
const maxViolations = 20;

/** One run from empty databases to rest. */
export async function runSeed(
  simulationServer: SimulationServer,
  seed: number,
  options: SeedOptions = {},
): Promise<SeedRun> {
  await simulationServer.clean();
  countTransactionsAnew();
  const { planted = {} } = options;
  const chosen = swarmOf(seed);
  const swarm = planted.swarm?.(chosen) ?? chosen;
  const services = await (planted.services ?? productionServices)();
  const restore = seedMathRandom(seed);
  try {
    const { print, telemetry } = options;
    return await play(new Simulation({ simulationServer, seed, swarm, planted, services, print, telemetry }));
  } finally {
    restore();
  }

  async function play(simulation: Simulation): Promise<SeedRun> {
    const { kernel, counters, watch, ledger } = simulation;
    const client = new Client({
      kernel,
      counters,
      chance: simulation.chanceOf('client'),
      engine: () => simulation.engine,
      patienceMs: 3_000,
      forgetsItsKey: planted.clientForgetsItsKey ?? false,
    });
    let isOver = false;
    const { leaseMs, troubleMs } = swarm;
    let restedSince = Number.POSITIVE_INFINITY;
    const restBy = troubleMs + restWithinMs + 5 * leaseMs;
    const isCalm = swarm.calmAt < Number.POSITIVE_INFINITY;
    const restsFrom = Math.max(troubleMs + 4_500, isCalm ? swarm.calmAt + 500 : 0);
    const look = async () => {
      await watch.look(simulation.isQuiet);
      const rests = kernel.now > restsFrom && isAtRest();
      restedSince = rests ? Math.min(restedSince, kernel.now) : Number.POSITIVE_INFINITY;
      if (kernel.now - restedSince > calmMs || kernel.now >= restBy || watch.violations.length >= maxViolations)
        isOver = true;
      else kernel.after(lookEveryMs, undefined, '', look);
    };
    const isAtRest = () =>
      watch.tasks.unfinished.length === 0 &&
      watch.executions.left.length === 0 &&
      (simulation.sight === undefined || watch.positions.isLevel) &&
      client.intents.every(({ state }) => state !== 'open');
    const { intents, workflowShare, workMs, shapes, retries } = swarm;
    const chance = simulation.chanceOf('traffic');
    const poison = { chance: simulation.chanceOf('poison'), share: swarm.poisonShare };
    const asked = { intents, workflowShare, workMs, shapes, retries };
    startTraffic({ kernel, chance, client, ...asked, forMs: troubleMs, leaseMs, poison });
    startCrowd({ kernel, client, chance: simulation.chanceOf('crowd'), size: swarm.crowd, forMs: troubleMs });
    const bombs = swarm.isTight ? swarm.bombs : 0;
    startBombs({ kernel, client, chance: simulation.chanceOf('bombs'), count: bombs, forMs: troubleMs });
    startCalmWork({ kernel, client, chance: simulation.chanceOf('calm'), at: swarm.calmAt });
    kernel.after(troubleMs, undefined, 'the trouble is over', () => {
      simulation.inTrouble = false;
    });
    kernel.after(lookEveryMs, undefined, '', look);
    simulation.begin();
    await kernel.run(() => isOver);
    await simulation.end();
    await watch.look(true);
    const violations = [...watch.violations, ...client.dishonest, ...ledger.dishonest];
    if (!isAtRest()) {
      violations.push(...[...watch.tasks.unfinished, ...watch.executions.left].map((text) => `not at rest: ${text}`));
    }
    violations.push(...checkIntents(client.intents, watch.tasks));
    violations.push(...checkRetries(client.commands, watch.tasks));
    violations.push(...checkPoison(client.intents, watch.tasks));
    violations.push(...watch.events.judge());
    violations.push(...watch.claims.judge(ledger.claims, kernel.now));
    violations.push(...checkHandedOn(ledger, watch.tasks));
    violations.push(...checkSagas(client.intents, watch.tasks, ledger.effects));
    violations.push(...(await checkStreams(simulationServer.stores, watch, ledger, simulation.sight)));
    for (const { status, parent_id: parent } of watch.tasks.workflows.values()) {
      counters.hit(`workflow ${String(status)}`);
      if (parent !== null) counters.hit(`child workflow ${String(status)}`);
    }
    for (const { image } of watch.tasks.parked.values()) {
      counters.hit(image.stuck_error === undefined ? 'task parked' : 'workflow parked');
    }
    counters.hit('waits ended by an event', watch.events.met);
    counters.hit('statement waited for a lock', simulation.flights.blocked);
    return {
      seed,
      violations: violations.slice(0, maxViolations),
      digest: kernel.digest(),
      counters,
      happenings: kernel.happenings,
      endedAt: kernel.now,
      swarm,
    };
  }
}

/** Loops and writers whose owner gives them no chance of their own take it from here. */
function seedMathRandom(seed: number): () => void {
  const ambient = Math.random;
  const chance = new Chance(seed, 'ambient');
  Math.random = () => chance.next();
  return () => {
    Math.random = ambient;
  };
}
