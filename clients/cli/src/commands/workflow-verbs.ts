import { randomUUID } from 'node:crypto';
import type { CompensationPlan, WorkflowBody } from '@taskflow/sdk';
import type { CommandContext } from '../command-context.ts';
import { readInput } from '../input-argument.ts';
import { showWorkflow } from './workflows.ts';

export interface ReasonOptions {
  readonly reason?: string;
}

export interface CancelWorkflowOptions extends ReasonOptions {
  readonly compensate?: boolean;
}

export interface RetryWorkflowOptions {
  readonly from?: string;
  readonly latest?: boolean;
}

export interface SignalOptions {
  readonly input?: string;
  readonly key?: string;
}

export async function cancelWorkflow(
  context: CommandContext,
  id: string,
  { compensate, reason }: CancelWorkflowOptions,
): Promise<void> {
  await command(context, id, 'cancel', { compensate, reason });
}

export async function pauseWorkflow(context: CommandContext, id: string, { reason }: ReasonOptions): Promise<void> {
  await command(context, id, 'pause', { reason });
}

export async function resumeWorkflow(context: CommandContext, id: string): Promise<void> {
  await command(context, id, 'resume', {});
}

export async function retryWorkflow(
  context: CommandContext,
  id: string,
  { from, latest }: RetryWorkflowOptions,
): Promise<void> {
  await command(context, id, 'retry', { from, ...(latest === true && { version: 'latest' }) });
}

/** Says that the step of a stuck compensation was undone by hand. */
export async function settleCompensation(
  context: CommandContext,
  id: string,
  step: string,
  reason: string,
): Promise<void> {
  await command(context, id, `steps/${encodeURIComponent(step)}/compensation/settle`, { reason }, 'settle');
}

/** The same `--key` is the same signal, however often it is sent. */
export async function signalWorkflow(
  { api, terminal, readStdin }: CommandContext,
  id: string,
  name: string,
  { input, key = randomUUID() }: SignalOptions,
): Promise<void> {
  const body = input === undefined ? undefined : await readInput(input, readStdin);
  const path = `${pathOf(id)}/signals/${encodeURIComponent(name)}`;
  await api.request({ method: 'POST', path, body, idempotencyKey: key });
  terminal.note(`signal ${name} accepted`);
}

/** What a cancel with compensation would undo now; changes nothing. */
export async function showCompensationPlan({ api, terminal }: CommandContext, id: string): Promise<void> {
  const plan = await api.request<CompensationPlan>({ method: 'GET', path: `${pathOf(id)}/compensation-plan` });
  const steps = plan.compensations.map(({ order, step, type, because }): [string, string] => [
    `${order}. ${step}`,
    `${type}  ${because}`,
  ]);
  const lines: [string, string][] = [
    ...(steps.length === 0 ? [['undoes', 'nothing'] as [string, string]] : steps),
    ...namedSteps('committed', plan.pastPointOfNoReturn),
    ...namedSteps('cannot undo', plan.withoutCompensation),
  ];
  terminal.one(plan, lines, plan.compensations.map(({ step }) => step).join('\n'));
}

function namedSteps(label: string, steps: readonly string[]): [string, string][] {
  return steps.length === 0 ? [] : [[label, steps.join(', ')]];
}

async function command(
  { api, terminal }: CommandContext,
  id: string,
  verb: string,
  body: Readonly<Record<string, unknown>>,
  called = verb,
): Promise<void> {
  const workflow = await api.request<WorkflowBody>({ method: 'POST', path: `${pathOf(id)}/${verb}`, body });
  terminal.note(`${called} accepted`);
  showWorkflow(terminal, workflow);
}

function pathOf(id: string): string {
  return `/api/v1/workflows/${encodeURIComponent(id)}`;
}
