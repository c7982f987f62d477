import type { Part } from './part.ts';

const perSecond = 50;

export const startLatency: Part = {
  name: 'start',
  what: `request sent → handler starts, ${perSecond} tasks/s`,
  runs: 'each round',
  async measure({ load }, { seconds }) {
    const { p50, p99, answerP50, answerP99 } = await load.call('startLatency', { seconds, perSecond });
    return { 'p50 ms': p50, 'p99 ms': p99, 'answer p50 ms': answerP50, 'answer p99 ms': answerP99 };
  },
};

export const idleChain: Part = {
  name: 'idle-chain',
  what: 'one chain of 5 at a time: request sent → end known, and step → next step',
  runs: 'each round',
  async measure({ load }) {
    const { p50, p99, stepP50, stepP99 } = await load.call('idleChain', { workflows: 50 });
    return { 'p50 ms': p50, 'p99 ms': p99, 'step p50 ms': stepP50, 'step p99 ms': stepP99 };
  },
};
