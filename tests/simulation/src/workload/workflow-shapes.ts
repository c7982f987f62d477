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
  const shape = chance.pick(options.shapes);
  const count = shape === 'meet' ? chance.between(4, 6) : chance.between(2, 6);
  const isSaga = chance.happens(0.6);
  const steps: Step[] = [];
  for (let place = 0; place < count; place += 1) {
    const dependsOn = dependencies(shape, place, count, chance);
    const body = bodyOf(shape, place, isSaga, options);
    // What two that meet came to is always asked for.
    const isHanded = shape === 'meet' || chance.happens(0.6);
    steps.push({ key: `s${place}`, dependsOn, ...(isHanded ? handedOn(body, dependsOn, steps, chance) : body) });
  }
  const onFailure = chance.happens(0.15) ? { onFailure: 'stop' } : {};
  return { name: `flow-${tag}`, input: { intent: tag }, steps, ...onFailure };
}

function bodyOf(shape: Shape, place: number, isSaga: boolean, options: OrderOptions): Step {
  const { chance } = options;
  if (shape !== 'meet') return chance.happens(0.15) ? waiting(chance) : working(isSaga, options);
  // Work that is soon done, and a wait that is over soon after, so that memory alone may know of the work; and what goes
  // on beside them keeps the workflow running, so that its status does not tell.
  if (place === 0) return { ...plainWork(options), payload: { ms: chance.between(5, 60) } };
  if (place === 1) return { sleep: { for: chance.between(40, 250) } };
  if (place === 2) return { ...plainWork(options), payload: { ms: 240 } };
  return working(isSaga, options);
}

/** Often a step is handed what one before it came to, and says whose result it wants. */
function handedOn(step: Step, dependsOn: readonly string[], before: readonly Step[], chance: Chance): Step {
  if (step.type === undefined || step.each !== undefined) return step;
  const sources = before.filter(
    ({ key, type, each, onError }) => dependsOn.includes(String(key)) && type && !each && onError === undefined,
  );
  if (sources.length === 0) return step;
  const { key } = chance.pick(sources);
  const payload = { ...(step.payload as object), wants: key, given: { $from: `steps.${String(key)}.result` } };
  return { ...step, payload };
}

function plainWork(options: OrderOptions): Step {
  const { chance } = options;
  return {
    type: chance.pick(taskTypes),
    queue: 'hot',
    payload: ordersFor(options),
    retry: { maxAttempts: chance.between(1, 3), backoff: 'fixed', initial: 50, jitter: 'none' },
  };
}

function working(isSaga: boolean, options: OrderOptions): Step {
  const { chance } = options;
  const step = plainWork(options);
  if (chance.happens(0.1)) {
    const over = Array.from({ length: chance.between(1, 9) }, (_, n) => n);
    return { ...step, each: { over, ...(chance.happens(0.5) && { concurrency: 2 }) } };
  }
  if (chance.happens(0.15)) {
    const ends = chance.happens(0.5) ? { onParentClose: 'abandon' } : {};
    return { child: { definition: childDefinition.name, ...ends } };
  }
  if (!isSaga || !chance.happens(0.8)) return chance.happens(0.1) ? { ...step, onError: 'continue' } : step;
  const compensating = chance.happens(0.1)
    ? { ms: 10, terminalAt: 1 }
    : { ms: chance.span(40), fails: chance.between(0, 1) };
  return {
    ...step,
    ...(chance.happens(0.1) && { commit: true }),
    compensation: {
      type: chance.pick(taskTypes),
      payload: compensating,
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
  // Three that know nothing of each other, and the rest waits for two of them.
  if (shape === 'meet') return place <= 2 ? [] : ['s0', 's1'];
  if (shape === 'line') return [`s${place - 1}`];
  if (shape === 'any')
    return Array.from({ length: place }, (_, before) => `s${before}`).filter(() => chance.happens(0.4));
  if (place < count - 1) return ['s0'];
  return count === 2 ? ['s0'] : Array.from({ length: count - 2 }, (_, middle) => `s${middle + 1}`);
}
