import { parseStepAddress } from '../application/records/step-address.ts';
import { http } from '@taskflow/contracts-task-management';
import { instantText } from '@taskflow/kit-time';
import { completeRetry, parseOptions, type TaskOptions, type TaskRecord } from '../application/records/task-record.ts';

const nameOfPriority = new Map(Object.entries(http.scalars.priorityNames).map(([name, value]) => [value, name]));

/**
 * A task as the API shows it. Payload, result, error and progress are JSON text already and go out as they are;
 * ids, statuses, types and queues hold no character that JSON would escape.
 */
export function encodeTask(task: TaskRecord): string {
  const options = readOptions(task.options);
  const priorityName = nameOfPriority.get(task.priority as never);
  let json = `{"id":"${task.id}","type":"${task.type}","queue":"${task.queue}","priority":${task.priority}`;
  if (priorityName !== undefined) json += `,"priorityName":"${priorityName}"`;
  json += `,"status":"${task.status}","generation":${task.generation},"attempts":${task.attempts}`;
  json += `,"payload":${task.payload}`;
  if (task.result !== null) json += `,"result":${task.result}`;
  if (task.error !== null) json += `,"error":${task.error}`;
  if (task.progress !== null) json += `,"progress":${task.progress}`;
  if (task.cancelRequested) json += ',"cancelRequested":true';
  json += options ? encodeOptions(options) : ',"unreadable":["retry","timeout","tags"]';
  if (task.workflowId !== null) json += `,"workflowId":"${task.workflowId}"`;
  if (task.step !== null) json += encodeStepAddress(task.step);
  return `${json}${encodeInstants(task)}}`;
}

/** `undefined`: they cannot be read. One such task is shown without them, and hides no other of its page. */
function readOptions(text: string | null): TaskOptions | undefined {
  try {
    const options: unknown = parseOptions(text);
    return typeof options === 'object' && options !== null ? options : undefined;
  } catch {
    return undefined;
  }
}

/** Members that begin with a comma, as do those below. */
function encodeOptions({ retry, timeout, tags }: TaskOptions): string {
  let json = '';
  if (retry) json += `,"retry":${JSON.stringify(completeRetry(retry))}`;
  if (timeout) json += `,"timeout":${JSON.stringify(timeout)}`;
  if (tags) json += `,"tags":${JSON.stringify(tags)}`;
  return json;
}

function encodeInstants({ createdAt, startedAt, finishedAt, stuckAt }: TaskRecord): string {
  let json = `,"createdAt":"${instantText(createdAt)}"`;
  if (startedAt !== null) json += `,"startedAt":"${instantText(startedAt)}"`;
  if (finishedAt !== null) json += `,"finishedAt":"${instantText(finishedAt)}"`;
  if (stuckAt !== null) json += `,"stuckSince":"${instantText(stuckAt)}"`;
  return json;
}

/** All that a caller needs who knows what it sent. */
export function encodeReceipt({ id, status }: TaskRecord): string {
  return `{"id":"${id}","status":"${status}"}`;
}

/** Steps that are tasks themselves show their key alone. */
function encodeStepAddress(address: string): string {
  const { key, part, item } = parseStepAddress(address);
  let json = `,"stepKey":${JSON.stringify(key)}`;
  if (part !== 'own') json += `,"stepRole":"${part}"`;
  if (item !== undefined) json += `,"stepItem":${item}`;
  return json;
}
