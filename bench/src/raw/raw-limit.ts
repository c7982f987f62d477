import {
  createDatabase,
  type Database,
  loadStatements,
  migrate,
  type Parameter,
  textArray,
  uuidArray,
} from '@taskflow/kit-postgres';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { systemIds } from '@taskflow/kit-time';
import { payloadText } from '../load/payload.ts';
import { percentile } from '../figures/statistics.ts';

const batch = 500;
/** Created and not yet completed, at most: the same bound as in the measured run. */
export const maxOutstanding = 10_000;
const singleConnections = 16;

const names = ['insert-raw-tasks', 'claim-raw-tasks', 'complete-raw-tasks'] as const;

export interface RawLimit {
  /** Insert → claim → complete with one inserting and one working connection: tasks completed per second. */
  pipeline(seconds: number): Promise<{ perSecond: number }>;
  /** One durable row per transaction, by so many callers: rate and latency in milliseconds. */
  singles(seconds: number, callers: number): Promise<{ perSecond: number; p50: number; p99: number }>;
  stop(): Promise<void>;
}

/** What plain SQL reaches on the server that TaskFlow uses, with the same connection settings. */
export async function createRawLimit(url: string): Promise<RawLimit> {
  await migrate({ url, lines: [{ component: 'raw-limit', directory: new URL('./migrations/', import.meta.url) }] });
  const statements = loadStatements(new URL('./queries/', import.meta.url), names);
  const open = async (name: string, poolSize: number): Promise<Database> => {
    const database = createDatabase({ url, name, poolSize, profile: 'data-path', telemetry: silentTelemetry() });
    await database.start();
    return database;
  };
  const inserting = await open('raw-inserting', 1);
  const working = await open('raw-working', 1);
  const single = await open('raw-single', singleConnections);
  const payloads = textArray(Array.from({ length: batch }, payloadText));

  const insert = (): Promise<unknown> =>
    inserting.query(statements['insert-raw-tasks'], [uuidArray(newIds(batch)), payloads]);

  async function claimAndComplete(): Promise<number> {
    const claimed = await working.query<{ id: string }>(statements['claim-raw-tasks'], [batch]);
    if (claimed.length === 0) return 0;
    await working.query(statements['complete-raw-tasks'], [uuidArray(claimed.map(({ id }) => id))]);
    return claimed.length;
  }

  async function pipeline(seconds: number): Promise<{ perSecond: number }> {
    const begin = performance.now();
    const end = begin + seconds * 1000;
    let inserted = 0;
    let completed = 0;
    let wake = (): void => {};
    const changed = (): Promise<void> => new Promise((resolve) => (wake = resolve));
    const inserter = async (): Promise<void> => {
      while (performance.now() < end) {
        if (inserted - completed >= maxOutstanding) await changed();
        await insert();
        inserted += batch;
        wake();
      }
    };
    const worker = async (): Promise<void> => {
      while (performance.now() < end) {
        const done = await claimAndComplete();
        completed += done;
        if (done === 0) await changed();
        else wake();
      }
    };
    await Promise.all([inserter(), worker().finally(() => wake())]);
    const elapsed = (performance.now() - begin) / 1000;
    const perSecond = completed / elapsed;
    while ((await claimAndComplete()) > 0);
    return { perSecond };
  }

  async function singles(seconds: number, callers: number): Promise<{ perSecond: number; p50: number; p99: number }> {
    const payload = payloadText();
    const latencies: number[] = [];
    const begin = performance.now();
    const end = begin + seconds * 1000;
    const caller = async (): Promise<void> => {
      for (let from = performance.now(); from < end; from = performance.now()) {
        const parameters: Parameter[] = [uuidArray(newIds(1)), textArray([payload])];
        await single.query(statements['insert-raw-tasks'], parameters);
        latencies.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    const perSecond = latencies.length / ((performance.now() - begin) / 1000);
    while ((await claimAndComplete()) > 0);
    return { perSecond, p50: percentile(latencies, 50), p99: percentile(latencies, 99) };
  }

  return {
    pipeline,
    singles,
    stop: async () => {
      await Promise.all([inserting.stop(), working.stop(), single.stop()]);
    },
  };
}

function newIds(count: number): string[] {
  return Array.from({ length: count }, () => systemIds.next());
}
