import { type JsonSource, jsonSource } from './json-source.ts';
import type { Reference } from './payload-template.ts';
import type { Instance } from './instance.ts';
import { stateOf, stepState } from './workflow-state.ts';

/** Stands for what is more than a transaction may read beside others. */
export const tooLarge = Symbol('too large');

/** The results and signals that a transaction has read of one workflow. */
export interface StepReading {
  input(): JsonSource;
  /** What a step gave, or its prepare task; `null` where its row has no result. */
  result(step: number, part: 'own' | 'prepare'): string | typeof tooLarge;
  /** The same for templates, which take parts of it. */
  source(step: number): JsonSource | typeof tooLarge;
}

const nothing = jsonSource('null');

/**
 * Reads what the templates of one workflow refer to, while one step is worked out: what a step gave is
 * looked up once, because its row's id is a digest, and ten thousand references would otherwise take ten thousand of
 * them.
 */
export class StepValues {
  /** A result that was asked for is too large beside others. */
  oversized = false;
  readonly #instance: Instance;
  readonly #reading: StepReading;
  #found: Map<string, JsonSource | undefined> | undefined;

  constructor(instance: Instance, reading: StepReading) {
    this.#instance = instance;
    this.#reading = reading;
  }

  readonly of = (reference: Reference): JsonSource | undefined => {
    if (reference.source !== 'step') return this.#reading.input();
    this.#found ??= new Map();
    if (!this.#found.has(reference.step)) this.#found.set(reference.step, this.#resultOf(reference.step));
    return this.#found.get(reference.step);
  };

  #resultOf(key: string): JsonSource | undefined {
    const { graph, state } = this.#instance;
    const step = graph.indexOf.get(key);
    if (step === undefined || stateOf(state, step) !== stepState.completed) return undefined;
    const source = this.#reading.source(step);
    if (source !== tooLarge) return source;
    this.oversized = true;
    return nothing;
  }
}

/** Lists those of these steps that have a result. */
export function completedOf({ state }: Instance, steps: readonly number[]): number[] {
  return steps.filter((step) => stateOf(state, step) === stepState.completed);
}
