import assert from 'node:assert/strict';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { type Database, createDatabase } from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { systemClock } from '@taskflow/kit-time';
import {
  type PlatformProcess,
  type Stores,
  eventuallyHolds,
  openStoresAt,
  removeDirectory,
  startPlatform,
  temporaryDirectory,
} from '@taskflow/tests-e2e';
import {
  assertHonest,
  assertSettledAndSound,
  countLines,
  createHistory,
  databaseTime,
  endSessions,
  holdOutboxes,
  maxGap,
  progressOf,
  startCreateLoad,
  patient,
  soonLostAndReported,
} from '../harness/index.ts';

const { log } = silentTelemetry();
const callers = 8;
const healWithinMs = 60_000;
/** Few, so that somebody else can take all that are left. */
const maxConnections = '60';

/** A platform whose database server is ours: it can be stopped, and is not started again by anybody else. */
export interface Site {
  readonly platform: PlatformProcess;
  readonly stores: Stores;
  server: EmbeddedPostgres;
  startServer(): Promise<void>;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const dataDir = await temporaryDirectory('outages');
  const settings = { max_connections: maxConnections };
  const server = await startEmbeddedPostgres({ dataDir, settings, log });
  const platform = await startPlatform({
    env: { ...soonLostAndReported, TASKFLOW_DATABASE_URL: server.url('postgres') },
  });
  const stores = await openStoresAt((database) => server.url(database));
  await holdOutboxes(stores);
  const site: Site = {
    platform,
    stores,
    server,
    async startServer() {
      site.server = await startEmbeddedPostgres({ dataDir, port: server.port, settings, log });
    },
    async close() {
      await stores.close();
      await platform.remove();
      await site.server.stop('immediate');
      await removeDirectory(dataDir);
    },
  };
  return site;
}

export interface OutageReport {
  /** Tasks that were accepted. */
  readonly accepted: number;
  /** Requests that were answered 503. */
  readonly refused: number;
  /** The longest time in which no task ended, from the beginning of the outage until all was well again. */
  readonly maxGapMs: number;
  /** What the platform said from its beginning on, and how often. */
  readonly printed: ReturnType<typeof countLines>;
}

/** Puts load on the platform, lets `disturb` happen, and asserts that nothing was lost and nobody was lied to. */
async function underLoad({ platform, stores }: Site, disturb: () => Promise<void>): Promise<OutageReport> {
  const history = createHistory(platform.api);
  const load = startCreateLoad(history, callers, (n) => ({
    type: n % 4 === 0 ? 'taskflow.sleep' : 'taskflow.noop',
    payload: { ms: 20 },
    retry: patient,
  }));
  const log = platform.child.stderr;
  let begun = 0;
  let printedBefore = 0;
  try {
    await eventuallyHolds(() => assert.ok(load.accepted().length > 0), { withinMs: healWithinMs });
    [begun, printedBefore] = [await databaseTime(stores), log().length];
    await disturb();
    const before = load.accepted().length;
    await eventuallyHolds(() => assert.ok(load.accepted().length > before + callers), { withinMs: healWithinMs });
    await eventuallyHolds(() => platform.api.expect(200, 'GET', '/readyz'), { withinMs: healWithinMs });
    assert.ok(platform.child.running(), 'the platform itself ended');
  } finally {
    await load.stop();
  }
  await load.resolveUnknown();
  assert.equal(load.kept(), load.asks.length);
  await assertSettledAndSound(stores, { taskIds: load.accepted(), workflowIds: [] });
  assertHonest(history);
  return {
    accepted: load.accepted().length,
    refused: history.operations.filter(({ status }) => status === 503).length,
    maxGapMs: await maxGap(stores, begun),
    printed: countLines(log().slice(printedBefore)),
  };
}

/**
 * Ends every session of the platform twice a second. Gives how many tasks ended in each window of `windowMs`: work
 * goes on between two strokes.
 */
export async function terminateBackends(
  site: Site,
  forMs: number,
  windowMs: number,
): Promise<OutageReport & { windows: readonly number[] }> {
  const windows: number[] = [];
  const report = await underLoad(site, async () => {
    let ended = (await progressOf(site.stores)).ended;
    for (let strokes = 0; strokes * 500 < forMs; strokes += 1) {
      await endSessions(site.stores);
      await systemClock.sleep(500);
      if (((strokes + 1) * 500) % windowMs !== 0) continue;
      const now = (await progressOf(site.stores)).ended;
      windows.push(now - ended);
      ended = now;
    }
  });
  return { ...report, windows };
}

/** Somebody else takes every connection of the server, those of the platform too, and keeps them for a while. */
export async function takeAllConnections(site: Site, forMs: number): Promise<OutageReport & { taken: number }> {
  let taken = 0;
  const report = await underLoad(site, async () => {
    const thief = startThief(site.server);
    const until = systemClock.monotonic() + forMs;
    while (systemClock.monotonic() < until) {
      // What the platform lets go of is taken at once.
      await endSessions(site.stores);
      await systemClock.sleep(500);
    }
    taken = await thief.giveBack();
  });
  return { ...report, taken };
}

/** Opens connections as fast as the server gives them, until told to give all of them back. */
function startThief(server: EmbeddedPostgres) {
  const taken: Database[] = [];
  let isOver = false;
  const take = async () => {
    while (!isOver) {
      const database = createDatabase({
        url: server.url('postgres'),
        name: 'test-thief',
        poolSize: 1,
        profile: 'general',
        connectTimeoutMs: 200,
        telemetry: silentTelemetry(),
      });
      try {
        await database.start();
        taken.push(database);
      } catch {
        await database.stop();
        await systemClock.sleep(5);
      }
    }
  };
  const taking = Promise.all(Array.from({ length: 4 }, take));
  return {
    async giveBack(): Promise<number> {
      isOver = true;
      await taking;
      await Promise.all(taken.map((database) => database.stop()));
      return taken.length;
    },
  };
}

/** The server is stopped, stays away, and is started again by somebody else than the platform. */
export function holdServerDown(site: Site, forMs: number): Promise<OutageReport> {
  return underLoad(site, async () => {
    await site.server.stop('immediate');
    await systemClock.sleep(forMs);
    await site.startServer();
  });
}
