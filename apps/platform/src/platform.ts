import type { ListenAddress } from '@taskflow/kit-config';
import type { HttpServer } from '@taskflow/kit-http';
import type { Interrupts } from '@taskflow/kit-lifecycle';
import type { Telemetry } from '@taskflow/kit-telemetry';
import { composeServices, type HostedServices, type Environment, systemEnvironment } from './composition.ts';
import { checkConnectionBudget } from './connection-budget.ts';
import { createDataLock, type DataLock } from './data-lock.ts';
import { type DatabaseServer, openDatabaseServer, type ServiceName, serviceNames } from './database-server.ts';
import { createEnding, type Ending } from './ending.ts';
import { createHealthWatch } from './health-watch.ts';
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
  /**
   * `stop` gives up a start that is under way: it rejects. `hurry` cuts every orderly end short, be it of a start or of
   * `stop()`: what would outlive this process, the database server above all, is ended all the same.
   */
  interrupts?: Pick<Interrupts, 'stop' | 'hurry'>;
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

const workerDrainMs = 10_000;
/** Its drain, the time to leave, and then some. */
const workerStopMs = 20_000;
/** An orderly stop of the database server, then a hard one. */
const serverStopMs = 40_000;
/** Migrations and the making of databases, beside what the services hold. */
const passingConnections = 2;

const never = { stop: new AbortController().signal, hurry: new AbortController().signal };

/** Resolves when every service serves. Rejects with a `PlatformError` that says what to do, and leaves nothing running. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { interrupts = never, telemetry } = options;
  const environment = systemEnvironment(telemetry);
  const ending = createEnding({ clock: environment.clock, log: telemetry.log, hurry: interrupts.hurry });
  try {
    return await start({ ...options, interrupts }, environment, ending);
  } catch (error) {
    await ending.run();
    throw error;
  }
}

function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    const give = () => reject(signal.reason as Error);
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
  return Promise.race([work, aborted]);
}

type Start = PlatformOptions & { interrupts: Pick<Interrupts, 'stop' | 'hurry'> };

async function start(options: Start, environment: Environment, ending: Ending): Promise<Platform> {
  const { settings, interrupts, telemetry, takenPort = 'refuse' } = options;
  const listen = await chooseAddress(settings.listen, takenPort);
  // Not even a hurry lets go of it before it is known what has to be ended: it ends by itself what it has begun.
  const opening = { log: telemetry.log, clock: environment.clock, giveUp: interrupts.stop };
  const server = await openDatabaseServer(settings, opening);
  return unlessAborted(interrupts.hurry, serveOver(server, listen, options, environment, ending));
}

async function serveOver(
  server: DatabaseServer,
  listen: ListenAddress,
  { settings, interrupts }: Start,
  environment: Environment,
  ending: Ending,
): Promise<Platform> {
  // Until the locks are held, a server that ran before may belong to another platform.
  let isOurs = !server.adopted;
  ending.add({
    name: 'database server',
    end: async () => (isOurs ? server.stop() : server.letGo()),
    endAtOnce: async () => (isOurs ? server.stop('immediate') : server.letGo()),
    withinMs: serverStopMs,
  });
  const urls = await provideDatabases(server);
  let lost: (error: PlatformError) => void = () => {};
  const locks = await lockData(server, urls, environment, ending, () => lost(dataTaken(server)));
  isOurs = true;
  interrupts.stop.throwIfAborted();
  const hosted = composeServices(settings, urls, environment);
  await checkConnections(urls, hosted.connections + locks.length + passingConnections, environment);
  await startServices(hosted, ending);
  interrupts.stop.throwIfAborted();
  const workers: WorkerProcess[] = [];
  const http = createHttp(settings, listen, hosted, { server, locks, workers }, environment);
  await http.start();
  ending.add({ name: 'http', end: () => http.stop() });
  const watch = createHealthWatch(http, environment);
  await watch.start();
  ending.add({ name: 'health watch', end: () => watch.stop() });
  http.setReady(true);
  const platform = createPlatform(http, workers, settings, environment, ending);
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
  { clock, telemetry }: Environment,
  ending: Ending,
  taken: () => void,
): Promise<DataLock[]> {
  const locks = serviceNames.map((name) =>
    createDataLock({ name, url: urls[name], clock, telemetry, unreachable: () => server.revive(), taken }),
  );
  const end = async () => {
    server.letGo();
    await Promise.all(locks.map((lock) => lock.stop()));
  };
  ending.add({ name: 'data locks', end });
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
async function checkConnections(urls: Record<ServiceName, string>, needed: number, environment: Environment) {
  const servers = new Map(Object.values(urls).map((url) => [new URL(url).host, url]));
  for (const url of servers.values()) await checkConnectionBudget(url, needed, environment);
}

async function startServices({ services, bus }: HostedServices, ending: Ending): Promise<void> {
  for (const service of services) ending.add({ name: service.name, end: () => service.stop() });
  await Promise.all(services.map((service) => service.start()));
  ending.add({ name: 'bus', end: () => bus.stop() });
  await bus.start();
}

function createPlatform(
  http: HttpServer,
  workers: WorkerProcess[],
  settings: PlatformSettings,
  { clock, random, telemetry }: Environment,
  ending: Ending,
): Platform & { fail(error: PlatformError): Promise<void> } {
  const ended = Promise.withResolvers<void>();
  ended.promise.catch(() => {});
  let stopping: Promise<void> | undefined;
  const stop = () => {
    http.setReady(false);
    stopping ??= ending.run();
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
      workers.push(worker);
      ending.add({ name: 'worker', end: () => worker.stop(), endAtOnce: () => worker.kill(), withinMs: workerStopMs });
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
