import type { Chance } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Client } from './client.ts';
import { taskTypes } from './orders.ts';

export interface BombOptions {
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly client: Client;
  readonly count: number;
  readonly forMs: number;
}

const name = 'bomb';
const twice = ['left', 'right'].map((key) => ({ key, child: { definition: name } }));
const definition = {
  name,
  version: 1,
  graph: { steps: [...twice, { key: 'work', type: taskTypes[0], payload: { ms: 20 } }] },
};

/** Workflows of a definition that starts itself twice: they come to an end because too many stand below one. */
export function startBombs({ kernel, chance, client, count, forMs }: BombOptions): void {
  if (count === 0) return;
  for (const ms of [10, 400, 1_100]) {
    kernel.after(ms, undefined, '', () => client.operate('/api/v1/workflow-definitions', definition));
  }
  for (let place = 0; place < count; place += 1) {
    kernel.after(chance.between(1_200, forMs), undefined, '', () =>
      client.make({ what: 'workflow', key: `bomb-${place}`, path: '/api/v1/workflows', count: 1 }, (tag) => ({
        name: `flow-${tag}`,
        steps: [{ key: 'first', dependsOn: [], child: { definition: name } }],
      })),
    );
  }
}
