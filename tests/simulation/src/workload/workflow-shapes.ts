import type { Chance } from '../kernel/chance.ts';
import { type OrderOptions, ordersFor, taskTypes } from './orders.ts';

export const shapes = ['line', 'fan', 'any', 'meet'] as const;
export type Shape = (typeof shapes)[number];
type Step = Record<string, unknown>;

/** Signals that are sent now and then to whatever may wait for one. */
export const signalName = 'go';

/** What steps start as a workflow of its own. */
export const childDefinition = {
  name: 'errand',
  version: 1,
  graph: {
    steps: [
      { key: 'go', type: taskTypes[0], payload: { ms: 20 } },
      { key: 'back', type: taskTypes[1], payload: { ms: 20 }, dependsOn: ['go'] },
    ],
  },
};

export interface WorkflowOptions extends OrderOptions {
  readonly shapes: readonly Shape[];
}

/**
 * A workflow of a few steps: a line, a fan-out that joins again, work and a wait that meet, or whatever the seed ties together; often with
 * something to undo, at times with waits and items.
 */
export function workflowBody(tag: string, options: WorkflowOptions): Record<string, unknown> {
  const { chance } = options;
  const count = chance.between(2, 6);
  const shape = chance.pick(options.shapes);
  const isSaga = chance.happens(0.6);
  const steps: Step[] = [];
  for (let place = 0; place < count; place += 1) {
    const dependsOn = dependencies(shape, place, count, chance);
    const waits = shape === 'meet' ? place === 1 : chance.happens(0.15);
    const body = waits ? waiting(chance) : working(isSaga, options);
    steps.push({ key: `s${place}`, dependsOn, ...handedOn(body, dependsOn, steps, chance) });
  }
  const onFailure = chance.happens(0.15) ? { onFailure: 'stop' } : {};
  return { name: `flow-${tag}`, input: { intent: tag }, steps, ...onFailure };
}

/** Often a step is handed what one before it came to, and says whose result it wants. */
function handedOn(step: Step, dependsOn: readonly string[], before: readonly Step[], chance: Chance): Step {
  if (step.type === undefined || step.each !== undefined) return step;
  const sources = before.filter(
    ({ key, type, each, onError }) => dependsOn.includes(String(key)) && type && !each && onError === undefined,
  );
  if (sources.length === 0 || !chance.happens(0.6)) return step;
  const { key } = chance.pick(sources);
  const payload = { ...(step.payload as object), wants: key, given: { $from: `steps.${String(key)}.result` } };
  return { ...step, payload };
}

function working(isSaga: boolean, options: OrderOptions): Step {
  const { chance } = options;
  const step: Step = {
    type: chance.pick(taskTypes),
    queue: 'hot',
    payload: ordersFor(options),
    retry: { maxAttempts: chance.between(1, 3), backoff: 'fixed', initial: 50, jitter: 'none' },
  };
  if (chance.happens(0.1)) {
    const over = Array.from({ length: chance.between(1, 9) }, (_, n) => n);
    return { ...step, each: { over, ...(chance.happens(0.5) && { concurrency: 2 }) } };
  }
  if (chance.happens(0.15)) {
    const ends = chance.happens(0.5) ? { onParentClose: 'abandon' } : {};
    return { child: { definition: childDefinition.name, ...ends } };
  }
  if (!isSaga || !chance.happens(0.8)) return chance.happens(0.1) ? { ...step, onError: 'continue' } : step;
  const undoing = chance.happens(0.1)
    ? { ms: 10, terminalAt: 1 }
    : { ms: chance.span(40), fails: chance.between(0, 1) };
  return {
    ...step,
    ...(chance.happens(0.1) && { commit: true }),
    compensation: {
      type: chance.pick(taskTypes),
      payload: undoing,
      retry: { maxAttempts: 6, backoff: 'fixed', initial: 50, jitter: 'none' },
    },
  };
}

function waiting(chance: Chance): Step {
  if (chance.happens(0.6)) return { sleep: { for: chance.between(1, 1_200) } };
  return { waitForSignal: { signal: signalName, timeout: chance.between(200, 1_500) } };
}

function dependencies(shape: Shape, place: number, count: number, chance: Chance): string[] {
  if (place === 0) return [];
  // Two that know nothing of each other, and the rest waits for both.
  if (shape === 'meet') return place === 1 ? [] : ['s0', 's1'];
  if (shape === 'line') return [`s${place - 1}`];
  if (shape === 'any')
    return Array.from({ length: place }, (_, before) => `s${before}`).filter(() => chance.happens(0.4));
  if (place < count - 1) return ['s0'];
  return count === 2 ? ['s0'] : Array.from({ length: count - 2 }, (_, middle) => `s${middle + 1}`);
}
