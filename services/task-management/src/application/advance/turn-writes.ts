import type { EventRecord } from '@taskflow/kit-messaging';
import { type Emission, taskCreated } from '../event-records.ts';
import type {
  AdvanceTransaction,
  CancelPage,
  EndedItems,
  EventDelivery,
  FanOutRow,
  GenerationKey,
  Key,
  KeptInputRow,
  KeptSignal,
  StepEndRow,
  WaitKey,
  WorkflowChangeRow,
} from '../ports/advance-store.ts';
import type { IdempotencyKey, KeyClaim } from '../ports/creation-store.ts';
import { taskCancelRequested, taskRetryRequested } from '../task-events.ts';
import { firstGeneration, type NewStepRow, type NewTask } from '../task-record.ts';
import {
  type NewWait,
  type NewWorkflow,
  restOfCancels,
  restOfDiscard,
  restOfItems,
  restOfTasks,
  restOfWorkflow,
} from '../workflow-record.ts';
import { layItemsAgain, type StartedItem, startItems } from './announce-items.ts';
import { headerChange } from './header-change.ts';
import { OutdatedStateError } from './outdated-state.ts';
import type { TurnBounds } from './turn-budget.ts';
import { addressOf, besideOf, generationOf, type HeldFanOut, rowId, type WorkflowRun } from './workflow-run.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** How a step's row that no worker was asked for ends. */
export type RowEnd = Pick<StepEndRow, 'status' | 'result' | 'error' | 'outcomeUnknown'>;

type Left = Pick<NewWait, 'step' | 'kind' | 'key' | 'name'>;

interface PendingRow {
  readonly row: Mutable<NewStepRow>;
  /** Absent: the row is new. */
  readonly generation: number | undefined;
}

/**
 * What a turn writes, collected while it decides, so that each table gets one statement whatever the number of tasks
 * and workflows. A row that begins and ends in one turn is written once.
 */
export class TurnWrites {
  readonly events: EventRecord[] = [];
  readonly #emission: Emission;
  #tasks: NewTask[] = [];
  #rows = new Map<string, PendingRow>();
  #ends: StepEndRow[] = [];
  #resets: GenerationKey[] = [];
  #items: StartedItem[] = [];
  /** Rows of items of fan-outs that have run before, by id. */
  #itemsAgain = new Map<string, Mutable<NewStepRow>>();
  #settledUndos: (GenerationKey & { readonly reason: string })[] = [];
  /** Fan-outs whose items stand otherwise than their rows say. */
  readonly #fanOuts = new Map<HeldFanOut, WaitKey>();
  #endedFanOuts: FanOutRow[] = [];
  #waits = new Map<string, NewWait>();
  #endedWaits: WaitKey[] = [];
  #signals: { readonly run: WorkflowRun; readonly signal: KeptSignal }[] = [];
  #children: NewWorkflow[] = [];
  /** Children by the root that they stand below. */
  #descendants = new Map<string, Key & { more: number }>();
  #deliveries: EventDelivery[] = [];
  #movedDeliveries: (Key & { readonly above: number; readonly next: number })[] = [];
  #endedDeliveries: Key[] = [];
  /** Events have not met all of their waits. */
  delivers = false;
  #inputs: KeptInputRow[] = [];
  /** By workflow and step. */
  #endedItems = new Map<string, Mutable<EndedItems>>();
  readonly #claims = new Map<string, KeyClaim>();
  #cancels = new Map<string, CancelPage>();
  #closedItems: Key[] = [];
  readonly #bounds: TurnBounds;
  readonly #headers = new Map<WorkflowRun, { output: string | null; isFull: boolean }>();
  /** After how long the earliest wait of this turn is over; 0 where only the database can tell. */
  nextDueInMs = Number.POSITIVE_INFINITY;
  /** A caller was promised something that no event tells of. */
  owesMark = false;

  constructor(emission: Emission, bounds: TurnBounds) {
    this.#emission = emission;
    this.#bounds = bounds;
  }

  /** A worker is asked to carry a task of a step out. */
  start(run: WorkflowRun, address: string, task: NewTask): void {
    const generation = this.#restarted(run, address);
    if (generation === undefined) {
      this.#tasks.push(task);
      this.events.push(taskCreated(this.#emission, task));
      return;
    }
    const row = { ...task, status: 'queued', result: null, error: null, startedAt: null, finishedAt: null } as const;
    this.#rows.set(task.id, { row, generation });
    this.events.push(taskRetryRequested(this.#emission, task, generation));
  }

  /** A row of a step that no worker is asked for now. */
  addRow(run: WorkflowRun, address: string, row: NewStepRow): void {
    this.#rows.set(row.id, { row: { ...row }, generation: this.#restarted(run, address) });
  }

  /** The row of an item, `queued` or `blocked`. */
  layItem(run: WorkflowRun, step: number, row: NewStepRow): void {
    if (generationOf(run, addressOf(run, step)) > firstGeneration) {
      this.#itemsAgain.set(row.id, { ...row });
    } else if (row.status === 'queued') {
      this.#tasks.push(row);
      this.events.push(taskCreated(this.#emission, row));
    } else this.#rows.set(row.id, { row: { ...row }, generation: undefined });
  }

  endRow(run: WorkflowRun, address: string, end: RowEnd): void {
    const id = rowId(run, address);
    const pending = this.#rows.get(id)?.row;
    if (pending) {
      pending.status = end.status;
      pending.result = end.result;
      pending.error = end.error;
      pending.finishedAt = this.#emission.now;
      return;
    }
    const generation = generationOf(run, address);
    this.#ends.push({ tenantId: run.tenantId, id, generation, ...end, finishedAt: this.#emission.now });
  }

  /** Items that were blocked start; their payloads lie in their rows. */
  startItems(run: WorkflowRun, step: number, from: number, count: number, causationId: string | undefined): void {
    for (let item = from; item < from + count; item += 1) {
      const address = addressOf(run, step, { role: 'item', item });
      const id = rowId(run, address);
      const again = this.#itemsAgain.get(id);
      const pending = this.#rows.get(id)?.row ?? again;
      if (pending === undefined) {
        this.#items.push({ tenantId: run.tenantId, id, run, step, item, causationId });
        continue;
      }
      pending.status = 'queued';
      if (again === undefined) this.events.push(taskCreated(this.#emission, pending));
    }
  }

  /** How the items of a step stand has changed. */
  touchItems(run: WorkflowRun, step: number): void {
    const fan = run.state.fanOuts.get(step);
    const { fanOuts } = besideOf(run);
    if (fan && !fanOuts.has(step)) fanOuts.set(step, { fan, revision: 0 });
    const held = fanOuts.get(step);
    if (held) this.#fanOuts.set(held, this.#waitKey(run, step));
  }

  /** Nothing of the items of a step follows any more. */
  endItems(run: WorkflowRun, step: number): void {
    const held = run.beside?.fanOuts.get(step);
    if (held === undefined) return;
    run.beside?.fanOuts.delete(step);
    this.#fanOuts.delete(held);
    if (held.revision > 0)
      this.#endedFanOuts.push({ ...this.#waitKey(run, step), ...held.fan, revision: held.revision });
  }

  /** Items that never start are closed, those that have rows. */
  closeItems(items: readonly Key[]): void {
    this.#closedItems.push(...items);
  }

  /** Leaves the closing of a fan-out's items from this one on to the next turn. */
  leaveClosing(workflow: Key, key: string, { from, total }: { readonly from: number; readonly total: number }): void {
    this.#leave(workflow, { step: `${key}${restOfItems}`, kind: 'close', key: String(from), name: String(total) });
  }

  /** Leaves the rows of a workflow that was given up, from after this one on, to the next turn. */
  leaveDiscard(workflow: Key, stage: string, after: string | null): void {
    this.#leave(workflow, { step: restOfDiscard, kind: 'discard', key: after, name: stage });
  }

  /** The row is to be started anew; it has ended. */
  reset(run: WorkflowRun, address: string, generation: number): void {
    this.#resets.push({ tenantId: run.tenantId, id: rowId(run, address), generation });
    besideOf(run).rows.set(address, { generation: generation + 1, reset: true });
  }

  settleUndo(run: WorkflowRun, step: number, reason: string): void {
    const address = addressOf(run, step, { role: 'compensation' });
    const generation = generationOf(run, address);
    this.#settledUndos.push({ tenantId: run.tenantId, id: rowId(run, address), generation, reason });
    this.owesMark = true;
  }

  beginWait(run: WorkflowRun, step: number, wait: Omit<NewWait, 'tenantId' | 'workflowId' | 'step'>): void {
    const key = run.graph.steps[step]?.key ?? '';
    const row = { tenantId: run.tenantId, workflowId: run.id, step: key, ...wait };
    this.#waits.set(`${run.id}/${key}`, row);
    besideOf(run).waits.set(step, wait.kind);
    this.nextDueInMs = Math.min(this.nextDueInMs, wait.afterMs ?? 0);
  }

  /** Leaves what of the workflow may begin to the next turn: what reminds of it is durable and due now. */
  remind(run: WorkflowRun): void {
    if (run.beside?.reminded === true) return;
    besideOf(run).reminded = true;
    this.#leave(run, { step: restOfWorkflow, kind: 'begin', key: null, name: null });
  }

  /** Leaves the cancelling of children from this step on to the next turn. */
  remindOfCancels(run: WorkflowRun, from: number, compensate: boolean): void {
    const before = this.#waits.get(`${run.id}/${restOfCancels}`);
    const key = String(Math.min(from, Number(before?.key ?? from)));
    this.#leave(run, { step: restOfCancels, kind: 'cancel', key, name: compensate ? 'compensate' : null });
  }

  #leave(workflow: Key, left: Left): void {
    this.#waits.set(`${workflow.id}/${left.step}`, this.#waitOf(workflow, left));
    this.nextDueInMs = 0;
  }

  #waitOf({ tenantId, id: workflowId }: Key, left: Left): NewWait {
    return { tenantId, workflowId, dueAt: this.#emission.now, afterMs: 0, ...left };
  }

  /** Nothing happens to a step that has no wait. */
  endWait(run: WorkflowRun, step: number): void {
    if (run.beside?.waits.delete(step) !== true) return;
    const key = this.#waitKey(run, step);
    if (!this.#waits.delete(`${run.id}/${key.step}`)) this.#endedWaits.push(key);
  }

  #waitKey({ tenantId, id: workflowId, graph }: WorkflowRun, step: number): WaitKey {
    return { tenantId, workflowId, step: graph.steps[step]?.key ?? '' };
  }

  keepSignal(run: WorkflowRun, name: string, payload: string): void {
    const signal = { tenantId: run.tenantId, workflowId: run.id, name, payload, receivedAt: this.#emission.now };
    this.#signals.push({ run, signal });
    this.owesMark = true;
  }

  /** How many signals are kept for steps of a workflow. */
  keptSignals(run: WorkflowRun): number {
    let kept = this.#signals.filter((one) => one.run === run).length;
    for (const many of run.beside?.signals.values() ?? []) kept += many;
    return kept;
  }

  /** The payload of the oldest signal of a name that this turn was to keep. */
  takeKeptSignal(run: WorkflowRun, name: string): string | undefined {
    const at = this.#signals.findIndex((one) => one.run === run && one.signal.name === name);
    return at === -1 ? undefined : this.#signals.splice(at, 1)[0]?.signal.payload;
  }

  /** Something came for a workflow that is stuck. */
  keepInput(input: KeptInputRow): void {
    this.#inputs.push(input);
  }

  /** An item ended of a workflow that is stuck: what follows from how many have ended is decided when it goes on. */
  countItem(key: WaitKey, { failed, unknown }: { readonly failed: boolean; readonly unknown: boolean }): void {
    const name = `${key.workflowId}/${key.step}`;
    const ended = this.#endedItems.get(name) ?? { ...key, completed: 0, failed: 0, unknown: 0 };
    ended[failed ? 'failed' : 'completed'] += 1;
    if (failed && unknown) ended.unknown += 1;
    this.#endedItems.set(name, ended);
  }

  addChild(workflow: NewWorkflow, root: string): void {
    this.#children.push(workflow);
    const { tenantId } = workflow;
    const counted = this.#descendants.get(root) ?? { tenantId, id: root, more: 0 };
    counted.more += 1;
    this.#descendants.set(root, counted);
  }

  /** The event meets the rest of its waits in later turns; whoever sent it was told how many it meets. */
  leaveDelivery(delivery: EventDelivery): void {
    this.#deliveries.push(delivery);
    this.delivers = true;
    this.owesMark = true;
  }

  moveDelivery(move: Key & { readonly above: number; readonly next: number }): void {
    this.#movedDeliveries.push(move);
    this.delivers = true;
  }

  endDelivery(delivery: Key): void {
    this.#endedDeliveries.push(delivery);
  }

  claim(claim: KeyClaim): void {
    this.#claims.set(claimText(claim), claim);
    this.owesMark = true;
  }

  /** What this turn takes this key for. */
  claimed(key: IdempotencyKey): KeyClaim | undefined {
    return this.#claims.get(claimText(key));
  }

  /** All live tasks of the workflow are asked to end, but those that undo its steps. */
  cancelTasks({ tenantId, id, cancelReason: reason }: Key & { readonly cancelReason: string | null }): void {
    this.#cancels.set(id, { tenantId, id, reason, after: null });
  }

  /** The tasks after this one, likewise. */
  cancelMoreTasks(page: CancelPage): void {
    if (!this.#cancels.has(page.id)) this.#cancels.set(page.id, page);
  }

  /** The header changes: besides its status, what the run says of it. */
  touchHeader(run: WorkflowRun, output: string | null = null): void {
    this.#headers.set(run, { output, isFull: true });
  }

  /** The status alone changes; it may change back before it is written. */
  touchStatus(run: WorkflowRun): void {
    if (!this.#headers.has(run)) this.#headers.set(run, { output: null, isFull: false });
  }

  /** Sends what was collected about rows; headers follow with the last call of `sendHeaders`. */
  sendRows(tx: AdvanceTransaction): { readonly writes: Promise<void>[]; readonly late: Promise<EventRecord[]>[] } {
    const added = [...this.#rows.values()];
    const fresh = added.filter(({ generation }) => generation === undefined).map(({ row }) => row);
    const again = added.flatMap(({ row, generation }) => (generation === undefined ? [] : [{ ...row, generation }]));
    const items = this.#items;
    const fans = this.#takeFanOuts();
    const begunFans = fans.filter(({ revision }) => revision === 0);
    const changedFans = fans.filter(({ revision }) => revision > 0);
    const cancels = [...this.#cancels.values()];
    const writes = [
      expectCount(this.#ends, (rows) => tx.endSteps(rows), 'a step had ended before'),
      expectCount(this.#resets, (rows) => tx.resetSteps(rows), 'a step was not to be run again'),
      expectCount(this.#tasks, (rows) => tx.insertSteps(rows), 'a step had been started before'),
      expectCount(fresh, (rows) => tx.insertStepRows(rows), 'a step had been started before'),
      expectCount(again, (rows) => tx.restartSteps(rows), 'a step had been started again before'),
      expectCount(this.#settledUndos, (rows) => tx.settleCompensations(rows), 'a compensation was not stuck'),
      expectCount(this.#children, (rows) => tx.insertChildren(rows), 'a child had been started before'),
      expectCount([...this.#descendants.values()], (rows) => tx.countDescendants(rows), 'a root was gone'),
      expectCount(this.#movedDeliveries, (rows) => tx.moveEventDeliveries(rows), 'an event had gone on before'),
      expectCount(this.#endedDeliveries, (rows) => tx.endEventDeliveries(rows), 'an event had met its waits before'),
      expectCount(begunFans, (rows) => tx.insertFanOuts(rows), 'a fan-out was under way already'),
      expectCount(changedFans, (rows) => tx.updateFanOuts(rows), 'a fan-out had changed before'),
      expectCount(this.#endedFanOuts, (rows) => tx.deleteFanOuts(rows), 'a fan-out had changed before'),
      expectCount(this.#endedWaits, (rows) => tx.deleteWaits(rows), 'a wait had ended before'),
      expectCount([...this.#waits.values()], (rows) => tx.insertWaits(rows), 'a step waited already'),
      expectCount([...this.#claims.values()], async (claims) => (await tx.claimKeys(claims)).length, 'a key was taken'),
    ];
    if (this.#inputs.length > 0) writes.push(tx.keepInputs(this.#inputs));
    if (this.#endedItems.size > 0) writes.push(tx.countEndedItems([...this.#endedItems.values()]));
    if (this.#deliveries.length > 0) writes.push(tx.insertEventDeliveries(this.#deliveries));
    const signals = this.#signals;
    if (signals.length > 0) writes.push(tx.keepSignals(signals.map(({ signal }) => signal)));
    for (const { run, signal } of signals) {
      const kept = besideOf(run).signals;
      kept.set(signal.name, (kept.get(signal.name) ?? 0) + 1);
    }
    const late: Promise<EventRecord[]>[] = [];
    if (items.length > 0) late.push(startItems(tx, this.#emission, items));
    const itemsAgain = [...this.#itemsAgain.values()];
    if (itemsAgain.length > 0) late.push(layItemsAgain(tx, this.#emission, itemsAgain));
    if (cancels.length > 0) late.push(this.#requestCancels(tx, cancels));
    if (this.#closedItems.length > 0) writes.push(tx.closeItems(this.#closedItems, this.#emission.now));
    this.#clearRows();
    return { writes, late };
  }

  sendHeaders(tx: AdvanceTransaction): Promise<void> {
    const rows: WorkflowChangeRow[] = [];
    for (const [run, { output, isFull }] of this.#headers) {
      if (!isFull && run.state.status === run.storedStatus) continue;
      rows.push(headerChange(run, output, this.#emission.now));
      run.storedStatus = run.state.status;
    }
    return expectCount(rows, (changes) => tx.updateWorkflows(changes), 'a workflow had changed before');
  }

  #clearRows(): void {
    this.#tasks = [];
    this.#rows = new Map();
    this.#ends = [];
    this.#resets = [];
    this.#items = [];
    this.#itemsAgain = new Map();
    this.#settledUndos = [];
    this.#endedFanOuts = [];
    this.#waits = new Map();
    this.#endedWaits = [];
    this.#signals = [];
    this.#children = [];
    this.#descendants = new Map();
    this.#deliveries = [];
    this.#movedDeliveries = [];
    this.#endedDeliveries = [];
    this.#inputs = [];
    this.#endedItems.clear();
    this.#claims.clear();
    this.#cancels = new Map();
    this.#closedItems = [];
  }

  /** Fan-outs to be written, each under the revision that its row has. */
  #takeFanOuts(): FanOutRow[] {
    const rows: FanOutRow[] = [];
    for (const [held, key] of this.#fanOuts) {
      rows.push({ ...key, ...held.fan, revision: held.revision });
      held.revision += 1;
    }
    this.#fanOuts.clear();
    return rows;
  }

  /** The generation under which a row starts anew; `undefined` when it is a new one. */
  #restarted(run: WorkflowRun, address: string): number | undefined {
    const row = run.beside?.rows.get(address);
    if (row?.reset !== true) return undefined;
    row.reset = false;
    return row.generation;
  }

  /** Of a workflow with more tasks than one turn looks at, the others follow in later turns. */
  async #requestCancels(tx: AdvanceTransaction, cancels: readonly CancelPage[]): Promise<EventRecord[]> {
    const reasons = new Map(cancels.map(({ id, reason }) => [id, reason]));
    const { cancelledTasks, fewestCancelled } = this.#bounds;
    const most = Math.max(fewestCancelled, Math.floor(cancelledTasks / cancels.length));
    const { tasks, rest } = await tx.requestCancels(cancels, most);
    if (rest.length > 0) {
      const waits = rest.map(({ tenantId, id, after }) => {
        const left = { step: restOfTasks, kind: 'cancel-tasks', key: after, name: reasons.get(id) ?? null } as const;
        return this.#waitOf({ tenantId, id }, left);
      });
      // Of a cancel before the last retry one may be left, which has come further.
      const first = new Set(cancels.filter(({ after }) => after === null).map(({ id }) => id));
      const anew = waits.filter(({ workflowId }) => first.has(workflowId));
      if (anew.length > 0) await tx.deleteWaits(anew);
      await tx.insertWaits(waits);
      this.nextDueInMs = 0;
    }
    return tasks.map((task) => taskCancelRequested(this.#emission, task, reasons.get(task.workflowId) ?? null));
  }
}

/** Every count that does not match means that something else was there before. */
async function expectCount<R>(
  rows: readonly R[],
  send: (rows: readonly R[]) => Promise<number>,
  otherwise: string,
): Promise<void> {
  if (rows.length > 0 && (await send(rows)) !== rows.length) throw new OutdatedStateError(otherwise);
}

export function claimText({ tenantId, route, key }: IdempotencyKey): string {
  return `${tenantId}\0${route}\0${key}`;
}
