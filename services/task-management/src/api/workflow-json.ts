import { instantText } from '@taskflow/kit-time';
import type { WorkflowRecord } from '../application/workflow-record.ts';
import type { StepView, WorkflowView } from '../application/queries/read-workflow.ts';

/** A workflow with its steps as the API shows it; texts that are JSON already go out as they are. */
export function encodeWorkflow({ workflow, steps }: WorkflowView): string {
  let json = `{${encodeHeader(workflow)},"input":${workflow.input}`;
  if (workflow.output !== null) json += `,"output":${workflow.output}`;
  else if (workflow.status === 'completed') json += ',"outputOmitted":true';
  if (workflow.error !== null) json += `,"error":${withStep(workflow.error, workflow.failedStep)}`;
  return `${json},"steps":[${steps.map(encodeStep).join(',')}]}`;
}

export function encodeListedWorkflow(workflow: Omit<WorkflowRecord, 'input' | 'output' | 'error'>): string {
  return `{${encodeHeader(workflow)},"steps":${workflow.steps}}`;
}

function encodeHeader(workflow: Omit<WorkflowRecord, 'input' | 'output' | 'error'>): string {
  let json = `"id":"${workflow.id}","name":${JSON.stringify(workflow.name)}`;
  if (workflow.version !== null) json += `,"version":${workflow.version}`;
  json += `,"status":"${workflow.status}"`;
  if (workflow.cancelRequested) json += ',"cancelRequested":true';
  json += `,"createdAt":"${instantText(workflow.createdAt)}"`;
  if (workflow.finishedAt !== null) json += `,"finishedAt":"${instantText(workflow.finishedAt)}"`;
  return json;
}

function encodeStep({ key, type, status, dependsOn, task, error }: StepView): string {
  let json = `{"key":${JSON.stringify(key)},"type":"${type}","status":"${status}"`;
  if (task) json += `,"taskId":"${task.taskId}"`;
  json += `,"dependsOn":${JSON.stringify(dependsOn)}`;
  if (task && task.result !== null) json += `,"result":${task.result}`;
  if (task?.resultOmitted) json += ',"resultOmitted":true';
  const shownError = task?.error ?? error;
  if (shownError) json += `,"error":${shownError}`;
  json += `,"attempts":${task?.attempts ?? 0}`;
  if (task && task.progress !== null) json += `,"progress":${task.progress}`;
  if (task && task.startedAt !== null) json += `,"startedAt":"${instantText(task.startedAt)}"`;
  if (task && task.finishedAt !== null) json += `,"finishedAt":"${instantText(task.finishedAt)}"`;
  return `${json}}`;
}

/** Names the step inside of the error, whose members stay as they are. */
function withStep(error: string, step: string | null): string {
  if (step === null || !error.startsWith('{') || error === '{}') return error;
  return `{"step":${JSON.stringify(step)},${error.slice(1)}`;
}
