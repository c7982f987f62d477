import { createHttpServer } from '@taskflow/kit-http';
import { createInProcessBus } from '@taskflow/kit-messaging';
import { createDatabase, type Database, type Row, ServerRuns } from '@taskflow/kit-postgres';
import { silentTelemetry, type Telemetry } from '@taskflow/kit-telemetry';
import { testDatabase } from '@taskflow/kit-testing';
import { systemClock, systemIds } from '@taskflow/kit-time';
import type { GivenBounds } from '../src/application/bounds.ts';
import { createTaskManagement, type TaskManagementSettings, taskManagementMigrations } from '../src/index.ts';
import { createExecutionDouble, type ExecutionDouble } from './execution-double.ts';

/** Members that most answers have, and whatever else came. */
export interface AnswerBody {
  readonly id: string;
  readonly nextCursor: string | null;
  readonly [member: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: AnswerBody;
}

export interface Harness extends AsyncDisposable {
  readonly url: string;
  readonly execution: ExecutionDouble;
  /** The service's own database, for looking and for breaking things. */
  readonly database: Database;
  readonly databaseUrl: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  sql<R = Row>(text: string, parameters?: readonly (string | number | boolean | null)[]): Promise<R[]>;
  /** What the service notices when its database server comes up anew. */
  beginAnotherRun(): void;
  /** Starts the service anew on the same database, as after a crash: nothing in memory survives. */
  restart(): Promise<void>;
}

export interface HarnessOptions {
  readonly settings?: Partial<TaskManagementSettings>;
  readonly bounds?: GivenBounds;
  readonly telemetry?: Telemetry;
}

/** The whole service on a database of its own, behind a real HTTP server, with a double of task-execution. */
export async function startHarness({
  settings = {},
  bounds = {},
  telemetry = silentTelemetry(),
}: HarnessOptions = {}): Promise<Harness> {
  const { url: databaseUrl, drop } = await testDatabase({ lines: taskManagementMigrations });
  const database = createDatabase({ url: databaseUrl, name: 'test', poolSize: 2, profile: 'general', telemetry });

  let runs = new ServerRuns();
  let anotherRun = 0;

  async function run(execution?: ExecutionDouble) {
    runs = new ServerRuns();
    const bus = createInProcessBus({ clock: systemClock, telemetry });
    const service = createTaskManagement({
      settings,
      bounds,
      postgres: { url: databaseUrl },
      bus,
      clock: systemClock,
      ids: systemIds,
      telemetry,
      openDatabase: (options) => createDatabase({ ...options, incarnation: runs }),
    });
    const double = createExecutionDouble(bus, execution);
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
    return { bus, service, server, execution: double };
  }

  let running = await run();
  let statements = 0;

  async function stop() {
    await running.server.stop();
    await running.bus.stop();
    await running.service.stop();
  }

  return {
    databaseUrl,
    database,
    get url() {
      return running.server.url;
    },
    get execution() {
      return running.execution;
    },
    call: async (method, path, body, headers = {}) => {
      const response = await fetch(new URL(path, running.server.url), {
        method,
        headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
    },
    sql: (text, parameters = []) => {
      statements += 1;
      return database.query({ name: `test-${statements}`, text }, parameters);
    },
    beginAnotherRun: () => {
      anotherRun += 1;
      runs.observe(`another run ${anotherRun}`);
    },
    restart: async () => {
      await stop();
      running = await run(running.execution);
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await database.stop();
      await drop();
    },
  };
}
