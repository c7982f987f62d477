import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createInProcessBus, type EventRecord } from '@taskflow/kit-messaging';
import { createMemoryLog, sampleEvent } from '@taskflow/kit-messaging/testing';
import { messagingMigrations } from '@taskflow/kit-messaging-postgres';
import { createDatabase, type DatabaseOptions } from '@taskflow/kit-postgres';
import { eventually, silentTelemetry, testDatabase, tryServiceStartsAndStops } from '@taskflow/kit-testing';
import { systemClock, systemIds } from '@taskflow/kit-time';
import { createFoundation } from './foundation.ts';
import type { ServiceDependencies } from './service-dependencies.ts';

const migrations = [{ component: 'messaging', directory: messagingMigrations }];
const source = 'teller';

function openFoundation(url: string, over: Partial<ServiceDependencies> = {}) {
  const environment = { clock: systemClock, ids: systemIds, telemetry: silentTelemetry() };
  const bus = createInProcessBus(environment);
  const foundation = createFoundation(
    {
      name: 'echo',
      migrations,
      pools: { data: { connections: 3, profile: 'data-path' }, reads: { connections: 2, profile: 'general' } },
      roles: { events: 'data', pruning: 'data', health: 'reads' },
    },
    { ...environment, bus, postgres: { url }, ...over },
  );
  return { bus, foundation };
}

test('holds under starts and stops in any order, in the middle of what it does or not', () =>
  tryServiceStartsAndStops(migrations, (url) => {
    const { foundation } = openFoundation(url);
    const service = foundation.host({ routes: [] });
    return { service, engage: () => void service.http.health() };
  }));

test('its pools have its name, their own size and profile, and one view of the runs of the server', () => {
  const opened: DatabaseOptions[] = [];
  const openDatabase = (options: DatabaseOptions) => {
    opened.push(options);
    return createDatabase(options);
  };
  const { foundation } = openFoundation('postgres://nobody@127.0.0.1:1/none', { openDatabase });
  assert.deepEqual(
    opened.map(({ name, poolSize, profile }) => [name, poolSize, profile]),
    [
      ['echo-data', 3, 'data-path'],
      ['echo-reads', 2, 'general'],
    ],
  );
  assert.ok(opened[0]?.incarnation !== undefined && opened[0].incarnation === opened[1]?.incarnation);
  assert.equal(foundation.host({ routes: [] }).connections, 5);
});

test('what is tried out rejects as the real transaction would, and leaves nothing', async () => {
  const { url, drop } = await testDatabase({ lines: migrations });
  const { foundation } = openFoundation(url);
  const service = foundation.host({ routes: [] });
  await service.start();
  const move = { source, stream: 0, from: 0, to: 1, logIdentity: systemIds.token() };
  await foundation.tryOut((tx) => foundation.positions.advance(tx, move));
  assert.equal((await foundation.positions.read(source, 0, move.logIdentity)).seq, 0);
  await assert.rejects(foundation.tryOut((tx) => foundation.positions.advance(tx, { ...move, from: 1, to: 2 })));
  await service.stop();
  await drop();
});

test('what is consumed takes effect once, with the move of the position and the events that tell of it', async () => {
  const { url, drop } = await testDatabase({ lines: migrations });
  const { bus, foundation } = openFoundation(url);
  const log = createMemoryLog(source);
  const publisher = bus.attach(log);
  const echoes: EventRecord[] = [];
  foundation.consume<EventRecord>({
    source,
    types: [sampleEvent(1).type],
    translate: (event) => event,
    apply: (events, move) =>
      foundation.transaction(async (tx) => {
        await foundation.positions.advance(tx, move);
        return events;
      }),
  });
  bus.subscribe({
    consumer: 'listener',
    source: 'echo',
    types: [sampleEvent(1).type],
    incarnation: foundation.incarnation,
    position: (stream) => Promise.resolve({ source: 'echo', stream, seq: 0 }),
    durable: () => Promise.resolve(0),
    apply: async (entries) => void echoes.push(...entries.flatMap(({ events }) => events)),
  });
  const service = foundation.host({ routes: [] });
  assert.equal(foundation.isStopping(), false);
  await service.start();
  await bus.start();
  publisher.committed(log.append(0, [sampleEvent(1)]));
  await eventually(() => echoes.length === 1);
  assert.deepEqual(await service.http.health(), { database: { state: 'ok' } });
  const [entry] = await foundation.outbox.log.read(0, 0, 10);
  assert.equal(entry?.events[0]?.id, sampleEvent(1).id);
  assert.equal((await foundation.positions.read(source, 0, await log.identity())).seq, 1);
  await bus.stop();
  await service.stop();
  assert.equal(foundation.isStopping(), true);
  await drop();
});
