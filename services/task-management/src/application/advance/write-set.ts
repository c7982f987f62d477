import type { EventRecord } from '@taskflow/kit-messaging';
import type { Effect } from '../../domain/workflow/effect.ts';
import type { Emission } from '../events/emission.ts';
import { taskCreated, taskRetryRequested } from '../events/task-events.ts';
import type { Key } from '../ports/advance-store.ts';
import { stepAddress } from '../records/step-address.ts';
import type { NewStepRow, NewTask } from '../records/task-record.ts';
import { restOfCancels, restOfItems, restOfWorkflow } from '../records/workflow-record.ts';
import { noWrites } from './pending-writes.ts';
import {
  type Left,
  makeCompensation,
  makeRow,
  makeTask,
  notStarted,
  type Cause,
  timerOf,
  timerRow,
} from './step-rows.ts';
import { addressOf, generationOf, hasRunBefore, rowId, type WorkflowInstance } from './workflow-instance.ts';
import { eventOf } from './workflow-news.ts';

/** An effect that is a row: what is carried out by reading, or by moving another workflow, is none. */
export type WrittenEffect = Exclude<Effect, { kind: 'need' | 'start-child' | 'cancel-child' }>;

type EffectOf<T extends WrittenEffect['kind']> = Extract<WrittenEffect, { kind: T }>;

/**
 * Collects what a transaction writes while it decides, so that each table gets one statement whatever the number of
 * tasks and workflows. A row that begins and ends in one transaction is written once.
 */
export class WriteSet {
  readonly emission: Emission;
  readonly events: EventRecord[] = [];
  /** Rows that have not been sent. */
  rows = noWrites();
  /** Headers that change, with the output that they keep; where `isFull` is not set the status alone does. */
  readonly headers = new Map<WorkflowInstance, { output: string | null; isFull: boolean }>();
  /** After how long the earliest timer of this transaction is over; 0 where only the database can tell. */
  nextDueInMs = Number.POSITIVE_INFINITY;
  /** Events have not met all of their waits. */
  delivers = false;
  /** A caller was promised something that no event tells of. */
  needsReceipt = false;

  constructor(emission: Emission) {
    this.emission = emission;
  }

  /** Writes an effect down. Total: a new kind of effect does not compile before it is written. */
  add(instance: WorkflowInstance, effect: WrittenEffect, causationId: string | undefined): void {
    switch (effect.kind) {
      case 'start-task':
        return this.#startTask(instance, effect, causationId);
      case 'compensate':
        return this.#compensate(instance, effect, causationId);
      case 'add-row':
        return this.#addRow(instance, effect, causationId);
      case 'end-row':
        return this.#endRow(instance, addressOf(instance, effect.step), effect);
      case 'reset-row':
        return this.resetRow(instance, addressOf(instance, effect.step, 'compensation'));
      case 'resolve-compensation':
        return this.#resolve(instance, effect);
      case 'start-items':
        return this.#startItems(instance, effect, causationId);
      case 'close-items':
        return this.closeItems(instance, addressOf(instance, effect.step), effect);
      case 'count-items':
        return this.#countItems(instance, effect);
      case 'forget-items':
        return this.#forgetItems(instance, effect.step);
      case 'start-timer':
        return this.#startTimer(instance, effect);
      case 'stop-timer':
        return this.#stopTimer(instance, effect.step);
      case 'cancel-tasks':
        return this.cancelTasks(instance, instance.cancelReason);
      case 'keep-signal':
        return this.#keepSignal(instance, effect);
      case 'update-header':
        return this.#updateHeader(instance, effect.what === 'all');
      case 'end-workflow':
        this.headers.set(instance, { output: effect.shown, isFull: true });
        return;
      case 'emit':
        this.events.push(eventOf(this.emission, instance, causationId, effect.event));
        return;
      case 'defer':
        return this.#defer(instance, effect);
    }
  }

  #cause(causationId: string | undefined): Cause {
    return { now: this.emission.now, causationId };
  }

  #startTask(instance: WorkflowInstance, effect: EffectOf<'start-task'>, causationId: string | undefined): void {
    const task = makeTask(instance, effect, effect.payload, this.#cause(causationId));
    if (effect.part === 'item' && hasRunBefore(instance, effect.step)) {
      this.rows.itemsAgain.set(task.id, { ...task, ...notStarted, status: 'queued' });
    } else this.#start(instance, task, effect);
  }

  #compensate(instance: WorkflowInstance, { step, payload }: EffectOf<'compensate'>, causationId: string | undefined) {
    const task = makeCompensation(instance, step, payload, this.#cause(causationId));
    this.#start(instance, task, { step, part: 'compensation', item: undefined });
  }

  /** A worker is asked to carry a task of a step out. */
  #start(instance: WorkflowInstance, task: NewTask, row: Pick<EffectOf<'add-row'>, 'step' | 'part' | 'item'>): void {
    const generation = instance.rows && this.#restarted(instance, addressOf(instance, row.step, row.part, row.item));
    if (generation === undefined) {
      this.rows.tasks.push(task);
      this.events.push(taskCreated(this.emission, task));
      return;
    }
    this.rows.rows.set(task.id, { row: { ...task, ...notStarted, status: 'queued' }, generation });
    this.events.push(taskRetryRequested(this.emission, task, generation));
  }

  #addRow(instance: WorkflowInstance, effect: EffectOf<'add-row'>, causationId: string | undefined): void {
    const row: NewStepRow = makeRow(instance, effect, this.#cause(causationId));
    if (effect.part === 'item' && hasRunBefore(instance, effect.step)) {
      this.rows.itemsAgain.set(row.id, row);
      return;
    }
    const generation = this.#restarted(instance, addressOf(instance, effect.step, effect.part, effect.item));
    this.rows.rows.set(row.id, { row, generation });
  }

  /** The generation under which a row starts anew; `undefined` when it is a new one. */
  #restarted({ rows }: WorkflowInstance, address: string): number | undefined {
    const row = rows?.get(address);
    if (row?.reset !== true) return undefined;
    row.reset = false;
    return row.generation;
  }

  #endRow(
    instance: WorkflowInstance,
    address: string,
    {
      status,
      result,
      error,
      outcomeUnknown,
    }: Pick<EffectOf<'end-row'>, 'status' | 'result' | 'error' | 'outcomeUnknown'>,
  ): void {
    const id = rowId(instance, address);
    const finishedAt = this.emission.now;
    const pending = this.rows.rows.get(id)?.row;
    if (pending) {
      Object.assign(pending, { status, result, error, finishedAt });
      return;
    }
    const generation = generationOf(instance, address);
    const { tenantId } = instance;
    this.rows.ends.push({ tenantId, id, generation, status, result, error, outcomeUnknown, finishedAt });
  }

  /** The row, which has ended, is to be started anew. */
  resetRow(instance: WorkflowInstance, address: string, generation = generationOf(instance, address)): void {
    this.rows.resets.push({ tenantId: instance.tenantId, id: rowId(instance, address), generation });
    instance.rows ??= new Map();
    instance.rows.set(address, { generation: generation + 1, reset: true });
  }

  #resolve(instance: WorkflowInstance, { step, reason }: EffectOf<'resolve-compensation'>): void {
    const address = addressOf(instance, step, 'compensation');
    const generation = generationOf(instance, address);
    const id = rowId(instance, address);
    this.rows.resolvedCompensations.push({ tenantId: instance.tenantId, id, generation, reason });
    this.needsReceipt = true;
  }

  /** Their payloads lie in their rows. */
  #startItems(
    instance: WorkflowInstance,
    { step, from, count }: EffectOf<'start-items'>,
    causationId: string | undefined,
  ) {
    for (let item = from; item < from + count; item += 1) {
      const address = addressOf(instance, step, 'item', item);
      const id = rowId(instance, address);
      const again = this.rows.itemsAgain.get(id);
      const pending = again ?? this.rows.rows.get(id)?.row;
      if (pending === undefined) {
        this.rows.items.push({ tenantId: instance.tenantId, id, instance, step, item, causationId });
        continue;
      }
      pending.status = 'queued';
      if (again === undefined) this.events.push(taskCreated(this.emission, pending));
    }
  }

  #countItems(instance: WorkflowInstance, { step, items }: EffectOf<'count-items'>): void {
    instance.fanOuts ??= new Map();
    let held = instance.fanOuts.get(step);
    if (held === undefined) {
      held = { fan: items, revision: 0 };
      instance.fanOuts.set(step, held);
    }
    this.rows.fanOuts.set(held, waitKey(instance, step));
  }

  #forgetItems(instance: WorkflowInstance, step: number): void {
    const held = instance.fanOuts?.get(step);
    if (held === undefined) return;
    instance.fanOuts?.delete(step);
    this.rows.fanOuts.delete(held);
    const { fan, revision } = held;
    if (revision > 0) this.rows.endedFanOuts.push({ ...waitKey(instance, step), ...fan, revision });
  }

  #startTimer(instance: WorkflowInstance, { step, timer }: EffectOf<'start-timer'>): void {
    const row = timerRow(timer, this.emission.now);
    this.rows.timers.set(timerName(instance, addressOf(instance, step)), { ...waitKey(instance, step), ...row });
    this.nextDueInMs = Math.min(this.nextDueInMs, row.afterMs ?? 0);
  }

  #stopTimer(instance: WorkflowInstance, step: number): void {
    const key = waitKey(instance, step);
    if (!this.rows.timers.delete(timerName(instance, key.step))) this.rows.endedTimers.push(key);
  }

  #keepSignal({ tenantId, id: workflowId }: WorkflowInstance, { name, payload }: EffectOf<'keep-signal'>): void {
    this.rows.signals.push({ tenantId, workflowId, name, payload, receivedAt: this.emission.now });
    this.needsReceipt = true;
  }

  #updateHeader(instance: WorkflowInstance, isFull: boolean): void {
    const known = this.headers.get(instance);
    if (known === undefined) this.headers.set(instance, { output: null, isFull });
    else if (isFull) known.isFull = true;
  }

  #defer(instance: WorkflowInstance, effect: EffectOf<'defer'>): void {
    switch (effect.what) {
      case 'go-on':
        return this.leave(instance, { step: restOfWorkflow, kind: 'begin', key: null, name: null });
      case 'items':
        return this.leave(instance, {
          step: addressOf(instance, effect.step),
          kind: 'items',
          key: String(effect.laid),
          name: null,
        });
      case 'close':
        return this.leaveClosing(instance, addressOf(instance, effect.step), effect);
      case 'cancel':
        return this.#leaveCancels(instance, effect.step, effect.compensate);
    }
  }

  #leaveCancels(instance: WorkflowInstance, from: number, compensate: boolean): void {
    const before = this.rows.timers.get(timerName(instance, restOfCancels));
    const key = String(Math.min(from, Number(before?.key ?? from)));
    this.leave(instance, { step: restOfCancels, kind: 'cancel', key, name: compensate ? 'compensate' : null });
  }

  /** Items of the step with this key that never start; those that have rows are closed. */
  closeItems({ tenantId, id }: Key, step: string, { from, total }: { readonly from: number; readonly total: number }) {
    for (let item = from; item < total; item += 1) {
      const address = stepAddress({ step, role: 'item', item });
      this.rows.closedItems.push({ tenantId, id: rowId({ id }, address) });
    }
  }

  /** Leaves the closing of a fan-out's items from this one on to a later transaction. */
  leaveClosing(workflow: Key, key: string, { from, total }: { readonly from: number; readonly total: number }): void {
    this.leave(workflow, { step: `${key}${restOfItems}`, kind: 'close', key: String(from), name: String(total) });
  }

  /** What reminds of it is durable and due now. */
  leave(workflow: Key, left: Left): void {
    this.rows.timers.set(timerName(workflow, left.step), timerOf(workflow, left, this.emission.now));
    this.nextDueInMs = 0;
  }

  /** All live tasks of the workflow are asked to end, but those that compensate its steps. */
  cancelTasks({ tenantId, id }: Key, reason: string | null): void {
    this.rows.cancels.set(id, { tenantId, id, reason, after: null });
  }
}

function timerName({ id }: Pick<Key, 'id'>, step: string): string {
  return `${id}/${step}`;
}

function waitKey(instance: WorkflowInstance, step: number) {
  const { tenantId, id: workflowId } = instance;
  return { tenantId, workflowId, step: addressOf(instance, step) };
}
