import type { HttpModule, HttpRequest, SocketRoute } from '@taskflow/kit-http';
import { createInProcessBus, type EventBus } from '@taskflow/kit-messaging';
import { silentTelemetry, type Telemetry } from '@taskflow/kit-telemetry';
import type { Clock, Ids, Random } from '@taskflow/kit-time';
import { Gate } from '../database/gate.ts';
import type { GateEnvironment } from '../database/pool.ts';
import type { Owner } from '../kernel/kernel.ts';
import { virtualClock } from '../kernel/virtual-clock.ts';
import { type Sight, subscribeOnlooker } from './onlooker.ts';
import { type Answer, RouteTable } from './route-table.ts';
import type { Services } from './services.ts';
import type { Bounds } from './tight-bounds.ts';
import { Wire, type WireListener } from './wire.ts';

export interface EngineOptions extends GateEnvironment {
  readonly services: Services;
  readonly number: number;
  readonly ids: Ids;
  readonly random: Random;
  readonly skewMs: number;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly makeBus: (engine: {
    owner: Owner;
    clock: Clock;
    telemetry: Telemetry;
    inProcess: () => EventBus;
  }) => EventBus;
  /** Where it is there a second consumer reads the streams. */
  readonly sight?: Sight;
  readonly inTrouble: () => boolean;
  readonly onCrash: (reason: string) => void;
  readonly telemetry?: Telemetry;
  /** Those of production unless told. */
  readonly bounds?: Bounds;
}

/** One life of the platform's process: both services and their bus, from the start to a crash. */
export class Engine {
  readonly owner: Owner;
  readonly #options: EngineOptions;
  readonly #gate: Gate;
  readonly #routes: RouteTable;
  readonly #socket: SocketRoute;
  readonly #start: () => Promise<void>;
  readonly #wires = new Set<Wire>();
  isReady = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { createTaskManagement, createTaskExecution } = options.services;
    const { kernel, number, stores, leaseMs, heartbeatMs, ids, random } = options;
    this.owner = { name: `engine${number}`, dead: false, frozenUntil: 0 };
    const { owner } = this;
    const clock = virtualClock(kernel, owner, options.skewMs);
    const telemetry = options.telemetry ?? silentTelemetry();
    const crash = (reason: string) => this.crash(reason);
    this.#gate = new Gate({ ...options, owner, crash });
    const { bounds } = options;
    const inProcess = () =>
      createInProcessBus({ clock, telemetry, roundMs: 1_000, ...(bounds && { bounds: bounds.bus }) });
    const bus = options.makeBus({ owner, clock, telemetry, inProcess });
    const openDatabase = this.#gate.open.bind(this.#gate);
    // They are migrated when the run begins.
    const migrateDatabase = () => Promise.resolve();
    const entries = bounds && { entryBounds: bounds.entries };
    const environment = { bus, clock, ids, random, telemetry, openDatabase, migrateDatabase, ...entries };
    const management = createTaskManagement({
      ...environment,
      postgres: { url: stores['task-management'].url },
      ...(bounds && { bounds: bounds.management, settings: { workflowMaxDescendants: bounds.descendants } }),
    });
    const execution = createTaskExecution({
      ...environment,
      settings: { leaseMs, heartbeatMs, overdueGraceMs: 500 },
      postgres: { url: stores['task-execution'].url },
      ...(bounds && { bounds: bounds.execution }),
    });
    const { sight, inTrouble, chance } = options;
    if (sight) subscribeOnlooker({ bus, clock, chance, telemetry, stores, openDatabase, sight, inTrouble });
    const modules: HttpModule[] = [management.http, execution.http];
    this.#routes = new RouteTable(modules.flatMap(({ routes }) => routes));
    this.#socket = modules.flatMap(({ sockets = [] }) => sockets)[0] as SocketRoute;
    this.#start = async () => {
      await management.start();
      await execution.start();
      await bus.start();
      kernel.note(`${owner.name} is ready`);
      this.isReady = true;
    };
  }

  start(): void {
    this.#start().catch((error: unknown) => this.crash(`could not start: ${String(error)}`));
  }

  /** Transactions that the real server has not ended, perhaps of an engine that is gone. */
  get openTransactions(): number {
    return this.#gate.openTransactions;
  }

  /** The database server is gone. */
  loseDatabase(): void {
    this.#gate.lose();
  }

  /** Ends real transactions whose sessions are gone. */
  letGo(): Promise<void> {
    return this.#gate.letGo();
  }

  /** Everything in memory is gone, and nothing that was on its way back is heard. */
  crash(reason: string): void {
    if (this.owner.dead) return;
    this.owner.dead = true;
    this.isReady = false;
    this.#options.kernel.note(`${this.owner.name} crashes: ${reason}`);
    this.#gate.abandon();
    for (const wire of this.#wires) wire.cut();
    this.#options.onCrash(reason);
  }

  /** Rejects never; never resolves when the engine dies before. */
  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const request: Pick<HttpRequest, 'headers' | 'requestId' | 'signal' | 'traceparent' | 'waitSeconds'> = {
      headers,
      requestId: this.#options.ids.token(),
      signal: new AbortController().signal,
      traceparent: undefined,
      waitSeconds: undefined,
    };
    return this.#routes.call(method, path, body, request);
  }

  connect(worker: Owner, listener: WireListener): Wire {
    const { kernel, chance, latencyMs } = this.#options;
    const wire = new Wire({ kernel, chance, latencyMs, engine: this.owner, worker, listener });
    this.#wires.add(wire);
    this.#socket.accept(wire.engineEnd as never, {
      requestId: this.#options.ids.token(),
      headers: {},
      admit: () => {},
      hold: () => () => {},
      turn: () => undefined,
    });
    return wire;
  }
}
