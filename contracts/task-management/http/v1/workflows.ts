import { z } from 'zod';
import { graph, onFailure, step } from './graphs.ts';
import { instant, name, priority, version } from './scalars.ts';
import { problemError, taskStatus } from './tasks.ts';
import { waitsFor } from './waits.ts';

export * from './graphs.ts';
export * from './waits.ts';

export const startInline = z.strictObject({
  name,
  input: z.unknown().optional(),
  steps: z.array(step).min(1),
  output: z.string().optional(),
  priority: priority.optional(),
  onFailure: onFailure.optional(),
});
export const startRegistered = z.strictObject({
  definition: name,
  version: version.optional(),
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

export const registerDefinition = z.strictObject({
  name,
  version,
  graph,
  /** For development: another graph under the same version takes its place instead of being refused. */
  replace: z.boolean().optional(),
});
export type RegisterDefinitionRequest = z.input<typeof registerDefinition>;

/**
 * `stuck`: it could not be moved on, and waits for somebody to retry or cancel it. The set may grow: a reader takes a
 * status that it does not know for one that is not final.
 */
export const workflowStatus = z
  .enum([
    'running',
    'waiting',
    'paused',
    'completed',
    'failed',
    'cancelled',
    'compensating',
    'compensated',
    'compensation-stuck',
    'stuck',
  ])
  .meta({ 'x-grows': true });
export type WorkflowStatus = z.infer<typeof workflowStatus>;

const reason = z.string().max(500);
export const cancelWorkflow = z.strictObject({
  reason: reason.optional(),
  /** Undo what has finished. */
  compensate: z.boolean().optional(),
});
export const pauseWorkflow = z.strictObject({ reason: reason.optional() });
export const retryWorkflow = z.strictObject({
  /** This step and all that follow it run again; absent: every step that did not complete. */
  from: z.string().optional(),
  /** The graph to go on with: the one that it started with (unless told), or the latest version if that fits. */
  version: z.enum(['same', 'latest']).optional(),
});
/** An operator says that a step is undone, or needs no undoing. */
export const settleCompensation = z.strictObject({ reason: z.string().min(1).max(500) });
/** Finds workflows that ended without completing and retries them. */
export const restartWorkflows = z.strictObject({
  filter: z.strictObject({
    status: z.enum(['failed', 'cancelled', 'compensated', 'compensation-stuck', 'stuck']),
    name: name.optional(),
    version: version.optional(),
    createdAfter: instant.optional(),
    createdBefore: instant.optional(),
  }),
  version: z.enum(['same', 'latest']).optional(),
  /** Counts and shows some of them, and changes nothing. */
  dryRun: z.boolean().optional(),
  /** Most that are restarted by this call; 1,000 unless told. */
  limit: z.int().min(1).max(1_000).optional(),
});
/** An event that workflows wait for by `waitForEvent`. */
export const publishEvent = z.strictObject({
  key: z.union([z.string().min(1).max(500), z.number()]),
  payload: z.unknown().optional(),
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
  /** What undoes it, once that has begun. */
  compensation: z
    .object({
      /** `settled`: an operator said that it is undone, for this `reason`. */
      status: z.enum(['pending', 'queued', 'running', 'retrying', 'completed', 'failed', 'settled']),
      taskId: z.uuid().optional(),
      attempts: z.int(),
      error: problemError.optional(),
      reason: z.string().optional(),
      startedAt: z.iso.datetime().optional(),
      finishedAt: z.iso.datetime().optional(),
    })
    .optional(),
  waitsFor: waitsFor.optional(),
  /** Of a fan-out. */
  items: z.object({ total: z.int(), completed: z.int(), failed: z.int(), running: z.int() }).optional(),
  /** The workflow that the step started. */
  childId: z.uuid().optional(),
});
const header = {
  id: z.uuid(),
  name: z.string(),
  version: z.int().optional(),
  status: workflowStatus,
  cancelRequested: z.boolean().optional(),
  /** Why it is paused or was cancelled. */
  reason: z.string().optional(),
  /** The workflow whose step started this one. */
  parentId: z.uuid().optional(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().optional(),
  /** While it is `stuck`, for the reason that `error` gives. */
  stuckSince: z.iso.datetime().optional(),
};
export const workflow = z.object({
  ...header,
  input: z.unknown(),
  output: z.unknown().optional(),
  /** The output would be longer than 256 kB: read the results at the steps. */
  outputOmitted: z.boolean().optional(),
  error: problemError.extend({ step: z.string().optional() }).optional(),
  steps: z.array(workflowStep),
  /** Members that are empty because what is stored of them cannot be read. */
  unreadable: z.array(z.string()).optional(),
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

/** What sets two graphs apart, by step key; `graph` names members of the graph beside its steps. */
export const graphDifference = z.object({
  added: z.array(z.string()),
  removed: z.array(z.string()),
  changed: z.array(z.object({ step: z.string(), members: z.array(z.string()) })),
  graph: z.array(z.string()),
});
export type GraphDifferenceBody = z.infer<typeof graphDifference>;

export const definition = z.object({
  name: z.string(),
  version: z.int(),
  hash: z.string(),
  steps: z.int(),
  createdAt: z.iso.datetime(),
  /** The graph took the place of another one, from which it differs so. */
  replaced: z.boolean().optional(),
  difference: graphDifference.optional(),
});
export type DefinitionBody = z.infer<typeof definition>;
export const definitionList = z.object({ items: z.array(definition) });
export const definitionDetail = z.object({
  name: z.string(),
  versions: z.array(
    definition.extend({
      graph: z.unknown(),
      /** Members that are null because what is stored of them cannot be read. */
      unreadable: z.array(z.string()).optional(),
    }),
  ),
});

/** What a cancel with compensation would do now. Steps of one `order`, from 0, are undone at the same time, lower ones first. */
export const compensationPlan = z.object({
  compensations: z.array(
    z.object({
      step: z.string(),
      type: z.string(),
      order: z.int(),
      /** `running` and `unknown` ones are undone only if they did, or may have done, their work. */
      because: z.enum(['completed', 'running', 'unknown']),
    }),
  ),
  /** Completed steps that stay as they are, because a point of no return stands at or after them. */
  pastPointOfNoReturn: z.array(z.string()),
  /** Completed steps that have nothing to undo them. */
  withoutCompensation: z.array(z.string()),
});
export type CompensationPlanBody = z.infer<typeof compensationPlan>;

export const restartResult = z.object({
  /** Workflows that the filter finds; with `more`, at least so many. */
  matched: z.int(),
  more: z.boolean().optional(),
  sample: z.array(z.object({ id: z.uuid(), name: z.string(), version: z.int().optional(), status: workflowStatus })),
  /** Absent from a dry run. */
  restarted: z.int().optional(),
  refused: z.array(z.object({ id: z.uuid(), code: z.string(), detail: z.string() })).optional(),
});
export type RestartResultBody = z.infer<typeof restartResult>;

export const eventReceipt = z.object({ /** Steps that waited for it. */ matched: z.int() });
