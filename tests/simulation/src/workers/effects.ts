import type { Delivery } from '@taskflow/contracts-worker-protocol';

/** What the steps of one workflow have done to the outside world. */
interface Effect {
  /** 1 when done and not undone. */
  net: number;
  /** The latest generation of the step that a worker has begun. */
  begun: number;
  /** Generations up to this one are undone; what comes of them late does nothing. */
  compensatedUpTo: number;
}

/**
 * The outside world of workflows, as it counts. Its handlers are as careful as sagas need: a step has its effect once
 * however often it runs, an undoing looks whether there is anything to undo, and nothing of a generation is done after
 * it was undone.
 */
export class Effects {
  readonly #byStep = new Map<string, Effect>();
  readonly #undoesBlindly: boolean;

  /** `undoesBlindly`, a planted bug: an undoing that runs twice undoes twice. */
  constructor(undoesBlindly: boolean) {
    this.#undoesBlindly = undoesBlindly;
  }

  /** A handler begins with what this delivery asks for. */
  begin({ workflow, generation }: Delivery): void {
    if (workflow === undefined || workflow.role !== undefined) return;
    const effect = this.#of(workflow.workflowId, workflow.step);
    effect.begun = Math.max(effect.begun, generation);
  }

  /** A handler has done what this delivery asked for. */
  take({ workflow, generation }: Delivery): 'done' | 'undone' | 'nothing' {
    if (workflow === undefined || (workflow.role !== undefined && workflow.role !== 'compensation')) return 'nothing';
    const effect = this.#of(workflow.workflowId, workflow.step);
    if (workflow.role === 'compensation') {
      if (this.#undoesBlindly && (effect.net !== 0 || effect.compensatedUpTo > 0)) effect.net -= 1;
      else effect.net = 0;
      effect.compensatedUpTo = effect.begun;
      return 'undone';
    }
    if (effect.net !== 0 || generation <= effect.compensatedUpTo) return 'nothing';
    effect.net = 1;
    return 'done';
  }

  net(workflowId: string, step: string): number {
    return this.#byStep.get(`${workflowId}/${step}`)?.net ?? 0;
  }

  #of(workflowId: string, step: string): Effect {
    const key = `${workflowId}/${step}`;
    const known = this.#byStep.get(key);
    if (known) return known;
    const effect = { net: 0, begun: 1, compensatedUpTo: 0 };
    this.#byStep.set(key, effect);
    return effect;
  }
}
