import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { systemClock } from '@taskflow/kit-time';
import {
  type Child,
  childrenOf,
  type PlatformProcess,
  type Stores,
  type WorkflowBody,
  eventuallyHolds,
  isAlive,
  openStores,
  startChild,
  startPlatform,
} from '@taskflow/tests-e2e';
import {
  assertBalanced,
  assertHonest,
  assertSettledAndSound,
  createHistory,
  databaseTime,
  type Evidence,
  collectEvidence,
  type History,
  holdOutboxes,
  type Ledger,
  maxGap,
  openLedger,
  openWork,
  progressOf,
  type RandomSaga,
  randomSaga,
  seededRandom,
  patient,
  soonLost,
} from '../harness/index.ts';

export interface WorkerKillsOptions {
  readonly forMs: number;
  /** Between two kills. */
  readonly everyMs: number;
  readonly seed: number;
  readonly print: (line: string) => void;
}

export interface WorkerKillsReport {
  readonly kills: number;
  readonly tasks: number;
  readonly sagas: number;
  /** How many runs of handlers came as far as to do something, and how many of them did again what a killed one did. */
  readonly runs: number;
  readonly again: number;
  /** Attempts that were under way when their worker was killed. */
  readonly lostLeases: number;
  /** From a kill until the last of what it left was handed out again. */
  readonly slowestRescueMs: number;
  readonly maxGapMs: number;
}

const workersAtOnce = 3;
const createEveryMs = 50;
/** Of a handler, so that there is always something under way. */
const maxMs = 800;
const restWithinMs = 60_000;

/**
 * Worker processes are killed one after the other, that of the platform among them, beside a steady load of tasks and
 * sagas whose handlers book each of their runs outside. Asserts that every task and saga ended as it had to, that no
 * attempt ran twice, and that nothing completed without having run.
 */
export async function killWorkers(options: WorkerKillsOptions): Promise<WorkerKillsReport> {
  const ledger = await openLedger();
  const platform = await startPlatform({ env: soonLost });
  const stores = await openStores(platform);
  const workers = createWorkers(platform, ledger);
  try {
    await holdOutboxes(stores);
    await workers.fill();
    return await killUnderLoad(options, { platform, stores, ledger, workers });
  } finally {
    workers.end();
    await stores.close();
    await platform.remove();
    await ledger.close();
  }
}

interface Site {
  readonly platform: PlatformProcess;
  readonly stores: Stores;
  readonly ledger: Ledger;
  readonly workers: Workers;
}

async function killUnderLoad(options: WorkerKillsOptions, site: Site): Promise<WorkerKillsReport> {
  const { forMs, everyMs, seed, print } = options;
  const { stores, workers, platform } = site;
  const random = seededRandom(seed);
  const history = createHistory(platform.api);
  const begin = await databaseTime(stores);
  const load = startLoad(history, random);
  const killed: number[] = [];
  const until = systemClock.monotonic() + forMs;
  try {
    await eventuallyHolds(async () => assert.ok((await progressOf(stores)).ended > 0), { withinMs: restWithinMs });
    while (systemClock.monotonic() < until) {
      const { leased } = await progressOf(stores);
      killed.push(await databaseTime(stores));
      const victim = await workers.killOne(random);
      print(`kill ${killed.length}: ${victim}, with ${leased} attempts under way at all workers`);
      await systemClock.sleep(Math.min(everyMs, Math.max(0, until - systemClock.monotonic())));
    }
  } finally {
    await load.stop();
  }
  await eventuallyHolds(async () => assert.deepEqual((await openWork(stores)).slice(0, 5), []), {
    withinMs: restWithinMs,
  });
  const gap = await maxGap(stores, begin);
  assertHonest(history);
  await assertSettledAndSound(stores, { taskIds: load.taskIds, workflowIds: [...load.sagas.keys()] });
  for (const [id, saga] of load.sagas) assertBalanced(saga, await platform.api.workflow(id), site.ledger);
  const evidence = await collectEvidence(stores);
  const again = assertRunsCounted(site.ledger, evidence, load.taskIds);
  return {
    kills: killed.length,
    tasks: load.taskIds.length,
    sagas: load.sagas.size,
    runs: site.ledger.runs.length,
    again,
    lostLeases: lostLeases(evidence),
    slowestRescueMs: slowestRescue(evidence, killed),
    maxGapMs: gap,
  };
}

/** A steady load whatever becomes of it: who waits for an end would create less while nobody works. */
function startLoad(history: History, random: () => number) {
  const taskIds: string[] = [];
  const sagas = new Map<string, RandomSaga>();
  const stopping = new AbortController();

  async function accepted<B extends { readonly id: string }>(path: string, body: unknown): Promise<B> {
    const headers = { 'idempotency-key': randomUUID() };
    const { operation, answer } = await history.call<B>('POST', path, { body, headers });
    assert.equal(operation.outcome, 'ok', operation.text);
    return answer?.body as B;
  }

  async function create(n: number): Promise<void> {
    const ms = Math.floor(random() * maxMs);
    if (n % 5 === 0) {
      const saga = randomSaga(`saga-${n}`, random, ms);
      sagas.set((await accepted<WorkflowBody>('/api/v1/workflows', saga.body)).id, saga);
      return;
    }
    const work =
      n % 5 === 1
        ? { type: 'taskflow.sleep', payload: { ms } }
        : { type: 'ledger.do', payload: { book: `task-${n}`, step: 'only', ms } };
    taskIds.push((await accepted<{ id: string }>('/api/v1/tasks', { ...work, retry: patient })).id);
  }

  async function run(): Promise<void> {
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      await create(n);
      await systemClock.sleep(createEveryMs);
    }
  }

  const running = run();
  return {
    taskIds,
    sagas,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

type Workers = ReturnType<typeof createWorkers>;

function createWorkers(platform: PlatformProcess, ledger: Ledger) {
  const workers: Child[] = [];

  async function start(): Promise<void> {
    const name = `w${workers.length}`;
    const worker = startChild({ command: ['tests/chaos/fixtures/ledger-worker.ts', platform.url, name, ledger.url] });
    workers.push(worker);
    await worker.line(/^working/);
  }

  /** The platform runs a worker of its own as its child, and starts it again by itself. */
  async function killPlatformsOwn(): Promise<string> {
    const [pid] = childrenOf(platform.child.pid);
    assert.ok(pid !== undefined, 'the platform has no worker process');
    process.kill(pid, 'SIGKILL');
    await eventuallyHolds(() => assert.ok(!isAlive(pid)));
    return `the platform's own worker (${pid})`;
  }

  return {
    async fill() {
      await Promise.all(Array.from({ length: workersAtOnce }, start));
    },
    /** Kills one, and starts another in its place. Gives its name. */
    async killOne(random: () => number): Promise<string> {
      const alive = workers.filter((each) => each.running());
      const victim = alive[Math.floor(random() * (workersAtOnce + 1))];
      if (victim === undefined) return killPlatformsOwn();
      victim.signalGroup('SIGKILL');
      await victim.exited;
      await start();
      return `worker ${workers.indexOf(victim)}`;
    },
    end() {
      for (const worker of workers) worker.signalGroup('SIGKILL');
    },
  };
}

/** Each attempt ran once at most, and what completed has run. Gives how many runs did again what another had done. */
function assertRunsCounted(ledger: Ledger, { tasks }: Evidence, taskIds: readonly string[]): number {
  const attempts = new Map<string, Set<number>>();
  for (const { task, attempt } of ledger.runs) {
    const seen = attempts.get(task) ?? new Set();
    attempts.set(task, seen);
    assert.ok(!seen.has(attempt), `attempt ${attempt} of ${task} ran twice`);
    seen.add(attempt);
  }
  const alone = new Set(taskIds);
  for (const { id, type, status } of tasks) {
    if (alone.has(id)) assert.equal(status, 'completed', `${type} ${id}`);
    if (type.startsWith('ledger.') && status === 'completed') assert.ok(attempts.has(id), `${id} completed unrun`);
  }
  return ledger.runs.length - attempts.size;
}

const eventsOf = ({ entries }: Evidence, type: string) =>
  entries.flatMap(({ events }) => events).filter((event) => event.type === `taskflow.${type}.v1`);

function lostLeases(evidence: Evidence): number {
  return eventsOf(evidence, 'worker.lost').reduce((sum, { data }) => sum + Number(data.leases), 0);
}

function slowestRescue(evidence: Evidence, killed: readonly number[]): number {
  const rescued = eventsOf(evidence, 'task.started').filter(({ data }) => Number(data.attempt) > 1);
  const waits = rescued.flatMap(({ data }) => {
    const at = Date.parse(String(data.startedAt));
    const kill = killed.findLast((each) => each <= at);
    return kill === undefined ? [] : [at - kill];
  });
  return Math.max(0, ...waits);
}
