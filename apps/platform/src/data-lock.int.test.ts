import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createDatabase, type Database, loadStatements } from '@taskflow/kit-postgres';
import { eventually, silentTelemetry, type TestDatabase, testDatabase } from '@taskflow/kit-testing';
import { systemClock } from '@taskflow/kit-time';
import { checkConnectionBudget } from './connection-budget.ts';
import { createDataLock } from './data-lock.ts';
import { PlatformError } from './platform-error.ts';

const telemetry = silentTelemetry();
const statements = loadStatements(new URL('./queries/test/', import.meta.url), ['end-lock-sessions', 'lock-sessions']);

describe('data lock', () => {
  let store: TestDatabase;
  let admin: Database;
  before(async () => {
    store = await testDatabase();
    admin = createDatabase({ url: store.url, name: 'admin', poolSize: 1, profile: 'general', telemetry });
  });
  after(async () => {
    await admin.stop();
    await store.drop();
  });
  const lockOf = (events: string[] = []) =>
    createDataLock({
      name: 'service',
      url: store.url,
      clock: systemClock,
      telemetry,
      unreachable: async () => void events.push('unreachable'),
      taken: () => events.push('taken'),
      patienceMs: 300,
    });

  it('lets one platform have the data, and the next one once that has stopped', async () => {
    const [first, second, third] = [lockOf(), lockOf(), lockOf()];
    await first.start();
    assert.equal(first.state, 'held');
    await second.start();
    assert.equal(second.state, 'taken');
    await second.stop();
    await first.stop();
    await third.start();
    assert.equal(third.state, 'held');
    await third.stop();
  });

  it('takes the lock again after its session was lost', async () => {
    const lock = lockOf();
    await lock.start();
    const sessions = () => admin.query<{ pid: number }>(statements['lock-sessions']);
    const [before] = await sessions();
    await admin.query(statements['end-lock-sessions']);
    await eventually(async () => {
      const [now] = await sessions();
      return now !== undefined && now.pid !== before?.pid;
    });
    await eventually(() => lock.state === 'held');
    await lock.stop();
  });

  it('tells when somebody else took it meanwhile', async () => {
    const events: string[] = [];
    const lock = lockOf(events);
    await lock.start();
    const rival = createDatabase({ url: store.url, name: 'rival', poolSize: 1, profile: 'general', telemetry });
    const sql = loadStatements(new URL('./queries/', import.meta.url), ['hold-data-lock']);
    await eventually(async () => {
      await admin.query(statements['end-lock-sessions']);
      const [row] = await rival.query<{ held: boolean }>(sql['hold-data-lock']);
      return row?.held === true;
    });
    await eventually(() => lock.state === 'taken');
    assert.deepEqual(
      events.filter((event) => event === 'taken'),
      ['taken'],
    );
    await lock.stop();
    await rival.stop();
  });

  it('refuses more connections than the server grants', async () => {
    const environment = { telemetry, clock: systemClock };
    await checkConnectionBudget(store.url, 5, environment);
    await assert.rejects(
      checkConnectionBudget(store.url, 100_000, environment),
      (error) => error instanceof PlatformError && error.code === 'too_few_connections',
    );
  });
});
