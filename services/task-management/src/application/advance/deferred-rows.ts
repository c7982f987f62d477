import { extrasOf } from '../../domain/workflow/instance.ts';
import type { TakenWait } from '../ports/advance-store.ts';
import { restOfItems } from '../records/workflow-record.ts';
import type { TransactionParts } from './transaction-parts.ts';

/** It is about rows alone: the workflow is not looked at, which may have a million of them. */
export function isOfRows({ kind }: TakenWait): boolean {
  return kind === 'close' || kind === 'cancel-tasks' || kind === 'discard';
}

type RowParts = Pick<TransactionParts, 'instances' | 'writes' | 'budget'>;

/** The next page of such rows, but of those that were given up: they are gone through after all else. */
export function goOnWithRows(parts: RowParts, deferred: TakenWait): void {
  const { tenantId, workflowId: id, kind, key, name } = deferred;
  const { cancels } = parts.writes.rows;
  if (kind === 'close') closeItems(parts, deferred);
  else if (kind === 'cancel-tasks' && !cancels.has(id)) cancels.set(id, { tenantId, id, reason: name, after: key });
}

function closeItems(
  { instances, writes, budget }: RowParts,
  { tenantId, workflowId: id, step, key, name }: TakenWait,
): void {
  const [from, total] = [Number(key), Number(name)];
  const stepKey = step.slice(0, -restOfItems.length);
  const instance = instances.at({ tenantId, id });
  const index = instance?.graph.indexOf.get(stepKey);
  // Its row is gone, so that an instance which was loaded just now does not know of it.
  if (instance && index !== undefined) extrasOf(instance).closing.add(index);
  const end = from + budget.closing(total - from);
  writes.closeItems({ tenantId, id }, stepKey, { from, total: end });
  if (end < total) writes.leaveClosing({ tenantId, id }, stepKey, { from: end, total });
}
