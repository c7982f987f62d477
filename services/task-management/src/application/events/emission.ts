import type { TaskManagementEventType } from '@taskflow/contracts-task-management';
import type { EventRecord } from '@taskflow/kit-messaging';

/** The facts that every event of one batch shares. */
export interface Emission {
  /** Epoch milliseconds. */
  readonly now: number;
  nextId(): string;
}

interface Announced {
  readonly type: TaskManagementEventType;
  readonly subject: string;
  readonly key: string;
  readonly tenantId: string;
  readonly causationId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly data: Record<string, unknown>;
  readonly raw?: Record<string, string> | undefined;
}

/** `eventId` is put first into the body, as every contract has it. */
export function eventRecord(emission: Emission, event: Announced): EventRecord {
  const id = emission.nextId();
  event.data.eventId = id;
  return {
    id,
    type: event.type,
    subject: event.subject,
    key: event.key,
    time: emission.now,
    tenantId: event.tenantId,
    correlationId: event.key,
    causationId: event.causationId,
    traceparent: event.traceparent,
    data: event.data,
    raw: event.raw,
  };
}
