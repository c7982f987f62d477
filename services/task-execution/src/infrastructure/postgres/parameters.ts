import {
  boolArray,
  int4Array,
  int8Array,
  nullableUuidArray,
  type Parameter,
  textArray,
  timestamptzArray,
  uuidArray,
} from '@taskflow/kit-postgres';
import type { TaskRef } from '../../domain/fold-changes.ts';
import type { LeaseRef, RankedWork } from '../../domain/work.ts';
import type { Arrivals, DeadLetter, Sweep } from '../../application/ports/ledger-store.ts';

/** Tenants, task ids, leases, count. */
export function leaseParameters(leases: readonly LeaseRef[]): Parameter[] {
  return [
    uuidArray(leases.map(({ tenantId }) => tenantId)),
    uuidArray(leases.map(({ taskId }) => taskId)),
    uuidArray(leases.map(({ lease }) => lease)),
    leases.length,
  ];
}

/** Most rows, most bytes, ids that are left alone, the only ids that may be taken. */
export function sweepParameters({ sweepRows, sweepBytes, leftAlone, only }: Sweep): Parameter[] {
  return [sweepRows, sweepBytes, uuidArray(leftAlone), only ? uuidArray(only) : null];
}

/** Tenants, task ids, generations. */
export function taskParameters(tasks: readonly TaskRef[]): Parameter[] {
  return [
    uuidArray(tasks.map(({ tenantId }) => tenantId)),
    uuidArray(tasks.map(({ taskId }) => taskId)),
    int4Array(tasks.map(({ generation }) => generation)),
  ];
}

/** The shared columns, in the order of requeue-work and delay-work. */
export function queuedParameters(works: readonly RankedWork[]): Parameter[] {
  return [
    uuidArray(works.map(({ tenantId }) => tenantId)),
    uuidArray(works.map(({ taskId }) => taskId)),
    int8Array(works.map(({ seq }) => seq)),
    textArray(works.map(({ queue }) => queue)),
    textArray(works.map(({ type }) => type)),
    int4Array(works.map(({ priority }) => priority)),
    int4Array(works.map(({ attempt }) => attempt)),
    int4Array(works.map(({ generation }) => generation)),
    int8Array(works.map(({ attemptMs }) => attemptMs)),
    timestamptzArray(works.map(({ expiresAt }) => expiresAt)),
    textArray(works.map(({ payload }) => payload)),
    textArray(works.map(({ options }) => options)),
    textArray(works.map(({ definition }) => definition)),
    boolArray(works.map(({ unheard }) => unheard)),
  ];
}

export function arrivalParameters({ lanes, works }: Arrivals): Parameter[] {
  return [
    uuidArray(lanes.map(({ tenantId }) => tenantId)),
    textArray(lanes.map(({ queue }) => queue)),
    textArray(lanes.map(({ type }) => type)),
    textArray(lanes.map(({ definition }) => definition)),
    int4Array(works.map(({ lane }) => lane + 1)),
    uuidArray(works.map(({ work }) => work.taskId)),
    int4Array(works.map(({ work }) => work.generation)),
    int4Array(works.map(({ work }) => work.priority)),
    int8Array(works.map(({ work }) => work.attemptMs)),
    int8Array(works.map(({ work }) => work.totalMs)),
    textArray(works.map(({ work }) => work.payload)),
    textArray(works.map(({ work }) => work.options)),
    nullableUuidArray(works.map(({ assignment }) => assignment?.lease ?? null)),
    nullableUuidArray(works.map(({ assignment }) => assignment?.session ?? null)),
  ];
}

export function deadLetterParameters(letters: readonly DeadLetter[]): Parameter[] {
  return [
    uuidArray(letters.map(({ work }) => work.tenantId)),
    uuidArray(letters.map(({ id }) => id)),
    uuidArray(letters.map(({ work }) => work.taskId)),
    int4Array(letters.map(({ work }) => work.generation)),
    textArray(letters.map(({ work }) => work.queue)),
    textArray(letters.map(({ work }) => work.type)),
    int4Array(letters.map(({ attempts }) => attempts)),
    textArray(letters.map(({ reason }) => reason)),
    textArray(letters.map(({ fingerprint }) => fingerprint)),
    textArray(letters.map(({ error }) => error)),
    textArray(letters.map(({ work }) => work.payload)),
    textArray(letters.map(({ work }) => work.options)),
  ];
}
