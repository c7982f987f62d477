import type { Telemetry } from '@taskflow/kit-telemetry';
import type { Clock, Ids } from '@taskflow/kit-time';
import type { EventBus, EventRecord } from '@taskflow/kit-messaging';
import { alteredEvents } from './bus/altered-events.ts';
import { Broker } from './bus/broker.ts';
import { createBrokerBus } from './bus/broker-bus.ts';
import type { BusBugs } from './bus/broker-options.ts';
import { lossyDelivery } from './bus/lossy-delivery.ts';
import { Watch } from './checks/watch.ts';
import { Counters } from './counters.ts';
import { noDatabaseFaults } from './database/fault-plan.ts';
import { DatabaseServer } from './database/database-server.ts';
import { Flights } from './database/flights.ts';
import type { SimulationServer } from './database/simulation-server.ts';
import type { Rewriting } from './database/pool.ts';
import { VirtualNow } from './database/virtual-now.ts';
import { Engine } from './engine/engine.ts';
import type { Sight } from './engine/onlooker.ts';
import type { Services } from './engine/services.ts';
import { shortKeep } from './engine/short-keep.ts';
import { type Bounds, tightBounds } from './engine/tight-bounds.ts';
import { Chance } from './kernel/chance.ts';
import { Kernel, type Owner } from './kernel/kernel.ts';
import { seededIds } from './kernel/seeded-ids.ts';
import type { Swarm } from './swarm.ts';
import { CallingWorker } from './workers/calling-worker.ts';
import { SocketWorker } from './workers/socket-worker.ts';
import { Effects } from './workers/effects.ts';
import { WorkerLedger } from './workers/worker-ledger.ts';
import { taskTypes } from './workload/orders.ts';

/** A bug that is planted to see whether it is found. */
export interface Planted {
  readonly rewriting?: (engine: { readonly startedAt: number }) => Rewriting;
  readonly bus?: BusBugs;
  readonly clientForgetsItsKey?: boolean;
  readonly undoesBlindly?: boolean;
  readonly altersEvents?: (event: EventRecord) => EventRecord;
  /** Bounds of the engine that do not hold. */
  readonly bounds?: Partial<Bounds>;
  /** Services with parts of their source changed. */
  readonly services?: () => Promise<Services>;
  /** Changes what the seed has chosen, so that the bug can show at all. */
  readonly swarm?: (swarm: Swarm) => Swarm;
  /** What a violation that it causes looks like; others may come with it. */
  readonly shows?: RegExp;
}

export interface SimulationOptions {
  readonly simulationServer: SimulationServer;
  readonly seed: number;
  readonly swarm: Swarm;
  readonly planted: Planted;
  readonly services: Services;
  readonly print?: (line: string) => void;
  readonly telemetry?: Telemetry;
}

interface Worker {
  readonly owner: Owner;
  readonly kind: 'socket' | 'calling';
  readonly body: { cut(): void; leave(): void };
}

/** Everything of one run: the engine of the moment, the workers of the moment, and what outlives them. */
export class Simulation {
  readonly kernel: Kernel;
  readonly counters = new Counters();
  readonly ledger: WorkerLedger;
  readonly watch: Watch;
  readonly flights: Flights;
  readonly server: DatabaseServer;
  engine: Engine | undefined;
  /** What a second consumer of the streams has seen, where there is one. */
  readonly sight: Sight | undefined;
  readonly #options: SimulationOptions;
  readonly #broker = new Broker();
  readonly #ids: Ids;
  readonly #now: VirtualNow;
  readonly #workers: Worker[] = [];
  readonly #engines: Engine[] = [];
  #isEnding = false;
  #workersMade = 0;
  #serverCrashes = 0;
  readonly #serverChance: Chance;
  /** Faults come while it is true. */
  inTrouble = true;

  constructor(options: SimulationOptions) {
    const { seed, simulationServer, swarm, print } = options;
    this.#options = options;
    this.kernel = new Kernel(seed, print);
    this.ledger = new WorkerLedger(new Effects(options.planted.undoesBlindly ?? false));
    this.#ids = seededIds(this.kernel, seed);
    this.#now = new VirtualNow(this.kernel);
    this.flights = new Flights(simulationServer.stores['task-execution']);
    this.#serverChance = this.chanceOf('server faults');
    this.server = new DatabaseServer(this.kernel);
    this.sight = swarm.onlooker ? new Map() : undefined;
    const bounds = swarm.isTight ? tightBounds : undefined;
    this.watch = new Watch(simulationServer.stores, this.ledger, swarm.leaseMs, bounds, swarm.onlooker);
  }

  begin(): void {
    const { socketWorkers, callingWorkers } = this.#options.swarm;
    this.#startEngine();
    for (let i = 0; i < socketWorkers; i += 1) this.#startWorker('socket');
    for (let i = 0; i < callingWorkers; i += 1) this.#startWorker('calling');
    this.#plague();
  }

  /** The real server works on no transaction. */
  get isQuiet(): boolean {
    return this.#engines.every(({ openTransactions }) => openTransactions === 0);
  }

  /** Stops everything and leaves no transaction behind. */
  async end(): Promise<void> {
    this.inTrouble = false;
    this.#isEnding = true;
    for (const { owner } of this.#workers) owner.dead = true;
    this.engine?.crash('the run is over');
    await this.kernel.run(() => this.isQuiet);
  }

  chanceOf(part: string): Chance {
    return new Chance(this.#options.seed, part);
  }

  #startEngine(): void {
    const { simulationServer, swarm, planted, services, seed, telemetry } = this.#options;
    const { kernel, counters } = this;
    const number = this.#engines.length + 1;
    const chance = new Chance(seed, `engine ${number}`);
    this.engine = new Engine({
      services,
      kernel,
      counters,
      chance,
      number,
      flights: this.flights,
      server: this.server,
      crashServer: (afterMs) => kernel.after(afterMs, undefined, '', () => this.#crashServer()),
      now: this.#now,
      stores: simulationServer.stores,
      faults: () => (this.inTrouble ? swarm.database : noDatabaseFaults),
      rewriting: withShortKeep(planted.rewriting?.({ startedAt: kernel.now }) ?? {}),
      ...(this.sight && { sight: this.sight }),
      inTrouble: () => this.inTrouble,
      latencyMs: swarm.latencyMs,
      ids: this.#ids,
      random: chance,
      skewMs: chance.happens(0.5) ? swarm.skewMs : 0,
      leaseMs: swarm.leaseMs,
      heartbeatMs: Math.floor(swarm.leaseMs / 3),
      makeBus: (environment) => {
        const bus = this.#makeBus(chance, environment);
        return planted.altersEvents ? alteredEvents(bus, planted.altersEvents) : bus;
      },
      onCrash: () => {
        counters.hit('engine crashed');
        this.engine = undefined;
        if (this.#isEnding) return;
        kernel.after(chance.between(20, 800), undefined, '', () => this.#startEngine());
      },
      ...(telemetry && { telemetry }),
      ...(swarm.isTight && { bounds: { ...tightBounds, ...planted.bounds } }),
    });
    this.#engines.push(this.engine);
    this.engine.start();
  }

  #makeBus(
    chance: Chance,
    { owner, clock, inProcess }: { owner: Owner; clock: Clock; inProcess: () => EventBus },
  ): EventBus {
    const { swarm, planted } = this.#options;
    const { kernel, counters } = this;
    if (swarm.bus === 'in-process') {
      const calm = { lost: 0, twice: 0, late: 0 };
      const faults = () => (this.inTrouble ? swarm.telling : calm);
      return lossyDelivery(inProcess(), { kernel, owner, chance, counters, faults });
    }
    const calm = { duplicate: 0, lost: 0, lostAcknowledgement: 0, stale: 0, crashAfterPublish: 0 };
    return createBrokerBus({
      kernel,
      owner,
      clock,
      chance,
      counters,
      broker: this.#broker,
      faults: () => (this.inTrouble ? swarm.broker : calm),
      crash: (reason) => this.#crashEngine(reason),
      bugs: planted.bus ?? {},
    });
  }

  #crashEngine(reason: string): void {
    this.engine?.crash(reason);
  }

  /** The server dies in the middle of everything, and is back after a while without what was not durable. */
  async #crashServer(): Promise<void> {
    const { simulationServer, swarm } = this.#options;
    if (!this.inTrouble || !this.server.isUp || this.#serverCrashes >= swarm.maxServerCrashes) return;
    this.#serverCrashes += 1;
    this.kernel.note('the database server crashes');
    this.counters.hit('database server crashed');
    if (this.server.notDurable > 0) this.counters.hit('asynchronous commits lost', this.server.notDurable);
    this.server.notDurable = 0;
    this.server.goDown();
    for (const engine of this.#engines) engine.loseDatabase();
    await simulationServer.crash(async () => {
      for (const engine of this.#engines) await engine.letGo();
    });
    await this.flights.settle();
    this.#now.forget();
    this.watch.forget();
    const awayMs = this.#serverChance.between(5, swarm.serverAwayMs);
    this.kernel.after(awayMs, undefined, 'the database server is back', () => this.server.comeBack());
  }

  async #flush(): Promise<void> {
    if (!this.server.isUp) return;
    this.server.notDurable = 0;
    await this.#options.simulationServer.flush();
  }

  #startWorker(kind: Worker['kind']): void {
    const { swarm, seed } = this.#options;
    this.#workersMade += 1;
    const owner: Owner = { name: `worker${this.#workersMade}`, dead: false, frozenUntil: 0 };
    const chance = new Chance(seed, owner.name);
    const options = {
      owner,
      kernel: this.kernel,
      chance,
      ledger: this.ledger,
      counters: this.counters,
      engine: () => this.engine,
      types: taskTypes,
      concurrency: chance.between(1, 4),
      leaseMs: swarm.leaseMs,
      heartbeatMs: Math.floor(swarm.leaseMs / 3),
      drift: 0.8 + chance.next() * 0.4,
      callChance: new Chance(seed, `${owner.name} calls`),
      lostAnswers: () => (this.inTrouble ? swarm.lostAnswers : 0),
      manners: swarm.manners,
      misreports: swarm.misreports,
      claimed: () => {
        if (!this.inTrouble || !chance.happens(swarm.lostAfterClaim)) return;
        this.counters.hit('worker lost between claim and sign of life');
        if (chance.happens(0.7)) return this.#freeze(owner, swarm.leaseMs * (1.1 + chance.next()));
        const lost = this.#workers.find((worker) => worker.owner === owner);
        if (lost) this.#replace(lost);
      },
    };
    const body = kind === 'socket' ? new SocketWorker(options) : new CallingWorker(options);
    this.#workers.push({ owner, kind, body });
  }

  /** What goes wrong by itself, again and again until the trouble is over. */
  #plague(): void {
    const { swarm } = this.#options;
    const chance = this.chanceOf('plague');
    let crashes = 0;
    const recur = (meanMs: number, strike: () => void | Promise<void>, own = chance) => {
      if (meanMs === Number.POSITIVE_INFINITY) return;
      this.kernel.after(own.span(meanMs), undefined, '', async () => {
        if (!this.inTrouble) return;
        await strike();
        recur(meanMs, strike, own);
      });
    };
    recur(swarm.flushEveryMs, () => this.#flush(), this.#serverChance);
    recur(swarm.serverCrashEveryMs, () => this.#crashServer(), this.#serverChance);
    recur(swarm.crashEveryMs, () => {
      if (!this.engine?.isReady || crashes >= swarm.maxCrashes) return;
      crashes += 1;
      this.#crashEngine('at random');
    });
    recur(swarm.freezeEveryMs, () => {
      if (!this.engine) return;
      this.counters.hit('engine frozen');
      this.#freeze(this.engine.owner, chance.between(50, swarm.leaseMs * 1.5));
    });
    recur(swarm.workerCrashEveryMs, () => {
      const worker = chance.pick(this.#workers);
      this.counters.hit('worker crashed');
      if (chance.happens(0.2)) worker.body.leave();
      else worker.body.cut();
      this.#replace(worker);
    });
    recur(swarm.workerFreezeEveryMs, () => {
      const { owner } = chance.pick(this.#workers);
      this.counters.hit('worker frozen');
      this.#freeze(owner, chance.between(swarm.leaseMs / 4, swarm.leaseMs * 2.5));
    });
    recur(swarm.cutEveryMs, () => {
      this.counters.hit('line cut');
      chance.pick(this.#workers).body.cut();
    });
  }

  /** Another process takes the place of one that has ended. */
  #replace(worker: Worker): void {
    worker.owner.dead = true;
    this.ledger.gone(worker.owner.name, this.kernel.now);
    this.kernel.note(`${worker.owner.name} is gone`);
    this.#workers.splice(this.#workers.indexOf(worker), 1);
    this.#startWorker(worker.kind);
  }

  #freeze(owner: Owner, ms: number): void {
    this.kernel.note(`${owner.name} stands still for ${Math.round(ms)} ms`);
    owner.frozenUntil = this.kernel.now + Math.round(ms);
  }
}

function withShortKeep(rewriting: Rewriting): Rewriting {
  return {
    ...rewriting,
    statement: (name, statement, service) =>
      shortKeep(name, rewriting.statement?.(name, statement, service) ?? statement),
  };
}
