import {
  boolArray,
  float8Array,
  int4Array,
  nullableUuidArray,
  type Parameter,
  textArray,
  timestamptzArray,
  uuidArray,
} from '@taskflow/kit-postgres';
import type {
  CancelPage,
  DefinitionKey,
  DiscardPage,
  EndedItems,
  EventDelivery,
  EventName,
  EventPage,
  FanOutRow,
  GatherLimits,
  GenerationKey,
  GraphKey,
  ItemsToGather,
  Key,
  KeptInputRow,
  KeptSignal,
  SignalsToTake,
  StepEndRow,
  TaskChangeRow,
  WaitKey,
  WorkflowChangeRow,
} from '../../application/ports/advance-store.ts';
import type { NewStepRow } from '../../application/task-record.ts';
import type { NewWorkflow } from '../../application/workflow-record.ts';
import type { Settlement } from '../../domain/task/settlement.ts';
import { stepRowParameters, waitKeyArrays, workflowParameters } from './row-parameters.ts';

function keyArrays(keys: readonly Key[]): Buffer[] {
  return [uuidArray(keys.map(({ tenantId }) => tenantId)), uuidArray(keys.map(({ id }) => id))];
}

export function keyParameters(keys: readonly Key[]): Parameter[] {
  return [...keyArrays(keys), keys.length];
}

function generationArrays(keys: readonly GenerationKey[]): Buffer[] {
  return [...keyArrays(keys), int4Array(keys.map(({ generation }) => generation))];
}

export function generationParameters(keys: readonly GenerationKey[]): Parameter[] {
  return [...generationArrays(keys), keys.length];
}

export function waitKeyParameters(waits: readonly WaitKey[]): Parameter[] {
  return [...waitKeyArrays(waits), waits.length];
}

export function settleParameters(settlements: readonly Settlement[]): Parameter[] {
  return [
    uuidArray(settlements.map((s) => s.tenantId)),
    uuidArray(settlements.map((s) => s.taskId)),
    int4Array(settlements.map((s) => s.generation)),
    textArray(settlements.map((s) => s.status)),
    int4Array(settlements.map((s) => s.attempts)),
    timestamptzArray(settlements.map((s) => s.startedAt)),
    timestamptzArray(settlements.map((s) => s.finishedAt)),
    textArray(settlements.map((s) => s.result)),
    textArray(settlements.map((s) => s.error)),
    textArray(settlements.map((s) => s.progress)),
    settlements.length,
  ];
}

export function workflowChangeParameters(changes: readonly WorkflowChangeRow[]): Parameter[] {
  return [
    ...keyArrays(changes),
    textArray(changes.map((c) => c.previous)),
    textArray(changes.map((c) => c.status)),
    textArray(changes.map((c) => c.output)),
    textArray(changes.map((c) => c.error)),
    textArray(changes.map((c) => c.failedStep)),
    boolArray(changes.map((c) => c.cancelRequested)),
    textArray(changes.map((c) => c.cancelReason)),
    textArray(changes.map((c) => c.pauseReason)),
    timestamptzArray(changes.map((c) => c.finishedAt)),
    int4Array(changes.map((c) => c.version)),
    textArray(changes.map((c) => c.hash)),
    int4Array(changes.map((c) => c.steps)),
    changes.length,
  ];
}

export function taskChangeParameters(changes: readonly TaskChangeRow[]): Parameter[] {
  return [
    ...generationArrays(changes),
    int4Array(changes.map((c) => c.priority)),
    boolArray(changes.map((c) => c.cancelRequested)),
    textArray(changes.map((c) => c.cancelReason)),
    timestamptzArray(changes.map((c) => c.finishedAt)),
    changes.length,
  ];
}

export function restartParameters(rows: readonly (NewStepRow & { readonly generation: number })[]): Parameter[] {
  return [...stepRowParameters(rows), int4Array(rows.map(({ generation }) => generation)), rows.length];
}

export function stepEndParameters(rows: readonly StepEndRow[]): Parameter[] {
  return [
    ...generationArrays(rows),
    textArray(rows.map(({ status }) => status)),
    textArray(rows.map(({ result }) => result)),
    textArray(rows.map(({ error }) => error)),
    timestamptzArray(rows.map(({ finishedAt }) => finishedAt)),
    boolArray(rows.map(({ outcomeUnknown }) => (outcomeUnknown ? true : null))),
    rows.length,
  ];
}

export function settledCompensationParameters(
  rows: readonly (GenerationKey & { readonly reason: string })[],
): Parameter[] {
  return [...generationArrays(rows), textArray(rows.map(({ reason }) => reason)), rows.length];
}

function eventArrays(events: readonly EventName[]): Buffer[] {
  return [
    uuidArray(events.map(({ tenantId }) => tenantId)),
    textArray(events.map(({ name }) => name)),
    textArray(events.map(({ key }) => key)),
  ];
}

export function eventParameters(events: readonly EventName[]): Parameter[] {
  return [...eventArrays(events), events.length];
}

export function eventPageParameters(pages: readonly EventPage[]): Parameter[] {
  return [
    ...eventArrays(pages),
    float8Array(pages.map(({ above }) => above)),
    float8Array(pages.map(({ upTo }) => upTo)),
    int4Array(pages.map(({ most }) => most)),
    pages.length,
  ];
}

export function eventDeliveryParameters(deliveries: readonly EventDelivery[]): Parameter[] {
  return [
    ...keyArrays(deliveries),
    textArray(deliveries.map(({ name }) => name)),
    textArray(deliveries.map(({ key }) => key)),
    textArray(deliveries.map(({ payload }) => payload)),
    float8Array(deliveries.map(({ above }) => above)),
    float8Array(deliveries.map(({ upTo }) => upTo)),
  ];
}

export function eventMoveParameters(
  moves: readonly (Key & { readonly above: number; readonly next: number })[],
): Parameter[] {
  return [
    ...keyArrays(moves),
    float8Array(moves.map(({ above }) => above)),
    float8Array(moves.map(({ next }) => next)),
    moves.length,
  ];
}

export function newFanOutParameters(rows: readonly FanOutRow[]): Parameter[] {
  return [
    ...waitKeyArrays(rows),
    int4Array(rows.map(({ total }) => total)),
    int4Array(rows.map(({ laid }) => laid)),
    int4Array(rows.map(({ largest }) => largest)),
    int4Array(rows.map(({ started }) => started)),
    int4Array(rows.map(({ completed }) => completed)),
    int4Array(rows.map(({ failed }) => failed)),
    int4Array(rows.map(({ unknown }) => unknown)),
    boolArray(rows.map(({ closed }) => closed)),
  ];
}

export function changedFanOutParameters(rows: readonly FanOutRow[]): Parameter[] {
  return [...newFanOutParameters(rows), int4Array(rows.map(({ revision }) => revision)), rows.length];
}

export function endedFanOutParameters(rows: readonly FanOutRow[]): Parameter[] {
  return [...waitKeyArrays(rows), int4Array(rows.map(({ revision }) => revision)), rows.length];
}

export function graphParameters(keys: readonly GraphKey[]): Parameter[] {
  return [uuidArray(keys.map(({ tenantId }) => tenantId)), textArray(keys.map(({ hash }) => hash)), keys.length];
}

export function descendantParameters(roots: readonly (Key & { readonly more: number })[]): Parameter[] {
  return [...keyArrays(roots), int4Array(roots.map(({ more }) => more)), roots.length];
}

export function gatherParameters(steps: readonly ItemsToGather[], { each, together }: GatherLimits): Parameter[] {
  const tenants: string[] = [];
  const items: string[] = [];
  const places: number[] = [];
  for (const [place, step] of steps.entries()) {
    for (const item of step.items) {
      tenants.push(step.tenantId);
      items.push(item);
      places.push(place + 1);
    }
  }
  return [...keyParameters(steps), uuidArray(tenants), uuidArray(items), int4Array(places), each, together];
}

export function keptSignalParameters(signals: readonly KeptSignal[]): Parameter[] {
  return [
    uuidArray(signals.map(({ tenantId }) => tenantId)),
    uuidArray(signals.map(({ workflowId }) => workflowId)),
    textArray(signals.map(({ name }) => name)),
    textArray(signals.map(({ payload }) => payload)),
    timestamptzArray(signals.map(({ receivedAt }) => receivedAt)),
  ];
}

export function keptInputParameters(inputs: readonly KeptInputRow[]): Parameter[] {
  return [
    uuidArray(inputs.map(({ tenantId }) => tenantId)),
    uuidArray(inputs.map(({ workflowId }) => workflowId)),
    textArray(inputs.map(({ kind }) => kind)),
    textArray(inputs.map(({ input }) => input)),
  ];
}

export function faultParameters(workflows: readonly (Key & { readonly error: string })[]): Parameter[] {
  return [...keyArrays(workflows), textArray(workflows.map(({ error }) => error)), workflows.length];
}

export function parkedTaskParameters(tasks: readonly (GenerationKey & { readonly error: string })[]): Parameter[] {
  return [...generationArrays(tasks), textArray(tasks.map(({ error }) => error)), tasks.length];
}

export function takenSignalParameters(signals: readonly SignalsToTake[]): Parameter[] {
  return [
    uuidArray(signals.map(({ tenantId }) => tenantId)),
    uuidArray(signals.map(({ workflowId }) => workflowId)),
    textArray(signals.map(({ name }) => name)),
    int4Array(signals.map(({ many }) => many)),
    signals.length,
  ];
}

export function childParameters(workflows: readonly NewWorkflow[]): Buffer[] {
  return [
    ...workflowParameters(workflows),
    nullableUuidArray(workflows.map(({ parent }) => parent?.id ?? null)),
    textArray(workflows.map(({ parent }) => parent?.step ?? null)),
  ];
}

export function endedItemParameters(ended: readonly EndedItems[]): Parameter[] {
  return [
    ...waitKeyArrays(ended),
    int4Array(ended.map(({ completed }) => completed)),
    int4Array(ended.map(({ failed }) => failed)),
    int4Array(ended.map(({ unknown }) => unknown)),
    ended.length,
  ];
}

export function discardParameters(workflows: readonly (Key & { readonly reason: string | null })[]): Parameter[] {
  return [...keyArrays(workflows), textArray(workflows.map(({ reason }) => reason)), workflows.length];
}

export function closedStepParameters(
  pages: readonly (DiscardPage & { readonly mostChildren: number })[],
  mostRows: number,
): Parameter[] {
  const after = nullableUuidArray(pages.map((page) => page.after));
  const children = int4Array(pages.map(({ mostChildren }) => mostChildren));
  return [...keyArrays(pages), after, children, pages.length, mostRows];
}

export function discardedRowParameters(pages: readonly DiscardPage[], mostRows: number): Parameter[] {
  return [...keyArrays(pages), textArray(pages.map(({ after }) => after)), pages.length, mostRows];
}

export function cancelParameters(pages: readonly CancelPage[], mostTasks: number): Parameter[] {
  const reasons = textArray(pages.map(({ reason }) => reason));
  return [...keyArrays(pages), reasons, nullableUuidArray(pages.map(({ after }) => after)), pages.length, mostTasks];
}

export function closedItemParameters(items: readonly Key[], at: number): Parameter[] {
  return [...keyArrays(items), new Date(at).toISOString(), items.length];
}

export function definitionParameters(keys: readonly DefinitionKey[]): Parameter[] {
  return [
    uuidArray(keys.map(({ tenantId }) => tenantId)),
    textArray(keys.map(({ name }) => name)),
    int4Array(keys.map(({ version }) => version)),
    keys.length,
  ];
}
