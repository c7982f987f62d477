import type { Delivery } from '@taskflow/contracts-worker-protocol';

/** What the steps of one workflow have done to the outside world. */
interface Effect {
  /** 1 when done and not undone. */
  net: number;
  isUndone: boolean;
}

/**
 * The outside world of workflows, as it counts. Its handlers are as careful as sagas need: a step has its effect once
 * however often it runs, an undoing looks whether there is anything to undo, and nothing is done after it was undone.
 */
export class Effects {
  readonly #byStep = new Map<string, Effect>();
  readonly #undoesBlindly: boolean;

  /** `undoesBlindly`, a planted bug: an undoing that runs twice undoes twice. */
  constructor(undoesBlindly: boolean) {
    this.#undoesBlindly = undoesBlindly;
  }

  /** A handler has done what this delivery asked for. */
  take({ workflow }: Delivery): 'done' | 'undone' | 'nothing' {
    if (workflow === undefined || (workflow.role !== undefined && workflow.role !== 'compensation')) return 'nothing';
    const effect = this.#of(workflow.workflowId, workflow.step);
    if (workflow.role === 'compensation') {
      if (this.#undoesBlindly && (effect.net !== 0 || effect.isUndone)) effect.net -= 1;
      else effect.net = 0;
      effect.isUndone = true;
      return 'undone';
    }
    if (effect.net !== 0 || effect.isUndone) return 'nothing';
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
    const effect = { net: 0, isUndone: false };
    this.#byStep.set(key, effect);
    return effect;
  }
}
