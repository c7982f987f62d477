import { http } from '@taskflow/contracts-task-management';
import { type HttpAnswer, type Route, route } from '@taskflow/kit-http';
import { z } from 'zod';
import type { WorkflowCommand } from '../application/advance/advance-command.ts';
import type { CommandResult } from '../application/commands/command-task.ts';
import type { RequestOrigin } from '../application/commands/create-tasks.ts';
import type { RestartReport, RestartRequest } from '../application/commands/restart-workflows.ts';
import type { RetryRequest } from '../application/commands/retry-workflow.ts';
import type { ListedWorkflow } from '../application/ports/reading-store.ts';
import type { WorkflowView } from '../application/queries/read-workflow.ts';
import { notFound, payloadText, refusedCommand } from './refusals.ts';
import { originOf } from './task-routes.ts';
import { defaultTenant } from './tenant.ts';
import { idParameter } from './workflow-id.ts';
import { encodeWorkflow } from './workflow-json.ts';

export interface WorkflowCommandUseCases {
  commandWorkflow(command: WorkflowCommand): Promise<CommandResult<WorkflowView>>;
  retryWorkflow(tenantId: string, id: string, request: RetryRequest): Promise<CommandResult<WorkflowView>>;
  restartWorkflows(tenantId: string, request: RestartRequest): Promise<RestartReport>;
  /** `payload` is JSON text. */
  signalWorkflow(
    origin: RequestOrigin,
    id: string,
    signal: string,
    payload: string,
  ): Promise<CommandResult<{ readonly id: string }>>;
}

const { workflows: bodies, scalars } = http;
const tag = 'workflows';
const defaultRestarts = 1_000;
const sampleSize = 10;

/**
 * Makes the routes of what may be asked of a workflow that was started. All of it is done after the answer, in order.
 */
export function workflowCommandRoutes(useCases: WorkflowCommandUseCases): Route[] {
  return [...endingRoutes(useCases), ...pausingRoutes(useCases), ...retryingRoutes(useCases), signalRoute(useCases)];
}

function endingRoutes({ commandWorkflow }: WorkflowCommandUseCases): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/workflows/:id/cancel',
      summary: 'Ask the running steps of a workflow to end, start no other, and undo what has finished if asked to',
      tag,
      params: idParameter,
      body: bodies.cancelWorkflow,
      answers: { 202: bodies.workflow },
      handle: async ({ params: { id }, body: { reason, compensate } }) =>
        accepted(id, await commandWorkflow({ kind: 'cancel-workflow', ...subject(id), reason, compensate })),
    }),
    route({
      method: 'POST',
      path: '/api/v1/workflows/:id/steps/:step/compensation/settle',
      summary: 'Say that a step whose compensation is stuck was undone by hand, or needs no undoing',
      tag,
      params: z.object({ id: idParameter.shape.id, step: bodies.stepKey }),
      body: bodies.settleCompensation,
      answers: { 202: bodies.workflow },
      handle: async ({ params: { id, step }, body: { reason } }) =>
        accepted(id, await commandWorkflow({ kind: 'resolve-compensation', ...subject(id), step, reason })),
    }),
  ];
}

function pausingRoutes({ commandWorkflow }: WorkflowCommandUseCases): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/workflows/:id/pause',
      summary: 'Start no further step until the workflow is resumed; what runs goes on',
      tag,
      params: idParameter,
      body: bodies.pauseWorkflow,
      answers: { 202: bodies.workflow },
      handle: async ({ params: { id }, body: { reason } }) =>
        accepted(id, await commandWorkflow({ kind: 'pause-workflow', ...subject(id), reason })),
    }),
    route({
      method: 'POST',
      path: '/api/v1/workflows/:id/resume',
      summary: 'Start what became ready while the workflow was paused',
      tag,
      params: idParameter,
      body: z.strictObject({}),
      answers: { 202: bodies.workflow },
      handle: async ({ params: { id } }) =>
        accepted(id, await commandWorkflow({ kind: 'resume-workflow', ...subject(id) })),
    }),
  ];
}

function retryingRoutes({ retryWorkflow, restartWorkflows }: WorkflowCommandUseCases): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/workflows/:id/retry',
      summary: 'Run a workflow again that ended without completing, or a compensation that is stuck',
      tag,
      params: idParameter,
      body: bodies.retryWorkflow,
      answers: { 202: bodies.workflow },
      handle: async ({ params: { id }, body }) => accepted(id, await retryWorkflow(defaultTenant, id, body)),
    }),
    route({
      method: 'POST',
      path: '/api/v1/workflows/restart',
      summary: 'Retry the workflows that a filter finds, or show which ones it would be',
      tag,
      body: bodies.restartWorkflows,
      answers: { 200: bodies.restartResult },
      handle: async ({ body }) => {
        const request = restartRequest(body);
        return { status: 200, body: restartBody(await restartWorkflows(defaultTenant, request)) };
      },
    }),
  ];
}

function signalRoute({ signalWorkflow }: WorkflowCommandUseCases): Route {
  return route({
    method: 'POST',
    path: '/api/v1/workflows/:id/signals/:name',
    summary: 'Send a signal, whose payload is the body, to the step that waits for it or to the next one that will',
    tag,
    params: z.object({ id: idParameter.shape.id, name: scalars.name }),
    body: z.unknown(),
    answers: { 202: null },
    handle: async (request) => {
      const { id, name } = request.params;
      const origin = originOf(request, `workflows/${id}/signals/${name}`);
      const result = await signalWorkflow(origin, id, name, payloadText(request.body, []));
      if ('subject' in result) return { status: 202 };
      throw refused(id, result);
    },
  });
}

function subject(workflowId: string) {
  return { tenantId: defaultTenant, workflowId };
}

function accepted(id: string, result: CommandResult<WorkflowView>): HttpAnswer {
  if ('subject' in result) return { status: 202, json: encodeWorkflow(result.subject) };
  throw refused(id, result);
}

function refused(id: string, result: Exclude<CommandResult<unknown>, { readonly subject: unknown }>) {
  return 'status' in result ? refusedCommand('workflow', result) : notFound('workflow', id);
}

function restartRequest(body: z.output<typeof bodies.restartWorkflows>): RestartRequest {
  const { filter, version, dryRun = false, limit = defaultRestarts } = body;
  const { createdAfter, createdBefore, ...rest } = filter;
  return {
    filter: { ...rest, createdAfter: instant(createdAfter), createdBefore: instant(createdBefore) },
    version,
    dryRun,
    limit,
  };
}

function instant(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

function restartBody({ found, more, results }: RestartReport): z.input<typeof bodies.restartResult> {
  const sample = found.slice(0, sampleSize).map(shown);
  const base = { matched: found.length, ...(more && { more }), sample };
  if (results === undefined) return base;
  const refusals = results.flatMap(({ id, result }) => {
    if ('subject' in result) return [];
    const { code, message: detail } = refused(id, result);
    return [{ id, code, detail }];
  });
  return {
    ...base,
    restarted: results.length - refusals.length,
    ...(refusals.length > 0 && { refused: refusals.slice(0, 100) }),
  };
}

function shown({ id, name, version, status }: ListedWorkflow) {
  return { id, name, ...(version !== null && { version }), status };
}
