import type { CpuUse } from '../environment.ts';
import type { Part, Sample } from './part.ts';

const callers = 64;
const posters = 4;
const maxOutstanding = 10_000;

export const rawPipeline: Part = {
  name: 'raw',
  what: 'raw limit: insert → claim → complete, plain SQL, batches of 500, one connection each',
  runs: 'each round',
  measure: async ({ raw }, { seconds }) => {
    const { perSecond } = await raw.call('pipeline', { seconds });
    return { 'tasks/s': perSecond };
  },
};

export const bulk: Part = {
  name: 'bulk',
  what: `created → completed in bulk: batches of 500 over HTTP, ${posters} posters, a worker process`,
  runs: 'each round',
  async measure({ load, metered }, { seconds }) {
    const { result, cpu } = await metered(() => load.call('bulk', { seconds, posters, maxOutstanding }));
    return { 'tasks/s': result.perSecond, ...cpuPerThousand(cpu, result.tasks) };
  },
};

export const rawSingles: Part = {
  name: 'raw-singles',
  what: `raw limit: one durable row per transaction, ${callers} callers, 16 connections`,
  runs: 'each round',
  measure: async ({ raw }, { seconds }) => latencies(await raw.call('singles', { seconds: seconds / 2, callers })),
};

export const singles: Part = {
  name: 'singles',
  what: `one POST per task, ${callers} callers`,
  runs: 'each round',
  measure: async ({ load }, { seconds }) => latencies(await load.call('singles', { seconds, callers })),
};

function cpuPerThousand(cpu: CpuUse, tasks: number): Sample {
  const share = (milliseconds: number): number => milliseconds / (tasks / 1000);
  return {
    'platform+worker CPU ms/1k': share(cpu.platform),
    'PostgreSQL CPU ms/1k': share(cpu.postgres),
    'load CPU ms/1k': share(cpu.load),
  };
}

function latencies({ perSecond, p50, p99 }: { perSecond: number; p50: number; p99: number }): Sample {
  return { 'tasks/s': perSecond, 'p50 ms': p50, 'p99 ms': p99 };
}
