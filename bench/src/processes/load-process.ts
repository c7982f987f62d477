import { type Backlog, createBacklog } from '../load/backlog.ts';
import { type BulkLoad, bulkLoad } from '../load/bulk.ts';
import { fanOutRun } from '../load/fan-out.ts';
import { beginGatedChain, type GatedChain } from '../load/gated-chain.ts';
import { createHttpClient, type HttpClient } from '../load/http-client.ts';
import { createLatencyProbe, type LatencyProbe } from '../load/latency.ts';
import { singleCreates } from '../load/singles.ts';
import { graphRun, type Shape, workflowLoad } from '../load/workflows.ts';
import { serveCalls } from './child-calls.ts';

let url = '';
let client: HttpClient | undefined;
let backlog: Backlog | undefined;
let chain: GatedChain | undefined;

const connections = 128;

function connected(): HttpClient {
  if (client === undefined) throw new Error('the load process has not been connected');
  return client;
}

function begunChain(): GatedChain {
  if (chain === undefined) throw new Error('no chain has begun');
  return chain;
}

async function withProbe<T>(use: (probe: LatencyProbe) => Promise<T>): Promise<T> {
  const probe = await createLatencyProbe(url, connected());
  try {
    return await use(probe);
  } finally {
    await probe.stop();
  }
}

const calls = {
  connect: async (to: { url: string }): Promise<void> => {
    url = to.url;
    client = createHttpClient(url, connections);
  },
  bulk: (load: BulkLoad) => bulkLoad(connected(), load),
  singles: (load: { seconds: number; callers: number }) => singleCreates(connected(), load),
  startLatency: (load: { seconds: number; perSecond: number }) => withProbe((probe) => probe.start(load)),
  idleChain: (load: { workflows: number }) => withProbe((probe) => probe.chain(load)),
  workflows: (load: { shape: Shape; seconds: number; inFlight: number }) => workflowLoad(connected(), load),
  graphs: (load: { steps: number; graphs: 'small' | 'large' }) => graphRun(connected(), load),
  fanOut: (load: { items: number; concurrency: number }) => fanOutRun(connected(), load),
  beginChain: async ({ steps }: { steps: number }): Promise<void> => {
    chain = await beginGatedChain(url, connected(), steps);
  },
  toNextGate: () => begunChain().nextGate(),
  endChain: () => begunChain().end(),
  fillBacklog: async ({ count }: { count: number }) => {
    backlog ??= await createBacklog(connected());
    return backlog.fill(count);
  },
  turnOverBacklog: async ({ turns }: { turns: number }) => {
    backlog ??= await createBacklog(connected());
    return backlog.turnOver(turns);
  },
};
export type LoadCalls = typeof calls;

serveCalls(calls, async () => client?.close());
