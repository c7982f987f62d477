import type { Effect } from '../../domain/workflow/effect.ts';
import type { Input, RefusedInput } from '../../domain/workflow/input.ts';
import { transition } from '../../domain/workflow/transition.ts';
import type { Key } from '../ports/advance-store.ts';
import { workflowStarted } from '../events/workflow-events.ts';
import type { NewWorkflow } from '../records/workflow-record.ts';
import { addNeed, type Cause, type EndedChild, noNeeds, type Needs } from './needs.ts';
import { accuse, isAtFault } from './on-behalf.ts';
import { addChild } from './pending-writes.ts';
import type { StepResults } from './step-results.ts';
import type { TransactionBudget } from './transaction-budget.ts';
import type { TransactionRecord } from './transaction-record.ts';
import { addressOf, childOf, instanceOfNew, type WorkflowInstance } from './workflow-instance.ts';
import type { WriteSet } from './write-set.ts';

interface Targets {
  readonly record: TransactionRecord;
  readonly writes: WriteSet;
  readonly results: StepResults;
  readonly budget: TransactionBudget;
}

/**
 * Moves workflows by their inputs, and sorts what follows: rows and events into the write set, needs for the next pass.
 * What throws on behalf of a workflow is its fault alone.
 */
export class Transitions {
  readonly #targets: Targets;
  /** Workflows that stand below roots, as far as they were asked for, and those that this transaction starts. */
  readonly descendants = new Map<string, number>();
  #needs = noNeeds();

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  /** What is needed, and is no longer asked for. */
  takeNeeds(): Needs {
    const needs = this.#needs;
    this.#needs = noNeeds();
    return needs;
  }

  /** What was too large beside others. */
  takeAlone(): Needs['alone'] {
    return this.#needs.alone.splice(0);
  }

  get needs(): Needs {
    return this.#needs;
  }

  /** A refusal has no effect. */
  apply(instance: WorkflowInstance, input: Input, cause: Cause): RefusedInput | undefined {
    const { record, budget } = this.#targets;
    if (isAtFault(record, instance.id)) return undefined;
    try {
      const effects = transition(instance, input, budget.of(cause.share));
      if ('refusal' in effects) return effects;
      for (const effect of effects) this.#execute(instance, effect, cause);
    } catch (error) {
      accuse(record, instance.id, error);
    }
    return undefined;
  }

  #execute(instance: WorkflowInstance, effect: Effect, cause: Cause): void {
    const { record, writes, results } = this.#targets;
    if (effect.kind === 'need') return addNeed(this.#needs, instance, effect, cause);
    if (effect.kind === 'start-child') return this.#startChild(instance, effect, cause);
    if (effect.kind === 'cancel-child') {
      this.#needs.cancelledChildren.push({ instance, need: effect, cause });
      return;
    }
    if (effect.kind === 'end-row' && effect.result !== null) {
      results.put(instance, addressOf(instance, effect.step), effect.result);
    } else if (effect.kind === 'emit' && effect.event.kind === 'compensation-stuck') record.stuck += 1;
    else if (effect.kind === 'end-workflow') this.#end(instance, effect);
    writes.add(instance, effect, cause.causationId);
  }

  #end(instance: WorkflowInstance, { status, output }: Extract<Effect, { kind: 'end-workflow' }>): void {
    this.#targets.record.ended.push({ id: instance.id, status });
    if (instance.parent) this.notifyParent({ child: instance, status, output });
  }

  notifyParent(ended: EndedChild): void {
    this.#needs.endedChildren.push(ended);
  }

  /** The workflow of a step that waits for it. It starts at once: what it starts with is a need like any other. */
  #startChild(
    instance: WorkflowInstance,
    { step, definition, input }: Extract<Effect, { kind: 'start-child' }>,
    cause: Cause,
  ): void {
    const { record, writes } = this.#targets;
    const { version, hash, graph } = definition;
    const root = rootOf(instance).id;
    const child: NewWorkflow = {
      ...childOf(instance, step),
      name: instance.graph.steps[step]?.child?.definition ?? '',
      version,
      stored: { hash, graph },
      input,
      options: { ...instance.options, depth: (instance.options.depth ?? 0) + 1, root },
      parent: { id: instance.id, step: addressOf(instance, step) },
      status: 'running',
      createdAt: writes.emission.now,
    };
    const started = instanceOfNew(child);
    record.touched.set(child.id, started);
    record.born.add(child.id);
    record.started += 1;
    addChild(writes.rows, child, root);
    this.descendants.set(root, (this.descendants.get(root) ?? 0) + 1);
    writes.events.push(workflowStarted(writes.emission, child, cause.causationId));
    this.apply(started, { kind: 'start' }, cause);
  }
}

/** The workflow at the top of those that start each other. */
export function rootOf({ tenantId, id, options }: WorkflowInstance): Key {
  return { tenantId, id: options.root ?? id };
}
