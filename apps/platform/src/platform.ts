import type { HttpServer } from '@taskflow/kit-http';
import { withDeadline } from '@taskflow/kit-resilience';
import type { Log, Telemetry } from '@taskflow/kit-telemetry';
import { composeServices, type HostedServices, type Surroundings, surroundings } from './composition.ts';
import { checkConnectionBudget } from './connection-budget.ts';
import { createDataLock, type DataLock } from './data-lock.ts';
import { type DatabaseServer, openDatabaseServer, type ServiceName, serviceNames } from './database-server.ts';
import { createHttp } from './http.ts';
import { PlatformError } from './platform-error.ts';
import { chooseAddress, type TakenPort } from './port-choice.ts';
import type { PlatformSettings } from './settings.ts';
import { createWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface PlatformOptions {
  settings: PlatformSettings;
  telemetry: Telemetry;
  /** What to do about a port that somebody else has: `refuse` unless told. */
  takenPort?: TakenPort;
}

export interface WorkerOptions {
  /** Paths or globs, from the working directory, of modules whose exports are definitions; each must match a file. */
  modules: readonly string[];
  name?: string;
  concurrency?: number;
}

/** All services in this process, over one database server, behind one HTTP address. */
export interface Platform {
  readonly url: string;
  /** Starts a worker as a child process; rejects when its definitions cannot be loaded or are refused. */
  startWorker(options: WorkerOptions): Promise<WorkerProcess>;
  /** Drains: the worker hands work back, requests and deliveries end, then the database stops. The same promise each time. */
  stop(): Promise<void>;
  /** Resolves when it has stopped; rejects when it had to stop by itself, with the reason. */
  readonly ended: Promise<void>;
}

const stepDeadlineMs = 15_000;
const workerDrainMs = 10_000;
/** Migrations and the making of databases, beside what the services hold. */
const passingConnections = 2;

/** Resolves when every service serves. Rejects with a `PlatformError` that says what to do, and leaves nothing running. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const around = surroundings(options.telemetry);
  const undo = createUndo(around);
  try {
    return await start(options, around, undo);
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function start(options: PlatformOptions, around: Surroundings, undo: Undo): Promise<Platform> {
  const { settings } = options;
  const { log } = options.telemetry;
  const listen = await chooseAddress(settings.listen, options.takenPort ?? 'refuse');
  const server = await openDatabaseServer(settings, log, around.clock);
  // Until the locks are held, a server that ran before may belong to another platform.
  let isOurs = !server.adopted;
  undo.add('database server', async () => {
    if (isOurs) await server.stop();
  });
  const urls = await provideDatabases(server);
  let lost: (error: PlatformError) => void = () => {};
  const locks = await lockData(server, urls, around, undo, () => lost(dataTaken(server)));
  isOurs = true;
  const hosted = composeServices(settings, urls, around);
  await checkConnections(urls, hosted.connections + locks.length + passingConnections, around);
  await startServices(hosted, undo);
  const http = createHttp(settings, listen, hosted, locks, around);
  await http.start();
  undo.add('http', () => http.stop());
  http.setReady(true);
  const platform = createPlatform(http, settings, around, undo);
  lost = (error) => void platform.fail(error);
  return platform;
}

async function provideDatabases(server: DatabaseServer): Promise<Record<ServiceName, string>> {
  const [taskManagement, taskExecution] = await Promise.all([
    server.provide('task-management'),
    server.provide('task-execution'),
  ]);
  return { 'task-management': taskManagement, 'task-execution': taskExecution };
}

async function lockData(
  server: DatabaseServer,
  urls: Record<ServiceName, string>,
  { clock, telemetry }: Surroundings,
  undo: Undo,
  taken: () => void,
): Promise<DataLock[]> {
  const locks = serviceNames.map((name) =>
    createDataLock({ name, url: urls[name], clock, telemetry, unreachable: () => server.revive(), taken }),
  );
  undo.add('data locks', async () => {
    await Promise.all(locks.map((lock) => lock.stop()));
  });
  for (const lock of locks) {
    await lock.start();
    if (lock.state === 'taken') throw dataTaken(server);
  }
  return locks;
}

function dataTaken(server: DatabaseServer): PlatformError {
  return new PlatformError(
    'data_in_use',
    `Another platform already serves the data in ${server.description}. ` +
      'With the in-process bus only one may: stop that one, or give this one data of its own (--data-dir or TASKFLOW_DATABASE_URL).',
  );
}

/** Services on one server share its limit; those on servers of their own are checked alike, which errs to the safe side. */
async function checkConnections(urls: Record<ServiceName, string>, needed: number, around: Surroundings) {
  const servers = new Map(Object.values(urls).map((url) => [new URL(url).host, url]));
  for (const url of servers.values()) await checkConnectionBudget(url, needed, around);
}

async function startServices({ services, bus }: HostedServices, undo: Undo): Promise<void> {
  for (const service of services) undo.add(service.name, () => service.stop());
  await Promise.all(services.map((service) => service.start()));
  undo.add('bus', () => bus.stop());
  await bus.start();
}

function createPlatform(
  http: HttpServer,
  settings: PlatformSettings,
  { clock, random, telemetry }: Surroundings,
  undo: Undo,
): Platform & { fail(error: PlatformError): Promise<void> } {
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => {});
  let stopping: Promise<void> | undefined;
  const stop = () => {
    http.setReady(false);
    stopping ??= undo.run();
    return stopping;
  };
  return {
    url: http.url,
    ended: ended.promise,
    stop: () => stop().then(() => ended.resolve()),
    fail: async (error) => {
      telemetry.log.fatal({ err: error }, 'the platform stops');
      await stop();
      ended.reject(error);
    },
    async startWorker({ modules, name = 'embedded', concurrency }) {
      const worker = createWorkerProcess({
        orders: {
          url: http.url,
          modules,
          name,
          ...(concurrency !== undefined && { concurrency }),
          drainMs: workerDrainMs,
          log: { level: settings.logLevel, format: settings.logFormat },
        },
        clock,
        random,
        log: telemetry.log.child({ service: 'worker' }),
      });
      undo.add('worker', () => worker.stop());
      try {
        await worker.start();
      } catch (error) {
        await worker.stop();
        throw error;
      }
      return worker;
    },
  };
}

interface Undo {
  add(name: string, step: () => Promise<void>): void;
  /** Runs every step, the last added first; one that fails or hangs stops no other. */
  run(): Promise<void>;
}

function createUndo({ clock, telemetry }: Surroundings): Undo {
  const steps: { name: string; step: () => Promise<void> }[] = [];
  const log: Log = telemetry.log;
  return {
    add: (name, step) => void steps.push({ name, step }),
    async run() {
      for (let next = steps.pop(); next; next = steps.pop()) {
        const { name, step } = next;
        try {
          await withDeadline(stepDeadlineMs, step(), `stopping ${name}`, clock);
        } catch (error) {
          log.error({ err: error, step: name }, 'a part of the platform did not stop cleanly');
        }
      }
    },
  };
}
