import type { Clock, Ids } from '@taskflow/kit-time';
import { fingerprintOf } from './fingerprint.ts';
import type { KeyClaim } from '../ports/creation-store.ts';
import type { Digest } from '../ports/digest.ts';
import type { ReadingStore } from '../ports/reading-store.ts';
import {
  defaultPriority,
  defaultQueue,
  type NewTask,
  type RetryOptions,
  recordOf,
  type TaskOptions,
  type TaskRecord,
  type TimeoutOptions,
} from '../records/task-record.ts';
import type { CreationWriter } from './creation-writer.ts';

export interface TaskRequest {
  readonly type: string;
  /** JSON text. */
  readonly payload: string;
  readonly queue?: string | undefined;
  readonly priority?: number | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly timeout?: TimeoutOptions | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

/** Says who asks, and how a repetition is recognised. */
export interface RequestOrigin {
  readonly tenantId: string;
  readonly traceparent: string | undefined;
  readonly idempotency: { readonly route: string; readonly key: string; readonly body: unknown } | undefined;
}

export type CreateTasksResult =
  /** `replayed`: an earlier request with the same key created them. */
  { readonly tasks: readonly TaskRecord[]; readonly replayed: boolean } | { readonly refusal: 'key-mismatch' };

export interface CreateTasksDependencies {
  readonly writer: CreationWriter;
  readonly reading: Pick<ReadingStore, 'readTasks'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly digest: Digest;
}

/** Creates one or many tasks, all or none; durable when it resolves. */
export function createCreateTasks({ writer, reading, clock, ids, digest }: CreateTasksDependencies) {
  return async (requests: readonly TaskRequest[], origin: RequestOrigin): Promise<CreateTasksResult> => {
    const { tenantId, traceparent } = origin;
    const createdAt = clock.now();
    const tasks = requests.map((request) => newTask(request, { tenantId, traceparent, id: ids.next(), createdAt }));
    const subjectIds = tasks.map(({ id }) => id);
    const outcome = await writer.submit({ tenantId, tasks, claim: claimOf(origin, subjectIds, createdAt, digest) });
    if (outcome.kind === 'created') return { tasks: tasks.map(recordOf), replayed: false };
    if (outcome.kind === 'key-mismatch') return { refusal: 'key-mismatch' };
    return { tasks: await readInOrder(reading, tenantId, outcome.subjectIds), replayed: true };
  };
}

function newTask(
  request: TaskRequest,
  made: { tenantId: string; traceparent: string | undefined; id: string; createdAt: number },
): NewTask {
  return {
    tenantId: made.tenantId,
    id: made.id,
    type: request.type,
    queue: request.queue ?? defaultQueue,
    priority: request.priority ?? defaultPriority,
    payload: request.payload,
    options: optionsOf(request, made.traceparent),
    step: undefined,
    createdAt: made.createdAt,
    causationId: undefined,
  };
}

function optionsOf({ retry, timeout, tags }: TaskRequest, traceparent: string | undefined): TaskOptions | undefined {
  if (!retry && !timeout && !tags && traceparent === undefined) return undefined;
  return {
    ...(retry && { retry }),
    ...(timeout && { timeout }),
    ...(tags && { tags }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** The key that a request takes, when it came with one. */
export function claimOf(
  { tenantId, idempotency }: RequestOrigin,
  subjectIds: readonly string[],
  createdAt: number,
  digest: Digest,
): KeyClaim | undefined {
  if (idempotency === undefined) return undefined;
  const { route, key, body } = idempotency;
  return { tenantId, route, key, fingerprint: fingerprintOf(body, digest), subjectIds, createdAt };
}

async function readInOrder(reading: Pick<ReadingStore, 'readTasks'>, tenantId: string, ids: readonly string[]) {
  const tasks = new Map<string, TaskRecord>();
  for (let from = 0; from < ids.length; ) {
    const { items, covered } = await reading.readTasks(ids.slice(from).map((id) => ({ tenantId, id })));
    for (const task of items) tasks.set(task.id, task);
    from += covered;
  }
  return ids.flatMap((id) => tasks.get(id) ?? []);
}
