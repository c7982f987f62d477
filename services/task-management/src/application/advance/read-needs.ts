import type { JoinOutcome } from '../../domain/workflow/input.ts';
import { maxJoinedResult } from '../../domain/workflow/payload-limits.ts';
import type { AdvanceTransaction, ItemsToCollect, SignalsToTake } from '../ports/advance-store.ts';
import type { NeedOf, Needs } from './needs.ts';
import type { TransactionBudget } from './transaction-budget.ts';
import { addressOf, rowAt, rowId, type WorkflowInstance } from './workflow-instance.ts';
import type { WriteSet } from './write-set.ts';

/** Puts the results of items together, in the rows of their steps. What is too much for the transaction comes later. */
export async function joinItems(
  tx: AdvanceTransaction,
  budget: TransactionBudget,
  joins: Needs['join'],
): Promise<(instance: WorkflowInstance, need: NeedOf<'join'>) => JoinOutcome> {
  const steps: ItemsToCollect[] = [];
  for (const { instance, need } of joins) {
    if (need.items > 0 && budget.mayJoin(need.items)) steps.push(itemsToJoin(instance, need));
  }
  const { joinedBytes: together } = budget.bounds;
  const joined = steps.length === 0 ? undefined : await tx.collectItems(steps, { each: maxJoinedResult, together });
  return (instance, { step, items }) => {
    const outcome = items === 0 ? 'gathered' : joined?.get(rowId(instance, addressOf(instance, step)));
    return outcome === 'gathered' ? 'joined' : (outcome ?? 'later');
  };
}

function itemsToJoin(instance: WorkflowInstance, { step, items }: NeedOf<'join'>): ItemsToCollect {
  const id = rowId(instance, addressOf(instance, step));
  const rows = Array.from({ length: items }, (_, item) => rowId(instance, addressOf(instance, step, 'item', item)));
  return { tenantId: instance.tenantId, id, items: rows };
}

/** Reads why steps failed: their own rows say it, or those of their prepare tasks. */
export async function loadErrors(
  tx: AdvanceTransaction,
  failures: Needs['error'],
): Promise<(instance: WorkflowInstance, step: number) => string> {
  const keys = failures.flatMap(({ instance, need }) =>
    rowsOf(instance, need.step).map((id) => ({ tenantId: instance.tenantId, id })),
  );
  const errors = keys.length === 0 ? undefined : await tx.loadErrors(keys);
  return (instance, step) => {
    const [own = '', prepare = ''] = rowsOf(instance, step);
    return errors?.get(own) ?? errors?.get(prepare) ?? unknownError;
  };
}

function rowsOf(instance: WorkflowInstance, step: number): string[] {
  return [addressOf(instance, step), addressOf(instance, step, 'prepare')].map((address) => rowId(instance, address));
}

const unknownError = '{"code":"unknown","message":"The step failed without saying why."}';

/** The oldest signals that are kept, each for one step that waits: those that are stored, and those of this transaction. */
export async function takeSignals(
  tx: AdvanceTransaction,
  writes: WriteSet,
  needs: Needs['signal'],
): Promise<(instance: WorkflowInstance, need: NeedOf<'signal'>) => string | undefined> {
  const wanted = new Map<string, SignalsToTake & { many: number }>();
  for (const { instance, need } of needs) {
    const key = signalKey(instance.id, need.name);
    const known = wanted.get(key);
    if (known) known.many += 1;
    else wanted.set(key, { tenantId: instance.tenantId, workflowId: instance.id, name: need.name, many: 1 });
  }
  const stored = [...wanted.values()].filter((one) => one.many + keptOf(needs, one) > freshOf(writes, one));
  const taken = stored.length === 0 ? [] : await tx.takeSignals(stored);
  const payloads = Map.groupBy(taken, ({ workflowId, name }) => signalKey(workflowId, name));
  return (instance, { name }) =>
    payloads.get(signalKey(instance.id, name))?.shift()?.payload ?? takeFresh(writes, instance.id, name);
}

function signalKey(workflowId: string, name: string): string {
  return `${workflowId}/${name}`;
}

/** How many are kept beside those that are taken. */
function keptOf(needs: Needs['signal'], { workflowId, name }: SignalsToTake): number {
  const need = needs.find(({ instance }) => instance.id === workflowId);
  return need?.instance.extras?.signals.get(name) ?? 0;
}

function freshOf({ rows: { signals } }: WriteSet, { workflowId, name }: SignalsToTake): number {
  return signals.filter((signal) => signal.workflowId === workflowId && signal.name === name).length;
}

function takeFresh({ rows: { signals } }: WriteSet, workflowId: string, name: string): string | undefined {
  const at = signals.findIndex((signal) => signal.workflowId === workflowId && signal.name === name);
  return at === -1 ? undefined : signals.splice(at, 1)[0]?.payload;
}

/** Rows of the steps that run again get their next generation, those of their compensations too. */
export async function resetRows(tx: AdvanceTransaction, writes: WriteSet, resets: Needs['reset']): Promise<void> {
  if (resets.length === 0) return;
  const wanted = new Map(resets.map(({ instance, need }) => [instance.id, { instance, steps: new Set(need.steps) }]));
  const workflows = resets.map(({ instance: { tenantId, id } }) => ({ tenantId, id }));
  for (const { instance } of resets) instance.fanOuts?.clear();
  for (const { workflowId, step: address, generation } of await tx.loadRowsToReset(workflows)) {
    const reset = wanted.get(workflowId);
    const row = reset && rowAt(reset.instance.graph, address);
    if (row && reset.steps.has(row.step)) writes.resetRow(reset.instance, address, generation);
  }
}
