import type { Part } from './part.ts';

const chainLength = 1_000;
const items = 10_000;
const itemsAtOnce = 100;

export const longChain: Part = {
  name: 'long-chain',
  what: `one chain of ${chainLength} steps, alone: cost of a step in its first and in its last tenth`,
  runs: 'each round',
  async measure({ load, metered }) {
    await load.call('graphs', { steps: chainLength, graphs: 'small' });
    await load.call('beginChain', { steps: chainLength });
    const tenth = async () => {
      const { result, cpu } = await metered(() => load.call('toNextGate', undefined));
      const steps = chainLength / 10;
      return { ms: result.ms / steps, cpu: (cpu.platform + cpu.postgres) / steps };
    };
    const first = await tenth();
    await load.call('toNextGate', undefined);
    const last = await tenth();
    await load.call('endChain', undefined);
    return {
      'first ms/step': first.ms,
      'last ms/step': last.ms,
      'last ÷ first': last.ms / first.ms,
      'first CPU ms/step': first.cpu,
      'last CPU ms/step': last.cpu,
      'CPU last ÷ first': last.cpu / first.cpu,
    };
  },
};

export const fanOut: Part = {
  name: 'fan-out',
  what: `one fan-out over ${items} items, ${itemsAtOnce} at once: cost of an item in the first and in the last tenth to end`,
  runs: 'each round',
  async measure({ load, metered }) {
    const { result, cpu } = await metered(() => load.call('fanOut', { items, concurrency: itemsAtOnce }));
    return {
      'items/s': 1_000 / result.all,
      'first ms/item': result.first,
      'last ms/item': result.last,
      'last ÷ first': result.last / result.first,
      'CPU ms/item': (cpu.platform + cpu.postgres) / items,
    };
  },
};
