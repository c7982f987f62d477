import { backlog } from './backlog.ts';
import { idleChain, startLatency } from './latency.ts';
import type { Part } from './part.ts';
import { fanOut, longChain } from './steady.ts';
import { bulk, rawPipeline, rawSingles, singles } from './throughput.ts';
import { chain, diamond, graphs, saga } from './workflows.ts';

/** In the order of a round: each figure beside the limit that it is measured against. */
export const allParts: readonly Part[] = [
  rawPipeline,
  bulk,
  rawSingles,
  singles,
  startLatency,
  idleChain,
  chain,
  diamond,
  saga,
  longChain,
  fanOut,
  graphs,
  backlog,
];
