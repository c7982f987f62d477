import { createDatabase, type Database, type DatabaseOptions } from '@taskflow/kit-postgres';
import { silentTelemetry, type Telemetry } from '@taskflow/kit-telemetry';
import { type Clock, type Ids, type Random, systemClock, systemIds, systemRandom } from '@taskflow/kit-time';
import { composeServices, type Environment } from '../composition.ts';
import { createHttp, nothingShared } from '../http.ts';
import { type PlatformSettings, readPlatformSettings } from '../settings.ts';
import {
  createEngineLifetime,
  hastyClock,
  type EngineLifetime,
  crashableClock,
  crashableDatabase,
} from './crashable-database.ts';
import type { TestDatabases } from './test-databases.ts';

export interface TestEngineOptions {
  /** Where its state lies. A killed engine's successor is given the same. */
  readonly databases: Pick<TestDatabases, 'urls'>;
  /** Time of the services; real unless told. Their databases read `taskflow_now()`, which is moved by itself. */
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly random?: Random;
  /**
   * Opens each pool of the services; `createDatabase` unless told. One that kills the engine from within a transaction
   * must throw then: going on would commit.
   */
  readonly openDatabase?: (options: DatabaseOptions) => Database;
  /** The databases are migrated already: they are not looked at. */
  readonly isMigrated?: boolean;
  readonly settings?: Partial<PlatformSettings>;
  readonly telemetry?: Telemetry;
}

/** The real services in this process, without a worker, on a free loopback port. Starts once and ends once. */
export interface TestEngine {
  readonly url: string;
  start(): Promise<void>;
  /** Ends in order: requests, deliveries and writers come to their end first. Needs a clock that moves. */
  stop(): Promise<void>;
  /**
   * What `kill -9` does to a process: nothing of it begins to commit, publishes or answers from this call on. Resolves
   * when what it had sent to its databases has ended, so that a successor meets nothing that may still commit.
   */
  kill(): Promise<void>;
  readonly life: Omit<EngineLifetime, 'end' | 'follow'>;
}

export function createTestEngine(options: TestEngineOptions): TestEngine {
  const { clock = systemClock, ids = systemIds, random = systemRandom, telemetry = silentTelemetry() } = options;
  const settings = { ...readPlatformSettings({}).settings, ...options.settings };
  const { urls } = options.databases;
  const life = createEngineLifetime();
  // What only waits for sockets and sessions waits in real time, however the services' clock stands.
  const technical = hastyClock(systemClock);
  const pools: Database[] = [];
  const open = options.openDatabase ?? createDatabase;
  const environment: Environment = {
    clock: crashableClock(clock, life),
    ids,
    random,
    telemetry,
    openDatabase: (asked) => {
      const pool = open({ ...asked, clock: technical.clock });
      pools.push(pool);
      return crashableDatabase(pool, life);
    },
    ...(options.isMigrated && { migrateDatabase: () => Promise.resolve() }),
  };
  const hosted = composeServices(settings, urls, environment);
  const listen = { host: '127.0.0.1', port: 0 };
  const http = createHttp(settings, listen, hosted, nothingShared, { ...environment, clock: technical.clock });

  async function start(): Promise<void> {
    await Promise.all(hosted.services.map((service) => service.start()));
    await hosted.bus.start();
    await http.start();
    http.setReady(true);
  }

  async function stop(): Promise<void> {
    await http.stop();
    await hosted.bus.stop();
    for (const service of [...hosted.services].reverse()) await service.stop();
  }

  async function kill(): Promise<void> {
    life.end();
    technical.hurry();
    await Promise.all([http.stop(), life.quiet()]);
    await Promise.all(pools.map((pool) => pool.stop()));
  }

  let starting: Promise<void> | undefined;
  let ending: Promise<void> | undefined;
  return {
    get url() {
      return http.url;
    },
    start: () => (starting ??= start()),
    stop: () => (ending ??= stop()),
    kill: () => (ending ??= kill()),
    life,
  };
}
