import assert from 'node:assert/strict';
import { chownSync, cpSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  type Api,
  type PlatformProcess,
  type Stores,
  type WorkflowBody,
  eventuallyHolds,
  openStores,
  startPlatform,
  temporaryDirectory,
} from '@taskflow/tests-e2e';
import {
  assertHonest,
  assertSettledAndSound,
  countLines,
  createHistory,
  holdOutboxes,
  mountSmallDisk,
  seededRandom,
  type SmallDisk,
  startCreateLoad,
  patient,
  soonLostAndReported,
} from './harness/index.ts';

const callers = 8;
/** What the platform calls too little, and half of it. */
const littleBytes = 32 * 1024 * 1024;
const withinMs = 90_000;
/** Soon fills what the server has put by; it cannot be compressed. */
const text = randomText(20_000, seededRandom(1));

function randomText(length: number, random: () => number): string {
  return Array.from({ length }, () => Math.floor(random() * 36).toString(36)).join('');
}

interface Report {
  readonly dependencies: Readonly<Record<string, { state: string; detail?: string }>>;
}

/** What does not do its duty, and why, in one line. */
async function troubles(api: Api): Promise<string> {
  const { body } = await api.call<Report>('GET', '/health');
  return Object.entries(body.dependencies)
    .filter(([, { state }]) => state === 'failing')
    .map(([name, { detail }]) => `${name}: ${detail}`)
    .join('; ');
}

/** Puts the log of a cluster that nobody uses onto a disk of its own, as administrators do. */
function moveLog(dataDir: string, disk: SmallDisk): void {
  const [from, to] = [join(dataDir, 'cluster', 'pg_wal'), join(disk.directory, 'pg_wal')];
  const { uid, gid } = statSync(from);
  cpSync(from, to, { recursive: true });
  for (const name of ['', ...readdirSync(to, { recursive: true, encoding: 'utf8' })])
    chownSync(join(to, name), uid, gid);
  rmSync(from, { recursive: true });
  symlinkSync(to, from);
}

interface Place {
  readonly where: string;
  readonly megabytes: number;
  /** Gives the data directory of the platform to start. */
  prepare(disk: SmallDisk): Promise<string>;
}

const places: readonly Place[] = [
  { where: 'that holds everything', megabytes: 400, prepare: async (disk) => join(disk.directory, 'data') },
  {
    where: 'that holds the log of the database server alone, which ends then',
    megabytes: 130,
    async prepare(disk) {
      const platform = await startPlatform({ dataDir: await temporaryDirectory('full-log') });
      await platform.stop();
      moveLog(platform.dataDir, disk);
      return platform.dataDir;
    },
  },
];

describe('a disk that is full', () => {
  for (const { where, megabytes, prepare } of places) {
    it(`${where}: it is told of, damages nothing, and is got over once there is room`, async (t) => {
      const disk = await mountSmallDisk(megabytes);
      if (typeof disk === 'string') return t.diagnostic(`SKIPPED: ${disk}`);
      const ends: (() => Promise<void>)[] = [() => disk.remove()];
      t.after(async () => {
        for (const end of ends.toReversed()) await end();
      });
      const dataDir = await prepare(disk);
      const platform = await startPlatform({ dataDir, env: soonLostAndReported });
      ends.push(() => platform.remove());
      const stores = await openStores(platform);
      ends.push(() => stores.close());
      await holdOutboxes(stores);
      const seen = await fillUnderLoad(platform, stores, disk, ends);
      t.diagnostic(seen);
      const repeated = countLines(platform.child.stderr()).filter(([, times]) => times > 1);
      t.diagnostic(`said more than once: ${JSON.stringify(repeated)}`);
    });
  }
});

async function fillUnderLoad(
  { api, child, dataDir }: PlatformProcess,
  stores: Stores,
  disk: SmallDisk,
  ends: (() => Promise<void>)[],
): Promise<string> {
  const steps = [
    { key: 'before', type: 'taskflow.noop', payload: { kept: 7 } },
    { key: 'go', waitForSignal: { signal: 'go', timeout: '1h' }, dependsOn: ['before'] },
    { key: 'after', type: 'taskflow.noop', payload: { $from: 'steps.before.result' }, dependsOn: ['go', 'before'] },
  ];
  const waiting = await api.expect<WorkflowBody>(201, 'POST', '/api/v1/workflows', {
    body: { name: 'across-a-full-disk', steps },
  });
  const history = createHistory(api);
  const load = startCreateLoad(history, callers, (n) => ({
    type: n % 4 === 0 ? 'taskflow.sleep' : 'taskflow.noop',
    payload: { ms: 20, text },
    retry: patient,
  }));
  ends.push(() => load.stop());
  await eventuallyHolds(() => assert.ok(load.accepted().length > 50), { withinMs });

  if (dataDir.startsWith(disk.directory)) {
    disk.fill(littleBytes);
    await eventuallyHolds(async () => assert.match(await troubles(api), /data-directory: \d+ MiB are free/), {
      withinMs,
    });
    assert.equal((await api.call('GET', '/readyz')).status, 503);
  }
  disk.fill(0);
  const mark = history.mark();
  const refused = () => history.since(mark).filter(({ status }) => status === 503).length;
  await eventuallyHolds(() => assert.ok(refused() >= callers), { withinMs });
  await eventuallyHolds(async () => assert.match(await troubles(api), /no space left/i), { withinMs });
  const printed = await troubles(api);
  assert.equal((await api.call('GET', '/readyz')).status, 503);
  assert.equal((await api.call('GET', '/livez')).status, 200);

  disk.makeRoom();
  const before = load.accepted().length;
  await eventuallyHolds(() => assert.ok(load.accepted().length > before + callers), { withinMs });
  await eventuallyHolds(async () => assert.equal(await troubles(api), ''), { withinMs });
  assert.ok(child.running(), 'the platform itself ended');
  await api.expect(202, 'POST', `/api/v1/workflows/${waiting.id}/signals/go`, { body: {} });
  await load.stop();
  await load.resolveUnknown();
  assert.equal(load.kept(), load.asks.length);
  await assertSettledAndSound(stores, { taskIds: load.accepted(), workflowIds: [waiting.id] });
  assertHonest(history);
  const ended = await api.workflow(waiting.id);
  assert.deepEqual(ended.steps.find(({ key }) => key === 'after')?.result, { kept: 7 });
  return `${load.accepted().length} tasks, ${refused()} answers of 503; while it was full: ${printed}`;
}
