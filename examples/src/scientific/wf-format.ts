import { z } from 'zod';

const specification = z.object({
  id: z.string().min(1),
  parents: z.array(z.string()).default([]),
  children: z.array(z.string()).default([]),
});
const execution = z.object({ id: z.string(), runtimeInSeconds: z.number().min(0) });
const document = z.object({
  name: z.string().default('unnamed'),
  schemaVersion: z.literal('1.5'),
  workflow: z.object({
    specification: z.object({ tasks: z.array(specification).min(1) }),
    execution: z.object({ tasks: z.array(execution) }),
  }),
});

export interface RecordedStep {
  readonly id: string;
  readonly parents: readonly string[];
  readonly runtimeInSeconds: number;
}
export interface RecordedWorkflow {
  readonly name: string;
  readonly steps: readonly RecordedStep[];
}

/**
 * Reads a workflow instance in WfCommons WfFormat 1.5: the graph stands in the specification, by `parents` or by
 * `children`, and the runtimes in the execution. Throws an error that names what is wrong.
 */
export function readWfFormat(text: string): RecordedWorkflow {
  const parsed = document.safeParse(JSON.parse(text));
  if (!parsed.success) throw new TypeError(`this is no WfFormat 1.5 file:\n${z.prettifyError(parsed.error)}`);
  const { name, workflow } = parsed.data;
  const runtimes = new Map(workflow.execution.tasks.map((task) => [task.id, task.runtimeInSeconds]));
  const parents = new Map(workflow.specification.tasks.map((task) => [task.id, new Set(task.parents)]));
  for (const task of workflow.specification.tasks) {
    for (const child of task.children) parents.get(child)?.add(task.id);
  }
  const steps = workflow.specification.tasks.map(({ id }) => {
    const runtimeInSeconds = runtimes.get(id);
    if (runtimeInSeconds === undefined) throw new TypeError(`the execution has no runtime for task ${id}`);
    return { id, parents: [...(parents.get(id) ?? [])], runtimeInSeconds };
  });
  return { name, steps };
}

/** `width` steps of the same length side by side, and one that waits for all of them. */
export function wideWorkflow(width: number, runtimeInSeconds: number): RecordedWorkflow {
  const parallel = Array.from({ length: width }, (_, index) => ({
    id: `part-${index + 1}`,
    parents: [],
    runtimeInSeconds,
  }));
  const join = { id: 'join', parents: parallel.map(({ id }) => id), runtimeInSeconds: 0 };
  return { name: `wide-${width}`, steps: [...parallel, join] };
}
