import type { BrokerFaults } from './bus/broker-options.ts';
import type { TellingFaults } from './bus/lossy-delivery.ts';
import { type DatabaseFaults, noDatabaseFaults } from './database/fault-plan.ts';
import { Chance } from './kernel/chance.ts';
import type { Manners } from './workers/manners.ts';
import { calmFrom } from './workload/calm.ts';
import { type Shape, shapes } from './workload/workflow-shapes.ts';

/** What one seed does: each picks its own subset of faults, rates and times. */
export interface Swarm {
  readonly bus: 'in-process' | 'broker';
  readonly leaseMs: number;
  readonly latencyMs: number;
  readonly socketWorkers: number;
  readonly callingWorkers: number;
  readonly intents: number;
  /** Of what is made. */
  readonly workflowShare: number;
  /** Mean virtual milliseconds that a handler takes. */
  readonly workMs: number;
  /** Virtual milliseconds in which load and faults come. */
  readonly troubleMs: number;
  readonly database: DatabaseFaults;
  readonly telling: TellingFaults;
  readonly broker: BrokerFaults;
  /** Mean virtual milliseconds between two of their kind; infinite: never. */
  readonly crashEveryMs: number;
  readonly serverCrashEveryMs: number;
  readonly freezeEveryMs: number;
  readonly workerCrashEveryMs: number;
  readonly workerFreezeEveryMs: number;
  readonly cutEveryMs: number;
  /** A worker stands still for longer than a lease, or dies, between a claim and its next sign of life. */
  readonly lostAfterClaim: number;
  readonly skewMs: number;
  readonly maxCrashes: number;
  /** Mean virtual milliseconds after which the server makes asynchronous commits durable by itself. */
  readonly flushEveryMs: number;
  readonly maxServerCrashes: number;
  /** Virtual milliseconds that the server is away at most. */
  readonly serverAwayMs: number;
  /** Pages and turns of the engine are so small that everything crosses them. */
  readonly isTight: boolean;
  /** Of what is made: a database refuses what every check lets pass. */
  readonly poisonShare: number;
  /** Of workflows. */
  readonly shapes: readonly Shape[];
  /** Workflows that wait for the same events. */
  readonly crowd: number;
  /** An answer that hands work to a worker of plain calls gets lost on its way. */
  readonly lostAnswers: number;
  /** How workers of plain calls behave, where that is not left to chance. */
  readonly manners: Partial<Manners>;
  /** How often such a worker reports what it has no right to. */
  readonly misreports: number;
  /** Workflows of a definition that starts itself, where pages and turns are small. */
  readonly bombs: number;
  /** Commands to workflows to run again, from a step or wherever they did not complete. */
  readonly retries: number;
  /** A second consumer reads both streams, slowly, and stands still now and then. */
  readonly onlooker: boolean;
  /** Virtual time at which more work comes than there are slots, while nothing goes wrong; infinite: never. */
  readonly calmAt: number;
}

export function swarmOf(seed: number): Swarm {
  const chance = new Chance(seed, 'swarm');
  const some = <T>(probability: number, value: () => T, otherwise: T): T =>
    chance.happens(probability) ? value() : otherwise;
  const rate = (limit: number) => some(0.6, () => limit * chance.next(), 0);
  const every = (from: number, to: number) => some(0.5, () => chance.between(from, to), Number.POSITIVE_INFINITY);
  // A chance of its own: what else a seed does stays what it was.
  const serverChance = new Chance(seed, 'server');
  const contentChance = new Chance(seed, 'content');
  const callChance = new Chance(seed, 'calls');
  const retryChance = new Chance(seed, 'retries');
  const leaseMs = chance.pick([1_000, 1_500, 3_000]);
  const skewMs = some(0.5, () => chance.between(-600_000, 600_000), 0);
  const database: DatabaseFaults = {
    ...noDatabaseFaults,
    lostSession: rate(0.01),
    conflict: rate(0.01),
    lostAnswer: rate(0.01),
    unknownDone: rate(0.04),
    unknownRolledBack: rate(0.04),
    unknownHeld: rate(0.06),
    crashBeforeCommit: rate(0.01),
    crashAfterCommit: rate(0.015),
    crashWhileCommitting: rate(0.02),
    serverCrashSoon: serverChance.happens(0.5) ? 0.2 * serverChance.next() : 0,
  };
  const isCalm = leaseMs <= 1_500 && callChance.happens(0.6);
  const drawn: Omit<Swarm, 'calmAt'> = {
    bus: chance.pick(['in-process', 'broker']),
    leaseMs,
    latencyMs: chance.pick([1, 2, 5]),
    socketWorkers: chance.between(1, 3),
    callingWorkers: chance.between(1, 2),
    workflowShare: chance.pick([0.1, 0.25, 0.6]),
    workMs: chance.pick([20, 60, 200]),
    intents: chance.between(8, 24),
    troubleMs: chance.between(3_000, 8_000),
    database,
    telling: { lost: rate(0.3), twice: rate(0.3), late: rate(0.5) },
    broker: {
      duplicate: rate(0.4),
      lost: rate(0.2),
      lostAcknowledgement: rate(0.3),
      stale: rate(0.2),
      crashAfterPublish: rate(0.03),
    },
    crashEveryMs: every(1_500, 6_000),
    freezeEveryMs: every(2_000, 8_000),
    workerCrashEveryMs: every(1_000, 5_000),
    workerFreezeEveryMs: every(1_000, 4_000),
    cutEveryMs: every(500, 3_000),
    lostAfterClaim: rate(0.15),
    skewMs,
    maxCrashes: 6,
    serverCrashEveryMs: serverChance.happens(0.3) ? serverChance.between(1_000, 4_000) : Number.POSITIVE_INFINITY,
    flushEveryMs: serverChance.pick([30, 200, 600]),
    maxServerCrashes: 3,
    serverAwayMs: 1_500,
    isTight: new Chance(seed, 'bounds').happens(0.6),
    poisonShare: contentChance.happens(0.4) ? contentChance.pick([0.1, 0.3]) : 0,
    shapes,
    crowd: contentChance.happens(0.5) ? contentChance.between(2, 5) : 0,
    lostAnswers: contentChance.happens(0.4) ? 0.3 * contentChance.next() : 0,
    manners: {},
    misreports: callChance.happens(0.5) ? 0.3 * callChance.next() : 0,
    bombs: new Chance(seed, 'bombs').happens(0.4) ? 1 : 0,
    retries: retryChance.happens(0.7) ? retryChance.between(4, 12) : 0,
    onlooker: new Chance(seed, 'onlooker').happens(0.5),
  };
  // The model of a broker drops nothing, so that a second consumer shows nothing there that the first one does not.
  const onlooker = drawn.onlooker && drawn.bus === 'in-process';
  return { ...drawn, onlooker, calmAt: isCalm ? calmFrom(drawn) : Number.POSITIVE_INFINITY };
}
