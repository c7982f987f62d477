import { type OrderOptions, ordersFor, taskTypes } from './orders.ts';

/** A workflow of a few steps: a line, a fan-out that joins again, or whatever the seed ties together. */
export function workflowBody(tag: string, options: OrderOptions): Record<string, unknown> {
  const { chance } = options;
  const count = chance.between(2, 6);
  const shape = chance.pick(['line', 'fan', 'any'] as const);
  const steps = Array.from({ length: count }, (_, place) => ({
    key: `s${place}`,
    type: chance.pick(taskTypes),
    queue: 'hot',
    payload: ordersFor(options),
    retry: { maxAttempts: 3, backoff: 'fixed', initial: 50, jitter: 'none' },
    dependsOn: dependencies(shape, place, count, options),
  }));
  return { name: `flow-${tag}`, input: { intent: tag }, steps };
}

function dependencies(
  shape: 'line' | 'fan' | 'any',
  place: number,
  count: number,
  { chance }: OrderOptions,
): string[] {
  if (place === 0) return [];
  if (shape === 'line') return [`s${place - 1}`];
  if (shape === 'any') return Array.from({ length: place }, (_, before) => `s${before}`).filter(() => chance.happens(0.4));
  if (place < count - 1) return ['s0'];
  return count === 2 ? ['s0'] : Array.from({ length: count - 2 }, (_, middle) => `s${middle + 1}`);
}
