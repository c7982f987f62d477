import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import {
  type PlatformProcess,
  type Stores,
  openStores,
  openStoresAt,
  removeDirectory,
  startPlatform,
  temporaryDirectory,
  eventuallyHolds,
} from '@taskflow/tests-e2e';
import {
  type CreateLoad,
  type History,
  assertHonest,
  assertSettledAndSound,
  chaosScale,
  createHistory,
  endSessions,
  freezeTree,
  holdOutboxes,
  killTree,
  startCreateLoad,
  patient,
  soonLost,
} from './harness/index.ts';

const callers = 16;
const enough = 100 * chaosScale();
const healWithinMs = 60_000;

/** Ends with its test, however that ends. */
function startLoad(t: TestContext, history: History): CreateLoad {
  const load = startCreateLoad(history, callers, (n) => ({
    type: n % 4 === 0 ? 'taskflow.sleep' : 'taskflow.noop',
    payload: { ms: 20 },
    retry: patient,
  }));
  t.after(() => load.stop());
  return load;
}

const accepts = (load: CreateLoad, more: number) => {
  const before = load.accepted().length;
  return eventuallyHolds(() => assert.ok(load.accepted().length >= before + more), { withinMs: healWithinMs });
};

/** 503 with `Retry-After` is the only answer that the fault may give. */
async function refusesHonestly(history: History, mark: number): Promise<void> {
  const unavailable = () => history.since(mark).filter(({ status }) => status === 503);
  await eventuallyHolds(() => assert.ok(unavailable().length >= callers), { withinMs: 30_000 });
}

async function assertAllKept(stores: Stores, load: CreateLoad, workflowIds: readonly string[] = []): Promise<void> {
  await load.stop();
  await load.resolveUnknown();
  assert.equal(load.kept(), load.asks.length);
  await assertSettledAndSound(stores, { taskIds: load.accepted(), workflowIds });
}

describe('a database server beside the platform', () => {
  const { log } = silentTelemetry();
  let directory = '';
  let server: EmbeddedPostgres;
  let platform: PlatformProcess;
  let stores: Stores;
  before(async () => {
    directory = await temporaryDirectory('database');
    server = await startEmbeddedPostgres({ dataDir: directory, log });
    platform = await startPlatform({ env: { ...soonLost, TASKFLOW_DATABASE_URL: server.url('postgres') } });
    stores = await openStoresAt((database) => server.url(database));
    await holdOutboxes(stores);
  });
  after(async () => {
    await stores?.close();
    await platform?.remove();
    await server?.stop('immediate');
    await removeDirectory(directory);
  });

  /** Whatever a test before this one left of it. */
  beforeEach(async () => {
    server = await startEmbeddedPostgres({ dataDir: directory, port: server.port, log });
  });

  async function statusOf(path: string): Promise<number> {
    return (await platform.api.call('GET', path)).status;
  }

  it('killed under load: no accepted task is lost, callers hear 503, the platform comes back by itself', async (t) => {
    const history = createHistory(platform.api);
    const load = startLoad(t, history);
    await accepts(load, enough);
    const mark = history.mark();
    const inFlight = history.pending();
    await killTree(server.pid);
    await refusesHonestly(history, mark);
    assert.ok(inFlight > 0, 'nobody was in the middle of a request when the server died');
    assert.equal(await statusOf('/livez'), 200);
    assert.equal(await statusOf('/readyz'), 503);
    assert.equal(await statusOf(`/api/v1/tasks/${load.accepted()[0]}`), 503);
    assert.equal(await statusOf('/api/v1/queues'), 503);

    server = await startEmbeddedPostgres({ dataDir: directory, port: server.port, log });
    assert.equal(server.adopted, false, 'the server had not been down');
    await accepts(load, enough);
    await eventuallyHolds(async () => assert.equal(await statusOf('/readyz'), 200), { withinMs: healWithinMs });
    assert.ok(platform.child.running(), 'the platform itself ended');
    await assertAllKept(stores, load);
    assertHonest(history);
    const refused = history.since(mark).filter(({ status }) => status === 503).length;
    t.diagnostic(`${load.asks.length} tasks, ${inFlight} in flight at the kill, ${refused} answers of 503`);
  });

  it('frozen under load: requests end with 503 within their time, and all goes on when it thaws', async (t) => {
    const history = createHistory(platform.api);
    const load = startLoad(t, history);
    await accepts(load, enough);
    const mark = history.mark();
    const thaw = freezeTree(server.pid);
    try {
      await refusesHonestly(history, mark);
      assert.equal(await statusOf('/livez'), 200);
      assert.equal(await statusOf(`/api/v1/tasks/${load.accepted()[0]}`), 503);
    } finally {
      thaw();
    }
    await accepts(load, enough);
    await eventuallyHolds(async () => assert.equal(await statusOf('/readyz'), 200), { withinMs: healWithinMs });
    await assertAllKept(stores, load);
    assertHonest(history);
    t.diagnostic(
      `${load.asks.length} tasks, ${history.since(mark).filter(({ status }) => status === 503).length} answers of 503`,
    );
  });

  it('with every session ended again and again: nothing is lost, doubled or stuck', async (t) => {
    const rounds = 100 * chaosScale();
    const history = createHistory(platform.api);
    const load = startLoad(t, history);
    await accepts(load, enough);
    const chain = Array.from({ length: 8 }, (_, n) => ({
      key: `s${n}`,
      type: 'taskflow.noop',
      retry: patient,
      dependsOn: n === 0 ? [] : [`s${n - 1}`],
    }));
    const headers = { 'idempotency-key': randomUUID() };
    const workflow = await eventuallyHolds(async () => {
      const { answer } = await history.call<{ id: string }>('POST', '/api/v1/workflows', {
        body: { name: 'chaos-chain', steps: chain },
        headers,
      });
      assert.ok(answer !== undefined && answer.status < 300);
      return answer.body;
    });
    let ended = 0;
    for (let round = 0; round < rounds; round++) {
      ended += await endSessions(stores);
      await accepts(load, 5);
    }
    assert.ok(ended >= rounds, `only ${ended} sessions were there to be ended`);
    await assertAllKept(stores, load, [workflow.id]);
    assert.equal((await platform.api.workflow(workflow.id)).status, 'completed');
    assertHonest(history);
    assert.ok(platform.child.running());
    t.diagnostic(`${load.asks.length} tasks, ${ended} sessions ended, ${history.count('unknown')} answers of 503`);
  });
});

describe('the embedded database server', () => {
  let platform: PlatformProcess;
  let stores: Stores;
  before(async () => {
    platform = await startPlatform({ env: soonLost });
    stores = await openStores(platform);
    await holdOutboxes(stores);
  });
  after(async () => {
    await stores?.close();
    await platform?.remove();
  });

  it('killed under load: the platform starts it again by itself and loses nothing', async (t) => {
    const history = createHistory(platform.api);
    const load = startLoad(t, history);
    await accepts(load, enough);
    const killed = platform.postmaster();
    assert.ok(killed !== undefined);
    const inFlight = history.pending();
    await killTree(killed);
    assert.ok(inFlight > 0);
    await accepts(load, enough);
    assert.notEqual(platform.postmaster(), killed);
    assert.ok(platform.child.running());
    await assertAllKept(stores, load);
    assertHonest(history);
  });
});
