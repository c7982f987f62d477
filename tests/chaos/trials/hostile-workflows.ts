import { systemClock } from '@taskflow/kit-time';
import { type PlatformProcess, type Stores, type WorkflowBody, openStores, startPlatform } from '@taskflow/tests-e2e';
import {
  createHistory,
  hostileDefinitions,
  hostileTypes,
  type HostileUnit,
  hostileUnits,
  type LoadReport,
  type Mixture,
  openCounts,
  type PlatformSeen,
  rootEnds,
  seededRandom,
  spellOddly,
  startHttpWorker,
  startSteadyLoad,
  watchPlatform,
} from '../harness/index.ts';

export interface HostileOptions extends Mixture {
  readonly seed: number;
  /** Small tasks of the ordinary load. */
  readonly perSecond: number;
  /** Of the small tasks. Hostile ones use the default one: in that, others wait for their turn behind all of them. */
  readonly queue: string;
  /** From the acceptance of the last one until all have ended, with all that they started. */
  readonly withinMs: number;
  /** Most workflows below one. */
  readonly maxDescendants: number;
  readonly print: (line: string) => void;
}

/** How many of one kind came to what; a code says why. */
export interface KindReport {
  started: number;
  readonly refused: Record<string, number>;
  readonly ended: Record<string, number>;
  readonly stuck: Record<string, number>;
  /** Neither ended nor stuck within the bound. */
  open: number;
}

export interface HostileReport extends PlatformSeen {
  readonly load: LoadReport;
  readonly kinds: Readonly<Record<string, KindReport>>;
  /** Answers that asked for the same again later, and requests without an answer. */
  readonly askedAgain: number;
  readonly acceptedAfterMs: number;
  readonly endedAfterMs: number;
  readonly wrong: readonly string[];
}

const callers = 8;
const lookEveryMs = 2_000;
const pauseMs = 500;
const allowedRssMb = 1_000;
const ends = new Set(['completed', 'failed', 'cancelled', 'compensated', 'compensation-stuck']);

/** Starts hostile workflows beside an ordinary load, and says what became of both. */
export async function startHostileWorkflows(options: HostileOptions): Promise<HostileReport> {
  const env = { TASKFLOW_WORKFLOW_MAX_DESCENDANTS: `${options.maxDescendants}` };
  const platform = await startPlatform({ env });
  const stores = await openStores(platform);
  const watch = watchPlatform(platform);
  const workers = hostileWorkers(platform);
  const load = await startSteadyLoad(platform.url, options.perSecond, options.queue);
  try {
    const started = await startAll(options, platform);
    const endedAfterMs = await untilAtRest(options, platform, stores, started);
    if (!platform.child.running()) throw new Error(`The platform ended: ${platform.child.stderr().slice(-10_000)}`);
    const report = await load.report();
    const seen = watch.seen();
    const wrong = [...started.wrong, ...wrongOf(report, seen), ...(await judge(platform, stores, started))];
    if (wrong.length > 0) options.print(platform.child.stderr().slice(-10_000));
    const { kinds, acceptedAfterMs, askedAgain } = started;
    return { load: report, ...seen, kinds, askedAgain: askedAgain(), acceptedAfterMs, endedAfterMs, wrong };
  } finally {
    watch.stop();
    await load.stop();
    await Promise.all(workers.map((worker) => worker.stop()));
    await stores.close();
    await platform.remove();
  }
}

/** Gates are claimed seldom, so that several are reported together and their workflows go on in one turn. */
function hostileWorkers({ api }: PlatformProcess) {
  const common = { run: () => 1, takesMs: 0, concurrency: 20 };
  const { odd, gate, item } = hostileTypes;
  return [
    startHttpWorker(api, { ...common, name: 'odd', types: [odd], spell: spellOddly }),
    startHttpWorker(api, { ...common, name: 'gate', types: [gate], takesMs: 2_000 }),
    startHttpWorker(api, { ...common, name: 'item', types: [item] }),
  ];
}

interface Started {
  readonly kinds: Record<string, KindReport>;
  /** Kind of each that was accepted. */
  readonly kindOf: ReadonlyMap<string, string>;
  /** Those in which every step of a second half waits for an event that nobody publishes. */
  readonly eventOnce: readonly string[];
  /** Those that are started again once they have failed. */
  readonly retries: readonly Promise<void>[];
  readonly begin: number;
  readonly acceptedAfterMs: number;
  readonly wrong: string[];
  askedAgain(): number;
}

async function startAll(options: HostileOptions, platform: PlatformProcess): Promise<Started> {
  const { seed, scale, print } = options;
  const units = hostileUnits(options, seededRandom(seed));
  const begin = systemClock.monotonic();
  const since = () => Math.round(systemClock.monotonic() - begin);
  const client = createClient(platform);
  const kinds: Record<string, KindReport> = {};
  const kindOf = new Map<string, string>();
  const eventOnce: string[] = [];
  const retries: Promise<void>[] = [];

  async function startOne(kind: string, body: object): Promise<string | undefined> {
    const report = (kinds[kind] ??= { started: 0, refused: {}, ended: {}, stuck: {}, open: 0 });
    report.started += 1;
    const { id, code } = await client.ask('/api/v1/workflows', body);
    if (id !== undefined) kindOf.set(id, kind);
    else report.refused[code] = (report.refused[code] ?? 0) + 1;
    return id;
  }

  async function startUnit({ kind, bodies, event, retryFrom }: HostileUnit): Promise<void> {
    const ids = (await Promise.all(bodies.map((body) => startOne(kind, body)))).filter((id) => id !== undefined);
    if (event !== undefined) {
      await client.ask(`/api/v1/workflow-events/${event.name}`, { key: event.key, payload: 1 });
      eventOnce.push(...ids);
    }
    if (retryFrom !== undefined) retries.push(...ids.map((id) => client.retry(id, retryFrom)));
  }

  if (scale === 'full')
    for (const body of hostileDefinitions)
      await platform.api.expect(201, 'POST', '/api/v1/workflow-definitions', { body });
  const pending = units.entries();
  const caller = async () => {
    for (const [n, unit] of pending) {
      if (!platform.child.running()) return;
      print(`${since()} ms: ${unit.bodies.length} of "${unit.kind}" (${n + 1} of ${units.length})`);
      await startUnit(unit);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const { wrong, askedAgain } = client;
  return { kinds, kindOf, eventOnce, retries, begin, acceptedAfterMs: since(), wrong, askedAgain };
}

/** Asks as a careful client does: under a key, and again for as long as it is told to come later. */
function createClient({ api, child }: PlatformProcess) {
  const history = createHistory(api);
  const wrong: string[] = [];

  async function ask(path: string, body: object): Promise<{ id?: string; code: string }> {
    const headers = { 'idempotency-key': `hostile-${history.mark()}` };
    while (child.running()) {
      const { operation, answer } = await history.call<Refusal & { id?: string }>('POST', path, { body, headers });
      if (operation.outcome === 'ok') return { id: answer?.body.id, code: '' };
      if (operation.outcome === 'dishonest') wrong.push(`POST ${path} was answered ${operation.text}`);
      const comesLater = operation.outcome === 'unknown' || operation.status === 429;
      if (!comesLater) return { code: `${operation.status} ${codeOf(answer?.body)}` };
      await systemClock.sleep(pauseMs);
    }
    return { code: 'never answered' };
  }

  async function retry(id: string, from: string): Promise<void> {
    const path = `/api/v1/workflows/${id}`;
    while (child.running()) {
      const headers = { prefer: 'wait=10' };
      const { answer } = await history.call<WorkflowBody>('GET', path, { headers });
      if (!ends.has(answer?.body.status ?? '')) continue;
      const { code } = await ask(`${path}/retry`, { from });
      if (code !== '') wrong.push(`the retry of ${id} was answered ${code}`);
      return;
    }
  }

  return { ask, retry, wrong, askedAgain: () => history.count('unknown') };
}

interface Refusal {
  readonly code?: string;
  readonly errors?: readonly { readonly code: string }[];
}

function codeOf(refusal: Refusal | undefined): string {
  return [refusal?.code, refusal?.errors?.[0]?.code].filter((code) => code !== undefined).join(' ');
}

/** Gives how long it took, from the first start, until all had come to rest, with all that they started. */
async function untilAtRest(
  { withinMs, print }: HostileOptions,
  platform: PlatformProcess,
  stores: Stores,
  { retries, begin, acceptedAfterMs, wrong }: Started,
): Promise<number> {
  const since = () => Math.round(systemClock.monotonic() - begin);
  const bound = acceptedAfterMs + withinMs;
  const waiting = new AbortController();
  const tooLong = systemClock.sleep(withinMs, waiting.signal).catch(() => undefined);
  await Promise.race([Promise.all(retries), tooLong]);
  waiting.abort();
  while (platform.child.running()) {
    const open = (await rootEnds(stores)).filter(({ status }) => !isAtRest(status)).length;
    const below = open > 0 ? undefined : await openCounts(stores);
    print(`${since()} ms: ${open} have not ended${below ? `, below them ${JSON.stringify(below)}` : ''}`);
    if (below?.workflows === 0 && below.tasks === 0) break;
    if (since() > bound) {
      const left = await openCounts(stores);
      wrong.push(`${left.workflows} workflows and ${left.tasks} tasks of workflows are not at rest`);
      break;
    }
    await systemClock.sleep(lookEveryMs);
  }
  return since();
}

const isAtRest = (status: string) => ends.has(status) || status === 'stuck';

function wrongOf({ lost }: LoadReport, { endedProcesses, maxRssMb }: PlatformSeen): string[] {
  return [
    ...lost.map((what) => `lost of the load: ${what}`),
    ...endedProcesses.map((what) => `ended: ${what}`),
    ...(maxRssMb < allowedRssMb ? [] : [`the platform held ${maxRssMb} MB`]),
  ];
}

/** Sorts what was accepted into its kinds by what became of it, and says what may not be. */
async function judge({ api }: PlatformProcess, stores: Stores, { kinds, kindOf, eventOnce }: Started) {
  const wrong: string[] = [];
  const rows = new Map((await rootEnds(stores)).map((row) => [row.id, row]));
  for (const [id, kind] of kindOf) {
    const report = kinds[kind] as KindReport;
    const { status, code } = rows.get(id) ?? { status: 'lost', code: null };
    const what = code === null ? status : `${status} ${code}`;
    if (!isAtRest(status)) {
      report.open += 1;
      wrong.push(`${kind}: ${id} is ${what}`);
      continue;
    }
    const tally = status === 'stuck' ? report.stuck : report.ended;
    tally[what] = (tally[what] ?? 0) + 1;
    if (status === 'stuck' && code === null) wrong.push(`${kind}: ${id} is stuck and does not say why`);
  }
  for (const id of eventOnce) {
    const { steps } = await api.workflow(id);
    const twice = steps.filter(({ key, status }) => key.startsWith('second') && status === 'completed');
    if (twice.length > 0) wrong.push(`one event completed ${twice.length} waits of ${id} that came after it`);
  }
  return wrong;
}
