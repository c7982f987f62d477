import { instantText } from '@taskflow/kit-time';
import type { ItemsRecord, ListedWorkflow, StepRecord, WaitRecord } from '../application/ports/reading-store.ts';
import type { CompensationView, StepView, WorkflowView } from '../application/queries/read-workflow.ts';

/** A workflow with its steps as the API shows it; texts that are JSON already go out as they are. */
export function encodeWorkflow({ workflow, steps, isUnreadable }: WorkflowView): string {
  let json = `{${encodeHeader(workflow)},"input":${workflow.input}`;
  if (workflow.output !== null) json += `,"output":${workflow.output}`;
  else if (workflow.status === 'completed') json += ',"outputOmitted":true';
  if (workflow.stuckError !== null) json += `,"error":${workflow.stuckError}`;
  else if (workflow.error !== null) json += `,"error":${withStep(workflow.error, workflow.failedStep)}`;
  if (isUnreadable) json += ',"unreadable":["steps"]';
  return `${json},"steps":[${steps.map(encodeStep).join(',')}]}`;
}

export function encodeListedWorkflow(workflow: ListedWorkflow): string {
  return `{${encodeHeader(workflow)},"steps":${workflow.steps}}`;
}

function encodeHeader(workflow: ListedWorkflow): string {
  let json = `"id":"${workflow.id}","name":${JSON.stringify(workflow.name)}`;
  if (workflow.version !== null) json += `,"version":${workflow.version}`;
  json += `,"status":"${workflow.status}"`;
  if (workflow.cancelRequested) json += ',"cancelRequested":true';
  const reason = workflow.status === 'paused' ? workflow.pauseReason : workflow.cancelReason;
  if (reason !== null) json += `,"reason":${JSON.stringify(reason)}`;
  if (workflow.parentId !== null) json += `,"parentId":"${workflow.parentId}"`;
  json += `,"createdAt":"${instantText(workflow.createdAt)}"`;
  if (workflow.finishedAt !== null) json += `,"finishedAt":"${instantText(workflow.finishedAt)}"`;
  if (workflow.stuckAt !== null) json += `,"stuckSince":"${instantText(workflow.stuckAt)}"`;
  return json;
}

function encodeStep(step: StepView): string {
  const { key, type, status, dependsOn, task } = step;
  let json = `{"key":${JSON.stringify(key)},"type":"${type}","status":"${status}"`;
  if (task) json += `,"taskId":"${task.taskId}"`;
  json += `,"dependsOn":${JSON.stringify(dependsOn)}`;
  if (task && task.result !== null) json += `,"result":${task.result}`;
  if (task?.resultOmitted) json += ',"resultOmitted":true';
  const error = task?.error ?? step.error;
  if (error) json += `,"error":${error}`;
  json += `,"attempts":${task?.attempts ?? 0}`;
  if (task && task.progress !== null) json += `,"progress":${task.progress}`;
  return `${json}${encodeSpan(task)}${encodeKind(step)}}`;
}

function encodeSpan(task: StepRecord | undefined): string {
  let json = '';
  if (task && task.startedAt !== null) json += `,"startedAt":"${instantText(task.startedAt)}"`;
  if (task && task.finishedAt !== null) json += `,"finishedAt":"${instantText(task.finishedAt)}"`;
  return json;
}

/** What only some kinds of steps have. */
function encodeKind({ kind, status, task, compensation, waitsFor, items, childId }: StepView): string {
  let json = '';
  if (compensation) json += `,"compensation":${encodeCompensation(compensation)}`;
  // What is deferred is nothing that the step waits for.
  if (waitsFor && waitsFor.kind !== 'items') json += `,"waitsFor":${JSON.stringify(shownWait(waitsFor))}`;
  else if (task && status === 'running' && kind === 'child') json += ',"waitsFor":{"kind":"child"}';
  if (items) json += `,"items":${JSON.stringify(shownItems(items))}`;
  if (childId) json += `,"childId":"${childId}"`;
  return json;
}

function encodeCompensation({ status, task }: CompensationView): string {
  let json = `{"status":"${status}"`;
  if (task) json += `,"taskId":"${task.taskId}"`;
  json += `,"attempts":${task?.attempts ?? 0}`;
  if (task?.error) json += `,"error":${task.error}`;
  if (task && status === 'settled') json += `,"reason":${JSON.stringify(task.cancelReason ?? '')}`;
  return `${json}${encodeSpan(task)}}`;
}

function shownWait({ kind, name, key, dueAt }: WaitRecord) {
  return {
    kind,
    ...(name !== null && { name }),
    ...(key !== null && { key }),
    ...(dueAt !== null && { until: instantText(dueAt) }),
  };
}

function shownItems({ total, blocked, skipped, completed, failed }: ItemsRecord) {
  return { total, completed, failed, running: total - blocked - skipped - completed - failed };
}

/** Names the step inside of the error, whose members stay as they are. */
function withStep(error: string, step: string | null): string {
  if (step === null || !error.startsWith('{') || error === '{}') return error;
  return `{"step":${JSON.stringify(step)},${error.slice(1)}`;
}
