import { z } from 'zod';
import { name, priority, retry, timeout } from './scalars.ts';
import { problemError, taskStatus } from './tasks.ts';

export const maxSteps = 10_000;
export const stepKey = z
  .string()
  .regex(
    /^[A-Za-z0-9$][A-Za-z0-9_\-:$]{0,199}$/,
    'must be 1 to 200 of A-Z a-z 0-9 _ - : $ and begin with a letter, a digit or $',
  );

export const step = z.strictObject({
  key: stepKey,
  type: name,
  /** JSON; an object `{"$from": "steps.<key>.result.<path>"}` or `{"$from": "input.<path>"}` anywhere in it is replaced by that value. */
  payload: z.unknown().optional(),
  dependsOn: z.array(z.string()).optional(),
  queue: name.optional(),
  priority: priority.optional(),
  retry: retry.optional(),
  timeout: timeout.optional(),
  /** Not available yet: refused by name. */
  when: z.unknown().optional(),
  compensation: z.unknown().optional(),
});
export type StepBody = z.infer<typeof step>;
export type StepRequest = z.input<typeof step>;

/** The steps' count is checked apart, so that too many of them are answered by that name. */
export const graph = z.strictObject({
  steps: z.array(step).min(1),
  /** Key of the step whose result is the workflow's output. */ output: z.string().optional(),
});

export const startInline = z.strictObject({
  name,
  input: z.unknown().optional(),
  steps: z.array(step).min(1),
  output: z.string().optional(),
  priority: priority.optional(),
  onFailure: z.enum(['compensate', 'stop']).optional(),
});
export const startRegistered = z.strictObject({
  definition: name,
  version: z.int().min(1).optional(),
  input: z.unknown().optional(),
  priority: priority.optional(),
});
/**
 * One of the two, told apart by `definition`, so that a mistake is explained in the terms of the form that was meant.
 */
export const startWorkflow = z
  .looseObject({})
  .meta({
    anyOf: [z.toJSONSchema(startInline, { io: 'input' }), z.toJSONSchema(startRegistered, { io: 'input' })],
  })
  .transform((body, context): z.output<typeof startInline> | z.output<typeof startRegistered> => {
    const parsed = Object.hasOwn(body, 'definition') ? startRegistered.safeParse(body) : startInline.safeParse(body);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: body } as never);
    return z.NEVER;
  });
export type StartWorkflowRequest = z.input<typeof startInline> | z.input<typeof startRegistered>;

export const registerDefinition = z.strictObject({ name, version: z.int().min(1), graph });
export type RegisterDefinitionRequest = z.input<typeof registerDefinition>;

export const workflowStatus = z.enum([
  'running',
  'waiting',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'compensating',
  'compensated',
  'compensation-stuck',
]);
export type WorkflowStatus = z.infer<typeof workflowStatus>;

export const cancelWorkflow = z.strictObject({
  reason: z.string().max(500).optional(),
  compensate: z.unknown().optional(),
});
export const listWorkflows = z.strictObject({
  status: workflowStatus.optional(),
  name: name.optional(),
  limit: z.coerce.number().int().min(1).max(200).optional(),
  cursor: z.string().max(500).optional(),
});

export const workflowStep = z.object({
  key: z.string(),
  type: z.string(),
  status: taskStatus,
  taskId: z.uuid().optional(),
  dependsOn: z.array(z.string()),
  result: z.unknown().optional(),
  /** The results of all steps together are too large for one answer: read this one at its task. */
  resultOmitted: z.boolean().optional(),
  error: problemError.optional(),
  attempts: z.int(),
  progress: z.object({ fraction: z.number(), message: z.string().optional() }).optional(),
  startedAt: z.iso.datetime().optional(),
  finishedAt: z.iso.datetime().optional(),
});
const header = {
  id: z.uuid(),
  name: z.string(),
  version: z.int().optional(),
  status: workflowStatus,
  cancelRequested: z.boolean().optional(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().optional(),
};
export const workflow = z.object({
  ...header,
  input: z.unknown(),
  output: z.unknown().optional(),
  /** The output would be longer than 256 kB: read the results at the steps. */
  outputOmitted: z.boolean().optional(),
  error: problemError.extend({ step: z.string().optional() }).optional(),
  steps: z.array(workflowStep),
});
export type WorkflowBody = z.infer<typeof workflow>;
export const workflowList = z.object({
  items: z.array(z.object({ ...header, steps: z.int() })),
  nextCursor: z.string().nullable(),
});
export type WorkflowListBody = z.infer<typeof workflowList>;
export const workflowGraph = z.object({
  nodes: z.array(z.object({ key: z.string(), type: z.string(), status: taskStatus.optional() })),
  edges: z.array(z.object({ from: z.string(), to: z.string() })),
});

export const definition = z.object({
  name: z.string(),
  version: z.int(),
  hash: z.string(),
  steps: z.int(),
  createdAt: z.iso.datetime(),
});
export type DefinitionBody = z.infer<typeof definition>;
export const definitionList = z.object({ items: z.array(definition) });
export const definitionDetail = z.object({
  name: z.string(),
  versions: z.array(definition.extend({ graph: z.unknown() })),
});
