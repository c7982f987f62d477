import { randomUUID } from 'node:crypto';
import type { http } from '@taskflow/contracts-task-management';
import { type NotAvailable, refuseUnavailable, refuseUnknown } from '../definitions/not-available.ts';
import { checkOptions, isFlag, isText } from '../definitions/option-rules.ts';
import { parseWith } from '../definitions/schema.ts';
import type { SignalDef } from '../definitions/signal.ts';
import { decodeWire } from '../definitions/decode-wire.ts';
import { encodeWire } from '../definitions/wire-value.ts';
import { CancelledError, WorkflowFailedError } from '../errors.ts';
import { createHandle, type Ending, type Handle, recordedFailure } from './handle.ts';
import type { HttpApi } from '../api/http-api.ts';

export type WorkflowBody = http.workflows.WorkflowBody;
export type WorkflowStatus = http.workflows.WorkflowStatus;
export type CompensationPlan = http.workflows.CompensationPlanBody;

/**
 * A workflow that was started. `result()` waits for a final status: through `compensating`, and also through
 * `compensation-stuck` and `stuck`, which end when an operator retries, settles or cancels; give it a `timeout` where
 * that is too long.
 */
export interface WorkflowHandle<Output> extends Handle<WorkflowBody, WorkflowStatus, Output> {
  readonly kind: 'workflow';
  /**
   * Sends a signal to the step that waits for it, or to the next one that will. `ConflictError` with code
   * `signal_not_expected` where no step ever waits for it, and `already_finished`.
   *
   * @example
   * import { signal, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   * import { z } from 'zod';
   *
   * const Approved = signal({ id: 'approved', payload: z.object({ by: z.string() }) });
   * const order = workflow({ id: 'order' }, (w) => {
   *   const approval = w.waitFor('approval', Approved, { timeout: '2d' });
   *   return w.output({ approval }, (seen) => seen.approval.by);
   * });
   *
   * await using t = await testkit();
   * const run = await t.start(order, undefined);
   * await run.signal(Approved, { by: 'ana' }, { idempotencyKey: 'click-1' });
   * console.log(await run.result()); // ana
   */
  signal<Input>(
    signal: SignalDef<Input, unknown>,
    payload: NoInfer<Input>,
    options?: { readonly idempotencyKey?: string },
  ): Promise<void>;
  /**
   * Asks for the cancel; with `compensate`, what has been done is undone. `ConflictError` with code `already_finished`,
   * `already_compensating`, or `cancel_requested` after a plain cancel.
   *
   * @example
   * import { task, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * const release = task({ id: 'stock.release', run: (_sku: string) => {} });
   * const order = workflow({ id: 'order' }, (w) => {
   *   const stock = w.run('hold', { compensate: { task: release, input: () => 'tea' } }, () => 'held');
   *   const waited = w.sleep('wait', { needs: { stock }, for: '1d' });
   *   return w.output({ waited }, () => 'sent');
   * });
   *
   * await using t = await testkit();
   * const run = await t.start(order, undefined);
   * await t.settle();
   * await run.cancel({ reason: 'the customer thought again', compensate: true });
   * await t.settle();
   * console.log(await run.status()); // compensated
   */
  cancel(options?: { readonly reason?: string; readonly compensate?: boolean }): Promise<void>;
  /**
   * Starts no further step until `resume()`; what runs goes on.
   *
   * @example
   * import { workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * const order = workflow({ id: 'order' }, (w) => {
   *   const waited = w.sleep('wait', { for: '1h' });
   *   const sent = w.run('send', { needs: { waited } }, () => 'sent');
   *   return w.output({ sent }, (seen) => seen.sent);
   * });
   *
   * await using t = await testkit();
   * const run = await t.start(order, undefined);
   * await run.pause('stocktaking');
   * console.log(await run.status()); // paused
   */
  pause(reason?: string): Promise<void>;
  /**
   * Goes on after `pause()`.
   *
   * @example
   * import { workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * const order = workflow({ id: 'order' }, (w) => {
   *   const waited = w.sleep('wait', { for: '1h' });
   *   const sent = w.run('send', { needs: { waited } }, () => 'sent');
   *   return w.output({ sent }, (seen) => seen.sent);
   * });
   *
   * await using t = await testkit();
   * const run = await t.start(order, undefined);
   * await run.pause('stocktaking');
   * await run.resume();
   * await t.advance('1h');
   * console.log(await run.result()); // sent
   */
  resume(): Promise<void>;
  /**
   * Runs every step again that did not complete, or with `from` that step and all that follow it. With `version:
   * 'latest'` it goes on in the latest registered version, if that fits (`ConflictError` with code
   * `incompatible_graph`). Of a workflow whose compensation is stuck it is the compensation that runs again.
   *
   * @example
   * import { task, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * let isOpen = false;
   * const ask = task({
   *   id: 'bank.ask',
   *   retry: { maxAttempts: 1 },
   *   run: (_account: string) => {
   *     if (!isOpen) throw new Error('the bank is closed');
   *     return 'answered';
   *   },
   * });
   * const order = workflow({ id: 'order', onFailure: 'stop' }, (w) => {
   *   const asked = w.step('ask', ask, { input: () => 'a-1' });
   *   return w.output({ asked }, (seen) => seen.asked);
   * });
   *
   * await using t = await testkit();
   * const run = await t.start(order, undefined);
   * await t.settle();
   * console.log(await run.status()); // failed
   * isOpen = true;
   * await run.retry({ from: 'ask' });
   * await t.settle();
   * console.log(await run.result()); // answered
   */
  retry(options?: {
    readonly from?: string;
    readonly version?: 'same' | 'latest';
    readonly input?: NotAvailable<'retry({ input })'>;
  }): Promise<WorkflowHandle<Output>>;
  /**
   * Reads what a cancel with `compensate` would undo now, and what it would leave.
   *
   * @example
   * import { task, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * const release = task({ id: 'stock.release', run: (_sku: string) => {} });
   * const order = workflow({ id: 'order' }, (w) => {
   *   const stock = w.run('hold', { compensate: { task: release, input: () => 'tea' } }, () => 'held');
   *   const waited = w.sleep('wait', { needs: { stock }, for: '1d' });
   *   return w.output({ waited }, () => 'sent');
   * });
   *
   * await using t = await testkit();
   * const run = await t.start(order, undefined);
   * await t.settle();
   * const { compensations } = await run.compensationPlan();
   * console.log(compensations.map(({ step, type }) => `${step} by ${type}`)); // [ 'hold by stock.release' ]
   */
  compensationPlan(): Promise<CompensationPlan>;
  /**
   * Says that the step of a stuck compensation is undone, or needs no undoing.
   *
   * @example
   * import { TerminalError, task, workflow } from '@taskflow/sdk';
   * import { testkit } from '@taskflow/sdk/testing';
   *
   * const release = task({
   *   id: 'stock.release',
   *   run: (_sku: string): void => {
   *     throw new TerminalError('the warehouse has burnt down');
   *   },
   * });
   * const order = workflow({ id: 'order' }, (w) => {
   *   const stock = w.run('hold', { compensate: { task: release, input: () => 'tea' } }, () => 'held');
   *   const waited = w.sleep('wait', { needs: { stock }, for: '1d' });
   *   return w.output({ waited }, () => 'sent');
   * });
   *
   * await using t = await testkit();
   * const run = await t.start(order, undefined);
   * await t.settle();
   * await run.cancel({ compensate: true });
   * await t.settle();
   * console.log(await run.status()); // compensation-stuck
   * await run.settleCompensation('hold', 'there is nothing left to release');
   * await t.settle();
   * console.log(await run.status()); // compensated
   */
  settleCompensation(step: string, reason: string): Promise<void>;
}

export function workflowHandle<Output>(api: HttpApi, id: string): WorkflowHandle<Output> {
  const path = `/api/v1/workflows/${encodeURIComponent(id)}`;
  const post = async (verb: string, body: unknown, idempotencyKey?: string): Promise<void> => {
    await api.request({ method: 'POST', path: `${path}/${verb}`, body, idempotencyKey });
  };
  const handle: WorkflowHandle<Output> = {
    kind: 'workflow',
    ...createHandle<WorkflowBody, WorkflowStatus, Output>(api, 'workflows', id, endOf),
    async signal(signal, payload, options = {}) {
      refuseUnknown('signal', options, ['idempotencyKey']);
      const { idempotencyKey = randomUUID() } = options;
      await parseWith(signal.payload, payload, `signal "${signal.id}"`);
      await post(`signals/${encodeURIComponent(signal.id)}`, encodeWire(payload), idempotencyKey);
    },
    async cancel(options = {}) {
      refuseUnknown('cancel', options, ['reason', 'compensate']);
      checkOptions('cancel', options, { reason: isText(500, 0), compensate: isFlag });
      const { reason, compensate } = options;
      await post('cancel', {
        ...(reason !== undefined && { reason }),
        ...(compensate !== undefined && { compensate }),
      });
    },
    pause: (reason) => post('pause', reason === undefined ? {} : { reason }),
    resume: () => post('resume', {}),
    async retry(options = {}) {
      refuseUnavailable('retry', options, ['input']);
      refuseUnknown('retry', options, ['from', 'version', 'input']);
      checkOptions('retry', options, { from: isText(200), version: isText(20) });
      const { from, version } = options;
      await post('retry', { ...(from !== undefined && { from }), ...(version !== undefined && { version }) });
      return handle;
    },
    compensationPlan: () => api.request<CompensationPlan>({ method: 'GET', path: `${path}/compensation-plan` }),
    settleCompensation: (step, reason) => post(`steps/${encodeURIComponent(step)}/compensation/settle`, { reason }),
  };
  return handle;
}

function endOf<Output>({ id, name, status, error, output, cancelRequested }: WorkflowBody): Ending<Output> {
  const undone = status === 'compensated';
  const cancelled = status === 'cancelled' || (undone && (cancelRequested === true || error === undefined));
  if (status === 'completed') return { done: true, result: decodeWire(output) as Output };
  if (cancelled) {
    const message = `workflow ${id} (${name}) was cancelled${undone ? ', and its steps were undone' : ''}`;
    return { done: true, error: new CancelledError(message) };
  }
  if (status !== 'failed' && !undone) return { done: false };
  return { done: true, error: new WorkflowFailedError(id, name, error?.step, recordedFailure(error), undone) };
}
