import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@taskflow/kit-postgres/embedded';
import { silentTelemetry } from '@taskflow/kit-telemetry';
import { type ChildCalls, startChild } from './processes/child-calls.ts';
import { cpuTimeMs, machineCpuTimeMs } from './processes/cpu-time.ts';
import type { LoadCalls } from './processes/load-process.ts';
import type { PlatformCalls } from './processes/platform-process.ts';
import type { RawCalls } from './processes/raw-process.ts';
import { cleanDatabases } from './upkeep/clean-databases.ts';

/** CPU milliseconds that each party used during a measurement. */
export interface CpuUse {
  readonly platform: number;
  readonly postgres: number;
  readonly load: number;
}

/** One platform with its worker and database, the raw limit on the same server, and the load, a process each. */
export interface BenchEnvironment {
  readonly load: ChildCalls<LoadCalls>;
  readonly raw: ChildCalls<RawCalls>;
  /** Runs `work` and tells what it cost. */
  metered<T>(work: () => Promise<T>): Promise<{ result: T; cpu: CpuUse }>;
  /** Leaves nothing to clean up on the clock of what is measured next. */
  clean(): Promise<void>;
  /** CPU milliseconds so far: of the machine, and of this benchmark with all its processes. */
  cpuSoFar(): { machine: number; own: number };
  /** Ends everything and removes the data. */
  stop(): Promise<void>;
}

export async function openBenchEnvironment({ concurrency }: { concurrency: number }): Promise<BenchEnvironment> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taskflow-bench-'));
  const platform = startChild<PlatformCalls>(new URL('./processes/platform-process.ts', import.meta.url));
  const load = startChild<LoadCalls>(new URL('./processes/load-process.ts', import.meta.url));
  const raw = startChild<RawCalls>(new URL('./processes/raw-process.ts', import.meta.url));
  const stop = async (): Promise<void> => {
    await Promise.all([load.stop(), raw.stop()]);
    await platform.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const { url } = await platform.call('start', { dataDir, concurrency });
    const server = await adopt(dataDir);
    await server.ensureDatabase('raw_limit');
    await raw.call('open', { url: server.localUrl('raw_limit') });
    await load.call('connect', { url });
    return {
      load,
      raw,
      stop,
      clean: () => cleanDatabases(server),
      metered: (work) => metered(work, { platform, load, server }),
      cpuSoFar: () => ({ machine: machineCpuTimeMs(), own: cpuTimeMs(process.pid) + cpuTimeMs(server.pid) }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The server that the platform has started: the raw limit must stand on the same one. */
async function adopt(dataDir: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log: silentTelemetry().log });
  if (!server.adopted) throw new Error('the platform has no embedded server to measure against');
  return server;
}

interface Parties {
  readonly platform: { pid: number };
  readonly load: { pid: number };
  readonly server: { pid: number };
}

async function metered<T>(work: () => Promise<T>, parties: Parties): Promise<{ result: T; cpu: CpuUse }> {
  const before = cpuUse(parties);
  const result = await work();
  const after = cpuUse(parties);
  const cpu = {
    platform: after.platform - before.platform,
    postgres: after.postgres - before.postgres,
    load: after.load - before.load,
  };
  return { result, cpu };
}

/** The database server may count below the platform, which starts it, and is told apart. */
function cpuUse({ platform, load, server }: Parties): CpuUse {
  const postgres = cpuTimeMs(server.pid);
  return { platform: cpuTimeMs(platform.pid), postgres, load: cpuTimeMs(load.pid) };
}
