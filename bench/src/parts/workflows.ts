import type { Shape } from '../load/workflows.ts';
import type { Part } from './part.ts';

const inFlight = 64;

export const chain: Part = workflowsOf('chain', 5, 'chains of 5');
export const diamond: Part = workflowsOf('diamond', 12, 'diamonds 1 + 10 + 1');

function workflowsOf(shape: Shape, steps: number, what: string): Part {
  return {
    name: shape,
    what: `${what}, ${inFlight} in flight; idle: one at a time`,
    runs: 'each round',
    async measure({ load }, { seconds }) {
      const busy = await load.call('workflows', { shape, seconds, inFlight });
      const idle = await load.call('workflows', { shape, seconds: Math.min(2, seconds), inFlight: 1 });
      return {
        'workflows/s': busy.perSecond,
        'steps/s': busy.perSecond * steps,
        'p99 ms': busy.p99,
        'idle p50 ms': idle.p50,
      };
    },
  };
}

export const saga: Part = {
  name: 'saga',
  what: `sagas of 3 steps, the last of which fails, so that two are undone; ${inFlight} in flight; idle: one at a time`,
  runs: 'each round',
  async measure({ load }, { seconds }) {
    const busy = await load.call('workflows', { shape: 'saga', seconds, inFlight });
    const idle = await load.call('workflows', { shape: 'saga', seconds: Math.min(2, seconds), inFlight: 1 });
    return {
      'compensated/s': busy.perSecond,
      'tasks/s': busy.perSecond * 5,
      'p99 ms': busy.p99,
      'idle p50 ms': idle.p50,
    };
  },
};

export const graphs: Part = {
  name: 'graphs',
  what: 'cost of a step, ten steps in flight: in graphs of 10 steps, and in one large graph',
  runs: 'once',
  async measure({ load, metered }, { steps }) {
    const run = async (graphs: 'small' | 'large') => {
      const { result, cpu } = await metered(() => load.call('graphs', { steps, graphs }));
      return { ms: (result.seconds * 1000) / steps, cpu: (cpu.platform + cpu.postgres) / steps };
    };
    await run('small');
    const [small, large] = [await run('small'), await run('large')];
    return {
      'small ms/step': small.ms,
      'large ms/step': large.ms,
      'small CPU ms/step': small.cpu,
      'large CPU ms/step': large.cpu,
      'large ÷ small': large.ms / small.ms,
    };
  },
};
