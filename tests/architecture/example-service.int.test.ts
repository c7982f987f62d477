import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskCountsEvents } from '@taskflow/contracts-task-counts';
import { createHttpServer } from '@taskflow/kit-http';
import { createInProcessBus } from '@taskflow/kit-messaging';
import { createOutbox } from '@taskflow/kit-messaging-postgres';
import { createDatabase, type MigrationLine } from '@taskflow/kit-postgres';
import { eventually, silentTelemetry, testDatabase } from '@taskflow/kit-testing';
import { systemClock, systemIds, systemRandom } from '@taskflow/kit-time';
import { createWorker, task } from '@taskflow/sdk';
import { createTaskCounts, taskCountsMigrations } from '@taskflow/task-counts';
import { createTaskExecution, taskExecutionMigrations } from '@taskflow/task-execution';
import { createTaskManagement, taskManagementMigrations } from '@taskflow/task-management';

const environment = { clock: systemClock, ids: systemIds, random: systemRandom, telemetry: silentTelemetry() };

/** A new service beside those of the platform: one bus, one address, a database each, and a worker. */
async function startBesidePlatform() {
  const bus = createInProcessBus(environment);
  const provide = async (lines: readonly MigrationLine[]) => {
    const { url, drop } = await testDatabase({ lines });
    return { ...environment, bus, postgres: { url }, drop };
  };
  const [management, execution, counts] = await Promise.all([
    provide(taskManagementMigrations),
    provide(taskExecutionMigrations),
    provide(taskCountsMigrations),
  ]);
  const services = [createTaskManagement(management), createTaskExecution(execution), createTaskCounts(counts)];
  const server = createHttpServer({
    ...environment,
    listen: { host: '127.0.0.1', port: 0 },
    modules: services.map(({ http }) => http),
    title: 'test',
    version: '1',
  });
  const parts = [...services, bus, server];
  for (const part of parts) await part.start();
  const stop = async () => {
    for (const part of [...parts].reverse()) await part.stop();
    await Promise.all([management, execution, counts].map(({ drop }) => drop()));
  };
  return { url: server.url, countsUrl: counts.postgres.url, stop };
}

/** Events of the service's own log. */
async function eventsIn(url: string) {
  const database = createDatabase({ ...environment, url, name: 'onlooker', poolSize: 1, profile: 'general' });
  const entries = await createOutbox({ database, source: 'task-counts' }).log.read(0, 0, 100);
  await database.stop();
  return entries.flatMap(({ events }) => events);
}

test('given tasks complete on the platform, then a new service counts each once, tells of it and answers', async () => {
  const type = 'example.greet';
  const platform = await startBesidePlatform();
  const greet = task({ id: type, run: () => Promise.resolve('Hello!') });
  const worker = createWorker({ url: platform.url, definitions: [greet] });
  const working = worker.run();
  await worker.ready();
  for (let n = 0; n < 3; n += 1) {
    const answer = await fetch(new URL('/api/v1/tasks', platform.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'wait=30' },
      body: JSON.stringify({ type }),
    });
    assert.equal(((await answer.json()) as { status: string }).status, 'completed');
  }
  const counted = async () => {
    const answer = await fetch(new URL(`/api/v1/task-counts/${type}`, platform.url));
    const { items } = (await answer.json()) as { items: { day: string; completed: number }[] };
    return items.reduce((sum, { completed }) => sum + completed, 0);
  };
  await eventually(async () => (await counted()) === 3);
  const events = await eventsIn(platform.countsUrl);
  const schema = taskCountsEvents['taskflow.task-counts.day-counted.v1'];
  assert.equal(schema.parse(events.at(-1)?.data).type, type);
  await worker.drain();
  await working;
  assert.equal(await counted(), 3);
  await platform.stop();
});
