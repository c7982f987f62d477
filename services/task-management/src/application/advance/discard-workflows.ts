import { rowsOfCancel } from '../../domain/workflow/close-steps.ts';
import { isFinalWorkflow } from '../../domain/workflow/workflow-status.ts';
import type { DiscardedPart, DiscardPage, OpenChildRow, TakenWait } from '../ports/advance-store.ts';
import { workflowCancelled } from '../events/workflow-events.ts';
import { childWorkflowId, restOfDiscard } from '../records/workflow-record.ts';
import { deferred } from './needs.ts';
import { OutdatedStateError } from './outdated-state.ts';
import type { ParkedInstance } from './parked-instance.ts';
import type { TransactionParts } from './transaction-parts.ts';

/** What is gone through of a workflow that was given up, in this order. */
type DiscardStage = 'steps' | DiscardedPart;

const stages: readonly DiscardStage[] = ['steps', 'inputs', 'waits', 'fan-outs'];

/** Rows of one workflow that are looked at, however many are gone through together: small ones take one page. */
const fewestRows = 10;

type DiscardParts = Pick<TransactionParts, 'tx' | 'record' | 'instances' | 'transitions' | 'budget' | 'writes'>;

/**
 * Gives workflows up that are stuck, without deciding anything of them: they are cancelled, their live tasks are asked to
 * end, and whoever started them goes on. Their rows may be a million; later transactions go through them. Until then
 * nothing is decided of them, and they are not retried.
 */
export class Discards {
  readonly #with: DiscardParts;
  readonly #given = new Map<string, { readonly parked: ParkedInstance; readonly reason: string | null }>();

  constructor(parts: DiscardParts) {
    this.#with = parts;
  }

  /** One that is over, or given up already, is left as it is. */
  giveUp(parked: ParkedInstance, reason: string | null): void {
    if (!isFinalWorkflow(parked.status)) this.#given.set(parked.id, { parked, reason });
  }

  has(id: string): boolean {
    return this.#given.has(id);
  }

  get isEmpty(): boolean {
    return this.#given.size === 0;
  }

  async execute(): Promise<void> {
    const { tx, record, transitions, writes } = this.#with;
    const given = [...this.#given.values()];
    this.#given.clear();
    const rows = given.map(({ parked: { tenantId, id }, reason }) => ({ tenantId, id, reason }));
    const discarded = await tx.discardWorkflows(rows);
    if (discarded !== given.length) throw new OutdatedStateError('a workflow was not stuck any more');
    for (const { parked, reason } of given) {
      record.parked.set(parked.id, { ...parked, status: 'cancelled', fault: undefined });
      record.ended.push({ id: parked.id, status: 'cancelled' });
      this.#leave(parked, 'steps', null);
      writes.cancelTasks(parked, reason);
      writes.events.push(workflowCancelled(writes.emission, parked, undefined, reason));
      if (parked.parent) transitions.notifyParent({ child: parked, status: 'cancelled', output: undefined });
    }
  }

  /** Leaves the rows from after this one on to a later transaction. */
  #leave({ tenantId, id }: Pick<ParkedInstance, 'tenantId' | 'id'>, stage: DiscardStage, after: string | null): void {
    this.#with.writes.leave({ tenantId, id }, { step: restOfDiscard, kind: 'discard', key: after, name: stage });
  }

  /** The next page of each: what waits or is to start ends, its children are asked to end, and what is kept besides goes. */
  async goThrough(due: readonly TakenWait[]): Promise<void> {
    if (due.length === 0) return;
    const limit = Math.max(fewestRows, Math.floor(this.#with.budget.bounds.discardedRows / due.length));
    let through: DiscardPage[] = [];
    for (const stage of stages) {
      const begun = due.filter(({ name }) => name === stage);
      const pages = [...begun.map(({ tenantId, workflowId: id, key: after }) => ({ tenantId, id, after })), ...through];
      if (pages.length === 0) continue;
      const rest = await this.#goThroughStage(stage, pages, limit);
      for (const page of rest) this.#leave(page, stage, page.after);
      const left = new Set(rest.map(({ id }) => id));
      through = pages.filter(({ id }) => !left.has(id)).map(({ tenantId, id }) => ({ tenantId, id, after: null }));
    }
  }

  async #goThroughStage(
    stage: DiscardStage,
    pages: readonly DiscardPage[],
    limit: number,
  ): Promise<readonly DiscardPage[]> {
    const { tx, budget } = this.#with;
    if (stage !== 'steps') return tx.discardRows(stage, pages, limit);
    const affordable = budget.left.affordable(rowsOfCancel);
    const maxChildren = (i: number) => Math.floor((affordable + pages.length - 1 - i) / pages.length);
    const shares = pages.map((page, i) => ({ ...page, maxChildren: maxChildren(i) }));
    const { children, rest } = await tx.closeSteps(shares, limit);
    await this.#cancelChildren(children);
    return rest;
  }

  async #cancelChildren(rows: readonly OpenChildRow[]): Promise<void> {
    const { instances, transitions, budget } = this.#with;
    const keys = rows.map(({ tenantId, workflowId, step, generation }) => ({
      tenantId,
      id: childWorkflowId(workflowId, step, generation),
    }));
    if (keys.length > 0) await instances.obtain(keys);
    const reason = 'the workflow that started it was given up';
    for (const key of keys) {
      budget.left.charge(rowsOfCancel, 0);
      const parked = instances.parkedAt(key);
      if (parked) this.giveUp(parked, reason);
      const child = instances.at(key);
      if (child) transitions.apply(child, { kind: 'cancel', compensate: false, reason }, deferred);
    }
  }
}
