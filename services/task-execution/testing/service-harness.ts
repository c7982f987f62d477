import { createHttpServer } from '@taskflow/kit-http';
import { createInProcessBus } from '@taskflow/kit-messaging';
import { createDatabase, type Database, type Row, ServerRuns } from '@taskflow/kit-postgres';
import { createTelemetry, silentTelemetry, type Telemetry } from '@taskflow/kit-telemetry';
import { testDatabase } from '@taskflow/kit-testing';
import { systemClock, systemIds, systemRandom } from '@taskflow/kit-time';
import {
  createTaskExecution,
  type TaskExecutionDependencies,
  type TaskExecutionSettings,
  taskExecutionMigrations,
} from '../src/index.ts';
import {
  createManagementDouble,
  type ManagementDouble,
  managementEvents,
  type NewTask,
  taskIdOf,
} from './management-double.ts';
import { connectWorker, type TestWorker, type WorkerOptions } from './test-worker.ts';

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface Harness extends AsyncDisposable {
  readonly url: string;
  readonly management: ManagementDouble;
  /** The service's own database, for looking and for breaking things. */
  readonly database: Database;
  readonly databaseUrl: string;
  readonly telemetry: Telemetry;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** `body` goes out as it is. */
  callText(method: string, path: string, body: string): Promise<Answer>;
  sql<R = Row>(text: string, parameters?: readonly (string | number | boolean | null)[]): Promise<R[]>;
  worker(options?: WorkerOptions): Promise<TestWorker>;
  /** Publishes one task and gives its id. */
  create(task?: NewTask): string;
  /** Rows of a live table, by task id. */
  rows(table: 'waiting' | 'leased' | 'delayed'): Promise<Row[]>;
  /** As `GET /workers` shows it. */
  workerNamed(name: string): Promise<{ connected: boolean; slots: { busy: number } } | undefined>;
  /** What the service notices when its database server comes up anew. */
  beginAnotherRun(): void;
  /** Starts the service anew on the same database, as after a crash: nothing in memory survives. */
  restart(): Promise<void>;
  stopService(): Promise<void>;
}

export interface HarnessOptions {
  readonly settings?: Partial<TaskExecutionSettings>;
  readonly bounds?: TaskExecutionDependencies['bounds'];
  /** Where the service finds its database, instead of the direct way. */
  readonly through?: (databaseUrl: string) => Promise<string>;
}

/** The whole service on a database of its own, behind a real HTTP server, with a double of task-management. */
export async function startHarness({ settings = {}, bounds, through }: HarnessOptions = {}): Promise<Harness> {
  const { url: databaseUrl, drop } = await testDatabase({ lines: taskExecutionMigrations });
  const telemetry = verbose()
    ? createTelemetry({ service: 'test', level: 'debug', format: 'pretty' })
    : silentTelemetry();
  const database = createDatabase({ url: databaseUrl, name: 'test', poolSize: 4, profile: 'general', telemetry });
  const serviceUrl = through ? await through(databaseUrl) : databaseUrl;

  let runs = new ServerRuns();
  let anotherRun = 0;

  async function run(before?: ManagementDouble) {
    runs = new ServerRuns();
    const bus = createInProcessBus({ clock: systemClock, telemetry });
    const service = createTaskExecution({
      settings,
      ...(bounds && { bounds }),
      postgres: { url: serviceUrl },
      bus,
      clock: systemClock,
      ids: systemIds,
      random: systemRandom,
      telemetry,
      openDatabase: (options) => createDatabase({ ...options, incarnation: runs }),
    });
    const management = createManagementDouble(bus, before);
    const server = createHttpServer({
      listen: { host: '127.0.0.1', port: 0 },
      modules: [service.http],
      telemetry,
      clock: systemClock,
      ids: systemIds,
      title: 'test',
      version: '1',
    });
    await service.start();
    await bus.start();
    await server.start();
    return { bus, service, server, management };
  }

  async function call(method: string, path: string, body?: string): Promise<Answer> {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(new URL(path, running.server.url), { method, headers, ...(body && { body }) });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  }

  let running = await run();
  let statements = 0;

  async function stop() {
    await running.service.stop();
    await running.bus.stop();
    await running.server.stop();
  }

  const sql: Harness['sql'] = (text, parameters = []) => {
    statements += 1;
    return database.query({ name: `test-${statements}`, text }, parameters);
  };
  return {
    databaseUrl,
    database,
    telemetry,
    get url() {
      return running.server.url;
    },
    get management() {
      return running.management;
    },
    call: (method, path, body) => call(method, path, body === undefined ? undefined : JSON.stringify(body)),
    callText: call,
    sql,
    worker: (options) => connectWorker(running.server.url, options),
    create: (task) => {
      const event = managementEvents.created(task);
      running.management.publish(event);
      return taskIdOf(event);
    },
    rows: (table) => sql(`select * from ${table} order by seq`),
    workerNamed: async (name) => {
      const { items } = (await call('GET', '/api/v1/workers')).body as { items: never[] };
      return items.find((worker: { name: string }) => worker.name === name);
    },
    beginAnotherRun: () => {
      anotherRun += 1;
      runs.observe(`another run ${anotherRun}`);
    },
    restart: async () => {
      await stop();
      running = await run(running.management);
    },
    stopService: () => running.service.stop(),
    [Symbol.asyncDispose]: async () => {
      await stop();
      await database.stop();
      await drop();
    },
  };
}

function verbose(): boolean {
  return process.execArgv.includes('--trace-uncaught');
}
