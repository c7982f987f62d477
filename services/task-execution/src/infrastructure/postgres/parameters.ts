import { columns, type List, type ParametersOf, uuidArray } from '@taskflow/kit-postgres';
import type { Arrival, Arrivals, DeadLetter, Sweep } from '../../application/ports/ledger-store.ts';
import type { TaskRef } from '../../domain/fold-changes.ts';
import type { Partition } from '../../domain/partition.ts';
import type { LeaseRef, RankedWork } from '../../domain/work.ts';
import { signatures } from './statements.generated.ts';

type LeaseParameters = ParametersOf<(typeof signatures)['finish-attempts']>;
type TaskParameters = ParametersOf<(typeof signatures)['cancel-waiting']>;

const leased = columns(signatures['finish-attempts']).of<LeaseRef>({ id: ({ taskId }) => taskId });
const tasks = columns(signatures['cancel-waiting']).of<TaskRef>({ id: ({ taskId }) => taskId });

/** Gives the parameters of the statements that are about attempts. */
export function leaseParameters(leases: readonly LeaseRef[]): LeaseParameters {
  return [...leased.encode(leases), leases.length];
}

/** Gives the parameters of the statements that cancel. */
export function taskParameters(refs: readonly TaskRef[]): TaskParameters {
  return [...tasks.encode(refs), refs.length];
}

/** Most rows, most bytes, ids that are left alone, the only ids that may be taken. */
export function sweepParameters({
  sweepRows,
  sweepBytes,
  leftAlone,
  only,
}: Sweep): readonly [number, number, List<'uuid'>, List<'uuid'> | null] {
  return [sweepRows, sweepBytes, uuidArray(leftAlone), only ? uuidArray(only) : null];
}

export const prioritizedTasks = columns(signatures['reprioritize-waiting']).of<TaskRef & { readonly priority: number }>(
  {
    id: ({ taskId }) => taskId,
  },
);

export const requeuedWork = columns(signatures['requeue-work']).of<RankedWork>({
  id: ({ taskId }) => taskId,
});

export const delayedWork = columns(signatures['delay-work']).of<RankedWork & { readonly dueAt: number }>({
  id: ({ taskId }) => taskId,
});

export const deadLetteredTasks = columns(signatures['forget-dead-letters']);

export const deadLetters = columns(signatures['dead-letter-work']).of<DeadLetter>({
  tenantId: ({ work }) => work.tenantId,
  taskId: ({ work }) => work.taskId,
  generation: ({ work }) => work.generation,
  queue: ({ work }) => work.queue,
  type: ({ work }) => work.type,
  payload: ({ work }) => work.payload,
  options: ({ work }) => work.options,
});

export const limitedQueues = columns(signatures['lock-limited-queues']).of<Partition>({ name: ({ queue }) => queue });

/** The partitions that both claims take. */
export const claimPartitions = columns(signatures['claim-waiting-work'], 'partition');
export const claimSlots = columns(signatures['claim-waiting-work'], 'slot');

const arrivalPartitions = columns(signatures['accept-work'], 'partition');
const arrivalWork = columns(signatures['accept-work'], 'work').of<Arrival>({
  // The server counts from 1.
  partition: ({ partition }) => partition + 1,
  id: ({ work }) => work.taskId,
  generation: ({ work }) => work.generation,
  priority: ({ work }) => work.priority,
  attemptMs: ({ work }) => work.attemptMs,
  totalMs: ({ work }) => work.totalMs,
  payload: ({ work }) => work.payload,
  options: ({ work }) => work.options,
  lease: ({ assignment }) => assignment?.lease ?? null,
  session: ({ assignment }) => assignment?.session ?? null,
});

export function arrivalParameters({
  partitions,
  works,
}: Pick<Arrivals, 'partitions' | 'works'>): ParametersOf<(typeof signatures)['accept-work']> {
  return [...arrivalPartitions.encode(partitions), ...arrivalWork.encode(works)];
}
