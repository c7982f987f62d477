import type { Chance } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Client } from './client.ts';

export interface CrowdOptions {
  readonly kernel: Kernel;
  readonly chance: Chance;
  readonly client: Client;
  /** Workflows that wait for events. */
  readonly size: number;
  /** Virtual milliseconds over which events come. */
  readonly forMs: number;
}

const eventName = 'pulse';
const keys = ['left', 'left', 'right'] as const;

/**
 * Workflows that begin together and wait for an event, and each for the same event again once it came; and events, more
 * than one of which may be under way at a time.
 */
export function startCrowd({ kernel, chance, client, size, forMs }: CrowdOptions): void {
  if (size === 0) return;
  const from = chance.between(0, forMs / 3);
  for (let place = 0; place < size; place += 1) {
    const body = subscribers(chance);
    kernel.after(from + chance.between(0, 300), undefined, '', () => {
      const key = `crowd-${place}`;
      client.make({ what: 'workflow', key, path: '/api/v1/workflows', count: 1 }, (tag) => ({
        name: `flow-${tag}`,
        ...body,
      }));
    });
  }
  for (let event = 1; event <= 2 * size; event += 1) {
    const body = { key: chance.pick(keys), payload: { event } };
    kernel.after(from + chance.between(300, forMs / 2), undefined, '', () =>
      client.operate(`/api/v1/workflow-events/${eventName}`, body),
    );
  }
}

/** A wait that nobody ends is over by its time, which stops nothing. */
function subscribers(chance: Chance): Record<string, unknown> {
  const key = chance.pick(keys);
  const wait = () => ({ event: eventName, key, timeout: chance.between(3_000, 6_000) });
  return {
    steps: [
      { key: 'w0', dependsOn: [], waitForEvent: wait(), onError: 'continue' },
      { key: 'w1', dependsOn: ['w0'], waitForEvent: wait(), onError: 'continue' },
      { key: 'w2', dependsOn: ['w1'], waitForEvent: wait(), onError: 'continue' },
    ],
  };
}
