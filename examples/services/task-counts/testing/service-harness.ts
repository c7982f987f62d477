import { createHttpServer } from '@taskflow/kit-http';
import { createInProcessBus, type EventRecord } from '@taskflow/kit-messaging';
import { createMemoryLog, createMemoryStore, ConsumerProbe } from '@taskflow/kit-messaging/testing';
import { createDatabase } from '@taskflow/kit-postgres';
import { type DatabaseProxy, databaseProxy, eventually, silentTelemetry, testDatabase } from '@taskflow/kit-testing';
import { systemClock, systemIds } from '@taskflow/kit-time';
import { createTaskCounts, taskCountsMigrations } from '../src/index.ts';
import { completed } from './completed-event.ts';

export interface Harness extends AsyncDisposable {
  /** Between the service and its database. */
  readonly proxy: DatabaseProxy;
  /** Changes the database from outside. */
  sql(text: string): Promise<unknown>;
  /** Events that another service has heard of this one, in their order. */
  heard(): readonly EventRecord[];
  /** Publishes these events of task-execution as one entry. */
  publish(...events: EventRecord[]): void;
  /** The answer of the route. */
  get(path: string): Promise<{ status: number; body: unknown }>;
  /** Waits until a task of this type, which is published last, is counted: what came before it has been applied. */
  passed(type: string): Promise<void>;
  /** Starts the service anew on the same database, as after a crash: nothing in memory survives. */
  restart(): Promise<void>;
}

/** The service on a database of its own, behind a real HTTP server, with a double of task-execution. */
export async function startHarness(): Promise<Harness> {
  const { url, drop } = await testDatabase({ lines: taskCountsMigrations });
  const proxy = await databaseProxy(url);
  const telemetry = silentTelemetry();
  const log = createMemoryLog('task-execution');
  const database = createDatabase({ url, name: 'test', poolSize: 1, profile: 'general', telemetry });
  const store = createMemoryStore();
  const events: EventRecord[] = [];

  async function run() {
    const bus = createInProcessBus({ clock: systemClock, telemetry });
    const environment = { bus, clock: systemClock, ids: systemIds, telemetry };
    const service = createTaskCounts({ ...environment, postgres: { url: proxy.url }, bounds: { eventsPerApply: 3 } });
    const publisher = bus.attach(log);
    const listener = new ConsumerProbe({
      consumer: 'listener',
      source: 'task-counts',
      types: ['taskflow.task-counts.day-counted.v1'],
      store,
    });
    listener.befall(async (entries, apply) => {
      await apply();
      events.push(...entries.flatMap((entry) => entry.events));
    });
    bus.subscribe(listener);
    const server = createHttpServer({
      listen: { host: '127.0.0.1', port: 0 },
      modules: [service.http],
      telemetry,
      clock: systemClock,
      ids: systemIds,
      title: 'test',
      version: '1',
    });
    for (const part of [service, bus, server]) await part.start();
    const stop = async () => {
      for (const part of [server, bus, service]) await part.stop();
    };
    return { publisher, server, stop };
  }

  let running = await run();

  async function get(path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(new URL(path, running.server.url));
    return { status: response.status, body: await response.json() };
  }

  const publish = (...published: EventRecord[]) => running.publisher.committed(log.append(0, published));

  return {
    proxy,
    sql: (text) => database.query({ name: '', text }),
    heard: () => events,
    publish,
    get,
    passed: async (type) => {
      publish(completed(type));
      await eventually(async () =>
        JSON.stringify((await get(`/api/v1/task-counts/${type}`)).body).includes('completed'),
      );
      await eventually(() => events.some(({ data }) => data.type === type));
    },
    restart: async () => {
      await running.stop();
      running = await run();
    },
    [Symbol.asyncDispose]: async () => {
      await running.stop();
      await proxy.close();
      await database.stop();
      await drop();
    },
  };
}
