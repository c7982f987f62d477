import type { WorkflowStatus } from '../../domain/workflow/workflow-status.ts';
import type { StoredRun } from '../ports/advance-store.ts';
import type { WorkflowSubject } from '../events/workflow-events.ts';
import type { ParentStep, WorkflowOptions } from '../records/workflow-record.ts';

/**
 * A workflow that is not moved on. Nothing of it is decided, and neither its graph nor its options are looked at: they
 * may be what is at fault.
 */
export interface ParkedInstance extends WorkflowSubject {
  readonly parent: ParentStep | undefined;
  /** Where it stands, and goes on from. */
  readonly status: WorkflowStatus;
  /** JSON text: why this transaction parks it. `undefined`: it was parked before. */
  readonly fault: string | undefined;
}

export function parkedOf(header: StoredRun, fault: string | undefined): ParkedInstance {
  const { tenantId, id, name, version, createdAt, parentId, parentStep } = header;
  const isNew = header.status !== 'stuck';
  return {
    tenantId,
    id,
    name,
    version: version ?? undefined,
    traceparent: traceparentOf(header.options),
    createdAt,
    parent: parentId === null || parentStep === null ? undefined : { id: parentId, step: parentStep },
    status: isNew ? header.status : (header.stuckFrom ?? 'running'),
    fault: isNew ? fault : undefined,
  };
}

function traceparentOf(options: string | null): string | undefined {
  try {
    return (JSON.parse(options ?? '{}') as WorkflowOptions).traceparent;
  } catch {
    return undefined;
  }
}

const maxMessageChars = 500;

/** Says why something could not be applied, as the API shows it. */
export function faultText(error: unknown, what: 'workflow' | 'task' = 'workflow'): string {
  const { name, sqlstate } = (error ?? {}) as { name?: unknown; sqlstate?: unknown };
  const reason = reasonOf(error);
  const message =
    what === 'workflow'
      ? `The workflow could not be moved on: ${reason}. Retry or cancel it.`
      : `What its execution reported could not be written: ${reason}. Retry or cancel it.`;
  const details = { error: String(name ?? typeof error), ...(typeof sqlstate === 'string' && { sqlstate }) };
  return JSON.stringify({ code: 'not_applied', message, details });
}

export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll('\0', '').slice(0, maxMessageChars).replace(/\.$/, '');
}
