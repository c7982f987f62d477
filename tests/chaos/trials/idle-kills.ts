import assert from 'node:assert/strict';
import { systemClock } from '@taskflow/kit-time';
import { type PlatformProcess, type Stores, eventuallyHolds, openStores, startPlatform } from '@taskflow/tests-e2e';
import {
  aimAtTree,
  assertSettledAndSound,
  createHistory,
  doubled,
  doublingType,
  type History,
  holdOutboxes,
  openWork,
  positionsAhead,
  seededRandom,
  type SmallWork,
  smallWork,
  startHttpWorker,
  type Unsettled,
  soonLost,
} from '../harness/index.ts';

export interface IdleKillsOptions {
  readonly kills: number;
  readonly seed: number;
  /** Between two requests. */
  readonly everyMs: number;
  /** Told how each round went. */
  readonly print: (line: string) => void;
}

export interface IdleKillsReport {
  readonly accepted: number;
  /** Longest time from a kill until everything that had been accepted was at rest, with nobody asking for anything. */
  readonly slowestMs: number;
  /** What differs from the undisturbed run, or stands where no database does. */
  readonly wrong: readonly string[];
}

interface Round {
  readonly works: readonly SmallWork[];
  /** From the last answer to the kill. */
  readonly killAfterMs: number;
}

const restWithinMs = 30_000;
const slotMs = 300;
/** Right after an answer, in the middle of what follows from it, and when the server may have flushed it. */
const killWithinMs = [20, 50, 150] as const;

/**
 * The database server is killed again and again while next to nothing goes on: no later commit makes durable what an
 * earlier one left in memory, and no request wakes whoever sleeps. After each kill nobody asks for anything until all
 * that was accepted is at rest; that is read from the databases, past the platform.
 */
export async function killWhileIdle(options: IdleKillsOptions): Promise<IdleKillsReport> {
  const platform = await startPlatform({ env: soonLost });
  const stores = await openStores(platform);
  const worker = startHttpWorker(platform.api, {
    name: 'doubler',
    types: [doublingType],
    concurrency: 1,
    run: doubled,
    takesMs: slotMs,
  });
  try {
    await holdOutboxes(stores);
    return await killRounds(options, platform, stores);
  } catch (error) {
    options.print(platform.child.stderr().slice(-10_000));
    throw error;
  } finally {
    await worker.stop();
    await stores.close();
    await platform.remove();
  }
}

async function killRounds(
  { kills, seed, everyMs, print }: IdleKillsOptions,
  platform: PlatformProcess,
  stores: Stores,
): Promise<IdleKillsReport> {
  const rounds = roundsOf(kills, seededRandom(seed));
  const works = rounds.flatMap((round) => round.works);
  const calm = createHistory(platform.api);
  const wrong: string[] = [];
  const undisturbed: string[] = [];
  for (const work of works) undisturbed.push(await accept(calm, work));
  // Asked for all at once, and the one slot of the worker takes its time for each.
  await untilRest(stores, wrong, new Set(), restWithinMs + works.length * slotMs);

  const history = createHistory(platform.api);
  const lost = new Set<string>();
  const ids: string[] = [];
  let slowestMs = 0;
  for (const [at, { works: asked, killAfterMs }] of rounds.entries()) {
    const postmaster = platform.postmaster();
    assert.ok(postmaster !== undefined, `the database server is not there before kill ${at + 1}`);
    const strike = aimAtTree(postmaster);
    for (const work of asked) {
      if (work !== asked[0]) await systemClock.sleep(everyMs);
      ids.push(await accept(history, work));
    }
    await systemClock.sleep(killAfterMs);
    await strike();
    const killedAt = systemClock.monotonic();
    await untilRest(stores, wrong, lost);
    const ms = Math.round(systemClock.monotonic() - killedAt);
    slowestMs = Math.max(slowestMs, ms);
    print(
      `kill ${at + 1} of ${kills}: ${asked.length} requests, killed after ${killAfterMs} ms, at rest after ${ms} ms`,
    );
  }
  for (const [n, work] of works.entries())
    wrong.push(...(await compare(platform, work, undisturbed[n] ?? '', ids[n] ?? '')));
  wrong.push(...(await positionsAhead(stores)));
  const of = (path: SmallWork['path']) => ids.filter((_, n) => works[n]?.path === path);
  if (lost.size === 0)
    await assertSettledAndSound(stores, { taskIds: of('/api/v1/tasks'), workflowIds: of('/api/v1/workflows') });
  return { accepted: ids.length, slowestMs, wrong };
}

function roundsOf(kills: number, random: () => number): Round[] {
  let n = 0;
  const next = (isQuiet: boolean) => {
    n += 1;
    return smallWork(n, random, isQuiet);
  };
  return Array.from({ length: kills }, () => {
    // Whatever else goes on makes durable what a lonely request has left in memory, and wakes whoever missed it.
    const isLonely = random() < 0.5;
    const many = isLonely ? 1 : 2 + Math.floor(random() * 8);
    const works = Array.from({ length: many }, () => next(isLonely));
    const within = killWithinMs[Math.floor(random() * killWithinMs.length)] as number;
    return { works, killAfterMs: Math.floor(random() * within) };
  });
}

/** Asks under a key until it is accepted. */
async function accept(history: History, { path, body, signal }: SmallWork): Promise<string> {
  const id = await ask<{ id: string }>(history, path, body).then((answer) => answer.id);
  if (signal) await ask(history, `/api/v1/workflows/${id}/signals/${signal.name}`, signal.payload);
  return id;
}

async function ask<B>(history: History, path: string, body: unknown): Promise<B> {
  const headers = { 'idempotency-key': `small-${history.mark()}-${systemClock.now()}` };
  return eventuallyHolds(
    async () => {
      const { operation, answer } = await history.call<B>('POST', path, { body, headers });
      assert.equal(operation.outcome, 'ok', operation.text);
      return answer?.body as B;
    },
    { withinMs: restWithinMs },
  );
}

/** What does not come to rest is told once, and waited for no more. */
async function untilRest(
  stores: Stores,
  wrong: string[],
  lost: Set<string>,
  withinMs: number = restWithinMs,
): Promise<void> {
  let open: readonly Unsettled[] = [];
  const look = async () => {
    open = (await openWork(stores)).filter(({ id }) => !lost.has(id));
    assert.equal(open.length, 0);
  };
  await eventuallyHolds(look, { withinMs }).catch(() => undefined);
  for (const { what, id, status } of open) {
    lost.add(id);
    wrong.push(`${what} ${id} is still ${status} ${withinMs} ms later`);
  }
  wrong.push(...(await positionsAhead(stores)));
}

interface Outcome {
  readonly status: string;
  readonly result?: unknown;
  readonly output?: unknown;
  readonly steps?: readonly { key: string; status: string; result?: unknown; compensation?: { status: string } }[];
}

async function compare(
  { api }: PlatformProcess,
  { kind, path }: SmallWork,
  calm: string,
  hit: string,
): Promise<string[]> {
  const [expected, found] = await Promise.all(
    [calm, hit].map((id) => api.expect<Outcome>(200, 'GET', `${path}/${id}`)),
  );
  const [wanted, got] = [outline(expected as Outcome), outline(found as Outcome)];
  return wanted === got ? [] : [`${kind} ${hit} came to ${got} instead of ${wanted}`];
}

/** What does not depend on the time and on the number of attempts. */
function outline({ status, result, output, steps = [] }: Outcome): string {
  const ofSteps = steps.map(({ key, status: stands, result: gave, compensation }) => [
    key,
    stands,
    gave,
    compensation?.status,
  ]);
  return JSON.stringify({ status, result, output, steps: ofSteps });
}
