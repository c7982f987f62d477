import { columns, type ParametersOf } from '@taskflow/kit-postgres';
import type {
  DiscardPage,
  ItemsToCollect,
  CollectLimits,
  Key,
  GenerationKey,
  StepEndRow,
} from '../../application/ports/advance-store.ts';
import type { KeyClaim } from '../../application/ports/creation-store.ts';
import { stepAddress } from '../../application/records/step-address.ts';
import type { NewStepRow, NewTask } from '../../application/records/task-record.ts';
import type { NewWorkflow, StoredGraph } from '../../application/records/workflow-record.ts';
import type { TaskUpdate } from '../../domain/task/task-update.ts';
import { signatures } from './statements.generated.ts';

const keys = columns(signatures['read-tasks']);
const generations = columns(signatures['reset-steps']);

/** Gives the parameters of the statements that find rows by tenant and id. */
export function keyParameters(of: readonly Key[]): ParametersOf<(typeof signatures)['lock-tasks']> {
  return [...keys.encode(of), of.length];
}

/** Gives the parameters of those that fence them by generation, too. */
export function generationParameters(of: readonly GenerationKey[]): ParametersOf<(typeof signatures)['reset-steps']> {
  return [...generations.encode(of), of.length];
}

export const readKeys = keys;
export const idempotencyKeys = columns(signatures['read-idempotency-keys']);
export const keyClaims = columns(signatures['claim-idempotency-keys']).of<KeyClaim>({
  subjectIds: ({ subjectIds }) => `{${subjectIds.join(',')}}`,
});

const taskReaders = {
  options: ({ options }: NewTask) => (options === undefined ? null : JSON.stringify(options)),
  workflowId: ({ step }: NewTask) => step?.workflowId ?? null,
  step: ({ step }: NewTask) => (step === undefined ? null : stepAddress(step)),
};

export const newTasks = columns(signatures['insert-tasks']).of<NewTask>(taskReaders);
export const newStepRows = columns(signatures['insert-step-rows']).of<NewStepRow>(taskReaders);
export const restartedSteps = columns(signatures['restart-steps']).of<NewStepRow & { readonly generation: number }>(
  taskReaders,
);
export const laidItems = columns(signatures['lay-items-again']).of<NewStepRow>(taskReaders);
export const endedSteps = columns(signatures['end-steps']).of<StepEndRow>({
  // Absent of almost all tasks: a value takes room in each of them.
  outcomeUnknown: ({ outcomeUnknown }) => (outcomeUnknown ? true : null),
});
export const settledCompensations = columns(signatures['settle-compensations']);
export const taskUpdates = columns(signatures['settle-tasks']).of<TaskUpdate>({ id: ({ taskId }) => taskId });
export const taskChanges = columns(signatures['apply-task-commands']);
export const parkedTasks = columns(signatures['park-tasks']);

const workflowReaders = {
  version: ({ version }: NewWorkflow) => version ?? null,
  hash: ({ stored }: NewWorkflow) => stored.hash,
  steps: ({ stored }: NewWorkflow) => stored.graph.steps.length,
  options: ({ options }: NewWorkflow) => JSON.stringify(options),
};

export const newWorkflows = columns(signatures['insert-workflows']).of<NewWorkflow>(workflowReaders);
export const newChildren = columns(signatures['insert-children']).of<NewWorkflow>({
  ...workflowReaders,
  parentId: ({ parent }) => parent?.id ?? null,
  parentStep: ({ parent }) => parent?.step ?? null,
});
export const newGraphs = columns(signatures['insert-graphs']).of<readonly [tenantId: string, graph: StoredGraph]>({
  tenantId: ([tenantId]) => tenantId,
  hash: ([, { hash }]) => hash,
  graph: ([, { text }]) => text,
});
export const graphKeys = columns(signatures['load-graphs']);
export const definitionKeys = columns(signatures['load-definitions']);
export const workflowChanges = columns(signatures['update-workflows']);
export const parkedWorkflows = columns(signatures['park-workflows']);
export const discardedWorkflows = columns(signatures['discard-workflows']);
export const countedRoots = columns(signatures['count-descendants']);
export const cancelPages = columns(signatures['request-workflow-cancels']);
export const closedPages = columns(signatures['close-steps']).of<DiscardPage & { readonly maxChildren: number }>({
  workflowId: ({ id }) => id,
  children: ({ maxChildren }) => maxChildren,
});
/** The parameters of all statements that discard rows of workflows page by page. */
export const discardPages = columns(signatures['discard-waits']).of<DiscardPage>({ workflowId: ({ id }) => id });

export const newWaits = columns(signatures['insert-waits']);
export const waitKeys = columns(signatures['delete-waits']);
export const eventNames = columns(signatures['measure-event-waits']);
export const eventPages = columns(signatures['take-event-waits']);
export const newEventDeliveries = columns(signatures['insert-event-deliveries']);
export const movedEventDeliveries = columns(signatures['move-event-deliveries']);
export const keptSignals = columns(signatures['keep-signals']);
export const takenSignals = columns(signatures['take-signals']);
export const keptInputs = columns(signatures['keep-inputs']);

export const newFanOuts = columns(signatures['insert-fan-outs']);
export const changedFanOuts = columns(signatures['update-fan-outs']);
export const endedItems = columns(signatures['count-ended-items']);
export const endedFanOuts = columns(signatures['delete-fan-outs']);

const collectedSteps = columns(signatures['collect-items'], 'steps');
const collectedItems = columns(signatures['collect-items'], 'items');

export function collectParameters(
  steps: readonly ItemsToCollect[],
  { each, together }: CollectLimits,
): ParametersOf<(typeof signatures)['collect-items']> {
  const items = steps.flatMap((step, place) =>
    // The server counts places from 1.
    step.items.map((id) => ({ tenantId: step.tenantId, id, step: place + 1 })),
  );
  return [...collectedSteps.encode(steps), steps.length, ...collectedItems.encode(items), each, together];
}
