import type { UncheckedMapping } from '../definitions/step-options.ts';
import type { AnyTask } from '../definitions/task.ts';
import type { AnyWorkflow, CodeStep, StepWork } from '../definitions/workflow-graph.ts';
import { builtIn } from '../worker/built-in-tasks.ts';
import type { Definition } from '../worker/handlers.ts';

interface Replacements {
  handler(task: AnyTask): AnyTask['run'];
  inline(inline: UncheckedMapping): UncheckedMapping;
}

/** Copies definitions, alike in all but the handlers; the same definition always has the same copy. */
export class DefinitionCopies {
  readonly #replace: Replacements;
  readonly #copies = new Map<object, object>();

  constructor(replace: Replacements) {
    this.#replace = replace;
  }

  of<Held extends Definition>(definition: Held): Held {
    if (definition.kind === 'task') return this.#taskOf(definition) as Held;
    return (definition.kind === 'workflow' ? this.#workflowOf(definition) : definition) as Held;
  }

  /** Built-in tasks are the worker's own. */
  #taskOf(task: AnyTask): AnyTask {
    if (Object.values<AnyTask>(builtIn).includes(task)) return task;
    return this.#once(task, () => ({ ...task, run: this.#replace.handler(task) }));
  }

  #workflowOf(workflow: AnyWorkflow): AnyWorkflow {
    return this.#once(workflow, () => {
      const steps = new Map([...workflow.graph.steps].map(([key, step]) => [key, this.#stepOf(step)]));
      return { ...workflow, graph: { ...workflow.graph, steps } };
    });
  }

  #stepOf(step: CodeStep): CodeStep {
    return this.#once(step, () => ({
      ...step,
      work: this.#workOf(step.work),
      needs: new Map([...step.needs].map(([name, needed]) => [name, this.#stepOf(needed)])),
      compensate: step.compensate && { ...step.compensate, task: this.#taskOf(step.compensate.task) },
    }));
  }

  #workOf(work: StepWork): StepWork {
    switch (work.kind) {
      case 'task':
      case 'each':
        return { ...work, task: this.#taskOf(work.task) };
      case 'run':
        return { ...work, inline: this.#replace.inline(work.inline) };
      case 'child':
        return { ...work, workflow: this.#workflowOf(work.workflow) };
      case 'wait':
      case 'output':
        return work;
    }
  }

  #once<Original extends object>(original: Original, copy: () => Original): Original {
    const made = (this.#copies.get(original) as Original | undefined) ?? copy();
    this.#copies.set(original, made);
    return made;
  }
}
