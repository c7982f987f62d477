import { isAtRest } from '../../domain/workflow/workflow-state.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import { type ManagementBounds, managementBounds } from '../bounds.ts';
import type { ParkedInstance } from './parked-instance.ts';
import type { WorkflowInstance } from './workflow-instance.ts';

/**
 * The running workflows that fit into memory. Owned by the advance writer: nobody else moves an instance.
 *
 * 1. An instance here equals what its rows would give: it is changed inside a transaction only together with them, and
 *    dropped when that transaction did not commit.
 * 2. Dropping one is always safe: the next transaction loads it.
 */
export class InstanceCache {
  readonly #maxWeight: number;
  readonly #maxParked: number;
  readonly #held = new Map<string, { readonly instance: WorkflowInstance; readonly weight: number }>();
  readonly #parked = new Map<string, ParkedInstance>();
  #weight = 0;

  /** `maxWeight` counts a step as one, each hundred bytes of input, and each row of a later generation. */
  constructor(maxWeight: number, { parkedInstances }: Pick<ManagementBounds, 'parkedInstances'> = managementBounds) {
    this.#maxWeight = maxWeight;
    this.#maxParked = parkedInstances;
  }

  add(instance: WorkflowInstance): void {
    this.drop(instance.id);
    const weight = weightOf(instance);
    this.#held.set(instance.id, { instance, weight });
    this.#weight += weight;
    // A map gives its keys in the order of insertion, and `get` inserts anew: the first is the least recently used.
    for (const id of this.#held.keys()) {
      if (this.#weight <= this.#maxWeight || id === instance.id) break;
      this.drop(id);
    }
  }

  get(id: string): WorkflowInstance | undefined {
    const held = this.#held.get(id);
    if (held !== undefined) {
      this.#held.delete(id);
      this.#held.set(id, held);
    }
    return held?.instance;
  }

  drop(id: string): void {
    this.#parked.delete(id);
    this.#weight -= this.#held.get(id)?.weight ?? 0;
    this.#held.delete(id);
  }

  /** Remembers that a workflow is stuck, until it is added or dropped: what comes for it loads nothing then. */
  park(parked: ParkedInstance): void {
    this.drop(parked.id);
    if (this.#parked.size >= this.#maxParked) this.#parked.clear();
    this.#parked.set(parked.id, parked);
  }

  parkedAt(id: string): ParkedInstance | undefined {
    return this.#parked.get(id);
  }

  /** Forgets everything, such as after the outcome of a transaction was unknown. */
  clear(): void {
    this.#held.clear();
    this.#parked.clear();
    this.#weight = 0;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Steps and hundreds of bytes of input held. */
  get weight(): number {
    return this.#weight;
  }
}

/** What an input counts for beside steps: with a million of them, inputs take a hundred megabytes at most. */
const bytesOfStep = 100;

function weightOf({ graph, input, rows }: WorkflowInstance): number {
  return 10 + graph.steps.length + Math.ceil(input.length / bytesOfStep) + (rows?.size ?? 0);
}

/** Nothing can follow any more: no need to keep it. */
export function isOver({ state }: WorkflowInstance): boolean {
  return isFinalWorkflow(state.status) && isAtRest(state);
}
