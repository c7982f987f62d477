import type { Chance } from '../kernel/chance.ts';

export interface PoisonOptions {
  readonly chance: Chance;
  /** Of what is made. */
  readonly share: number;
}

/** What is refused by a database although every check lets it pass: a report, the beginning of a step, new work. */
type Poison = 'report' | 'start' | 'accept';
type Body = Record<string, unknown>;

/** Poisons a task now and then. */
export function perhapsPoisonedTask(task: Body, { chance, share }: PoisonOptions): Body {
  return chance.happens(share) ? poisoned(task, chance.pick<Poison>(['report', 'accept'])) : task;
}

/** Poisons a step of a workflow now and then. What begins with the workflow is written with it, and would be refused. */
export function perhapsPoisonedWorkflow(workflow: Body, { chance, share }: PoisonOptions): Body {
  const steps = workflow.steps as readonly Body[];
  const fitting = steps.filter(({ type, each }) => type !== undefined && each === undefined);
  if (fitting.length === 0 || !chance.happens(share)) return workflow;
  const chosen = chance.pick(fitting);
  const isFirst = (chosen.dependsOn as readonly string[]).length === 0;
  const poison = chance.pick<Poison>(isFirst ? ['report', 'accept'] : ['start', 'start', 'report', 'accept']);
  return { ...workflow, steps: steps.map((step) => (step === chosen ? poisoned(step, poison) : step)) };
}

function poisoned(asked: Body, poison: Poison): Body {
  return { ...asked, payload: { ...(asked.payload as object), poison } };
}
