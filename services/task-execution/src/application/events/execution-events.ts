import type { EventRecord } from '@taskflow/kit-messaging';
import { type Ids, idSeries, instantText } from '@taskflow/kit-time';
import type { TaskExecutionEventType } from '@taskflow/contracts-task-execution';
import type { TaskError } from '../../domain/task-error.ts';
import { optionsOf, type WorkOptions } from '../../domain/work.ts';

/** The task that an event tells of. */
export interface EventSubject {
  readonly tenantId: string;
  readonly taskId: string;
  readonly generation: number;
  readonly queue: string;
  readonly type: string;
  readonly options: string | null;
}

export interface StartedAttempt extends EventSubject {
  readonly attempt: number;
  readonly priority: number;
  readonly queuedAt: number;
  readonly claimedAt: number;
}

export interface Failure {
  /** Attempts that began. */
  readonly attempt: number;
  readonly reason: string;
  readonly error: TaskError;
  /** An attempt of the generation ended without its worker's word on how far it came. */
  readonly outcomeUnknown: boolean;
  readonly startedAt?: number;
}

/** Makes the contract events of this service. Instants are epoch milliseconds of the database's clock. */
export class ExecutionEvents {
  readonly #nextId: () => string;
  readonly #now: number;
  readonly #workerName: (session: string) => string;
  /** The rows of one batch share most of their instants. */
  readonly #texts = new Map<number, string>();
  #parsedText: string | null = null;
  #parsed: WorkOptions = optionsOf(null);

  constructor(ids: Ids, now: number, workerName: (session: string) => string) {
    this.#nextId = idSeries(ids);
    this.#now = now;
    this.#workerName = workerName;
  }

  /** TaskQueued and TaskStarted of an attempt of which consumers have not heard. */
  started(work: StartedAttempt, session: string): EventRecord[] {
    const queued = work.attempt === 1 ? [this.queued(work, work.queuedAt)] : [];
    const { attempt, claimedAt, type, queue } = work;
    const data = { type, queue, attempt, worker: this.#workerName(session), startedAt: this.#text(claimedAt) };
    return [...queued, this.#make('taskflow.task.started.v1', work, data, claimedAt)];
  }

  queued(work: EventSubject & { readonly priority: number }, queuedAt: number): EventRecord {
    const { type, queue, priority } = work;
    const data = { type, queue, priority, queuedAt: this.#text(queuedAt) };
    return this.#make('taskflow.task.queued.v1', work, data, queuedAt);
  }

  completed(work: StartedAttempt, result: string): EventRecord {
    return this.#make('taskflow.task.completed.v1', work, this.#completion(work), this.#now, { result });
  }

  /** TaskCompleted of a step that had nothing to do. */
  skipped(work: StartedAttempt): EventRecord {
    const data = { ...this.#completion(work), skipped: true };
    return this.#make('taskflow.task.completed.v1', work, data, this.#now, { result: 'null' });
  }

  retryScheduled(
    work: EventSubject,
    attempt: number,
    nextAttempt: number,
    error: TaskError,
    dueAt: number,
  ): EventRecord {
    const data = { attempt, nextAttempt, error, dueAt: this.#text(dueAt) };
    return this.#make('taskflow.task.retry-scheduled.v1', work, data, this.#now);
  }

  failed(work: EventSubject, { attempt, reason, error, outcomeUnknown, startedAt }: Failure): EventRecord {
    const { type, queue } = work;
    const started = startedAt === undefined ? {} : { startedAt: this.#text(startedAt) };
    const finishedAt = this.#text(this.#now);
    const data = { type, queue, attempt, reason, error, ...outcomeOf(outcomeUnknown), ...started, finishedAt };
    return this.#make('taskflow.task.failed.v1', work, data, this.#now);
  }

  deadLettered(
    work: EventSubject,
    letter: { attempt: number; reason: string; error: TaskError; fingerprint: string },
  ): EventRecord {
    const data = { type: work.type, queue: work.queue, ...letter, at: this.#text(this.#now) };
    return this.#make('taskflow.task.dead-lettered.v1', work, data, this.#now);
  }

  /** `outcomeUnknown`: an attempt was running, or one before ended without its worker's word on how far it came. */
  cancelled(work: EventSubject, attempt: number, outcomeUnknown: boolean): EventRecord {
    const data = { attempt, ...outcomeOf(outcomeUnknown), cancelledAt: this.#text(this.#now) };
    return this.#make('taskflow.task.execution-cancelled.v1', work, data, this.#now);
  }

  progressed(
    work: EventSubject,
    progress: { attempt: number; fraction: number; message?: string | undefined },
  ): EventRecord {
    return this.#make('taskflow.task.progress-updated.v1', work, { ...progress, at: this.#text(this.#now) }, this.#now);
  }

  workerLost(session: { id: string; name: string; tenantId: string }, leases: number): EventRecord {
    const id = this.#nextId();
    return {
      id,
      type: 'taskflow.worker.lost.v1' satisfies TaskExecutionEventType,
      subject: `workers/${session.id}`,
      key: session.id,
      time: this.#now,
      tenantId: session.tenantId,
      data: { eventId: id, worker: session.name, session: session.id, leases, lostAt: this.#text(this.#now) },
    };
  }

  #make(
    type: TaskExecutionEventType,
    work: EventSubject,
    data: Record<string, unknown>,
    time: number,
    raw?: Record<string, string>,
  ): EventRecord {
    const id = this.#nextId();
    const { workflow, correlationId, traceparent } = this.#optionsOf(work.options);
    return {
      id,
      type,
      subject: `tasks/${work.taskId}`,
      // Everything of one workflow keeps its order.
      key: workflow?.workflowId ?? work.taskId,
      time,
      tenantId: work.tenantId,
      correlationId,
      traceparent,
      data: { eventId: id, taskId: work.taskId, generation: work.generation, ...data },
      raw,
    };
  }

  #completion({ attempt, claimedAt, type, queue }: StartedAttempt) {
    return { type, queue, attempt, startedAt: this.#text(claimedAt), finishedAt: this.#text(this.#now) };
  }

  #text(epochMs: number): string {
    let text = this.#texts.get(epochMs);
    if (text === undefined) {
      text = instantText(epochMs);
      this.#texts.set(epochMs, text);
    }
    return text;
  }

  /** The events of one task follow each other, so its options are parsed once for all of them. */
  #optionsOf(text: string | null): WorkOptions {
    if (text !== this.#parsedText) {
      this.#parsed = optionsOf(text);
      this.#parsedText = text;
    }
    return this.#parsed;
  }
}

/** A known outcome is not mentioned. */
function outcomeOf(outcomeUnknown: boolean): { outcomeUnknown?: true } {
  return outcomeUnknown ? { outcomeUnknown: true } : {};
}
