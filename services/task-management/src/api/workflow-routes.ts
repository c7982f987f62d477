import { http } from '@taskflow/contracts-task-management';
import { type HttpAnswer, Problem, type Route, route } from '@taskflow/kit-http';
import { z } from 'zod';
import type { CommandResult } from '../application/commands/command-task.ts';
import type { RequestOrigin } from '../application/commands/create-tasks.ts';
import type { InputProblem, StartWorkflowResult, WorkflowRequest } from '../application/commands/start-workflow.ts';
import type { Page, WorkflowFilter } from '../application/ports/reading-store.ts';
import { startedView, type WorkflowView } from '../application/queries/read-workflow.ts';
import type { WorkflowRecord } from '../application/workflow-record.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import {
  invalidGraph,
  keyMismatch,
  limits,
  notFound,
  payloadText,
  refusedCommand,
  refuseUnavailable,
} from './refusals.ts';
import { created, originOf, waited } from './task-routes.ts';
import { defaultTenant } from './tenant.ts';
import { encodeListedWorkflow, encodeWorkflow } from './workflow-json.ts';

export interface WorkflowUseCases {
  startWorkflow(request: WorkflowRequest, origin: RequestOrigin): Promise<StartWorkflowResult>;
  cancelWorkflow(tenantId: string, id: string, reason?: string): Promise<CommandResult<WorkflowView>>;
  /** Waits up to `seconds` for the end. */
  getWorkflow(
    tenantId: string,
    id: string,
    wait: { seconds: number; signal: AbortSignal } | undefined,
  ): Promise<WorkflowView | undefined>;
  listWorkflows(
    tenantId: string,
    filter: WorkflowFilter,
    below: string | undefined,
    limit: number,
  ): Promise<Page<Omit<WorkflowRecord, 'input' | 'output' | 'error'>>>;
}

const { workflows: bodies } = http;
const idParameter = z.object({ id: z.uuid().transform((id) => id.toLowerCase()) });
const defaultPageSize = 50;

export function workflowRoutes(useCases: WorkflowUseCases): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/workflows',
      summary: 'Start a workflow, from a registered definition or from steps in the request',
      tag: 'workflows',
      body: bodies.startWorkflow,
      answers: { 201: bodies.workflow, 200: bodies.workflow },
      bodyLimit: limits.workflowBodyBytes,
      handle: async (request) => {
        const { body } = request;
        const result = await useCases.startWorkflow(workflowRequest(body), originOf(request, 'workflows'));
        return answerStart(result, 'definition' in body ? String(body.definition) : '', useCases);
      },
    }),
    ...readingRoutes(useCases),
    route({
      method: 'POST',
      path: '/api/v1/workflows/:id/cancel',
      summary: 'Ask the running steps of a workflow to end and start no other',
      tag: 'workflows',
      params: idParameter,
      body: bodies.cancelWorkflow,
      answers: { 202: bodies.workflow },
      handle: async ({ params: { id }, body }) => {
        refuseUnavailable(body.compensate === undefined || body.compensate === false ? [] : [['compensate']]);
        const result = await useCases.cancelWorkflow(defaultTenant, id, body.reason);
        if ('subject' in result) return { status: 202, json: encodeWorkflow(result.subject) };
        if (result.refusal === 'not-found') throw notFound('workflow', id);
        throw refusedCommand('workflow', result.refusal, result.status);
      },
    }),
  ];
}

function readingRoutes(useCases: WorkflowUseCases): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/workflows/:id',
      summary: 'A workflow with its steps; with Prefer: wait=N as soon as it has ended, or after N seconds',
      tag: 'workflows',
      params: idParameter,
      answers: { 200: bodies.workflow },
      handle: async ({ params: { id }, waitSeconds, signal }) => {
        const wait = waitSeconds ? { seconds: waitSeconds, signal } : undefined;
        const view = await useCases.getWorkflow(defaultTenant, id, wait);
        if (!view) throw notFound('workflow', id);
        return { status: 200, json: encodeWorkflow(view), headers: waited(waitSeconds) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/workflows',
      summary: 'Workflows, newest first; a page may be short or empty and still have a next one',
      tag: 'workflows',
      query: bodies.listWorkflows,
      answers: { 200: bodies.workflowList },
      handle: async ({ query: { limit = defaultPageSize, cursor, ...filter } }) => {
        const list = ['workflows', filter];
        const page = await useCases.listWorkflows(defaultTenant, filter, decodeCursor(cursor, list), limit);
        const next = page.below === undefined ? null : encodeCursor(page.below, list);
        const items = page.items.map(encodeListedWorkflow).join(',');
        return { status: 200, json: `{"items":[${items}],"nextCursor":${JSON.stringify(next)}}` };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/workflows/:id/graph',
      summary: 'The steps of a workflow and what waits for what',
      tag: 'workflows',
      params: idParameter,
      answers: { 200: bodies.workflowGraph },
      handle: async ({ params: { id } }) => {
        const view = await useCases.getWorkflow(defaultTenant, id, undefined);
        if (!view) throw notFound('workflow', id);
        const nodes = view.steps.map(({ key, type, status }) => ({ key, type, status }));
        const edges = view.steps.flatMap(({ key, dependsOn }) => dependsOn.map((from) => ({ from, to: key })));
        return { status: 200, body: { nodes, edges } };
      },
    }),
  ];
}

type StartBody = z.output<typeof bodies.startWorkflow>;

function workflowRequest(body: StartBody): WorkflowRequest {
  const input = payloadText(body.input, ['input']);
  if ('definition' in body) {
    return { what: { definition: body.definition, version: body.version }, input, priority: body.priority };
  }
  refuseUnavailable([...(body.onFailure === 'compensate' ? [['onFailure']] : []), ...unavailableSteps(body.steps, [])]);
  checkPayloads(body.steps, []);
  const { name, steps, output } = body;
  return { what: { name, graph: { steps, output } }, input, priority: body.priority };
}

type StepBody = z.output<typeof bodies.step>;

export function unavailableSteps(steps: readonly StepBody[], prefix: readonly PropertyKey[]): PropertyKey[][] {
  const present: PropertyKey[][] = [];
  for (let i = 0; i < steps.length; i++) {
    if (steps[i]?.when !== undefined) present.push([...prefix, 'steps', i, 'when']);
    if (steps[i]?.compensation !== undefined) present.push([...prefix, 'steps', i, 'compensation']);
  }
  return present;
}

export function checkPayloads(steps: readonly StepBody[], prefix: readonly PropertyKey[]): void {
  steps.forEach(({ payload }, i) => {
    if (payload !== undefined) payloadText(payload, [...prefix, 'steps', i, 'payload']);
  });
}

async function answerStart(
  result: StartWorkflowResult,
  definition: string,
  { getWorkflow }: WorkflowUseCases,
): Promise<HttpAnswer> {
  if ('workflow' in result) {
    const { id } = result.workflow;
    return created(false, encodeWorkflow(startedView(result.workflow, result.tasks)), `/api/v1/workflows/${id}`);
  }
  if ('replayed' in result) {
    const view = await getWorkflow(defaultTenant, result.replayed, undefined);
    if (!view) throw notFound('workflow', result.replayed);
    return created(true, encodeWorkflow(view), `/api/v1/workflows/${result.replayed}`);
  }
  switch (result.refusal) {
    case 'key-mismatch':
      throw keyMismatch();
    case 'unknown-definition':
      throw notFound('definition', definition);
    case 'invalid-graph':
      throw invalidGraph(result.problems, '');
    case 'unfit-input':
      throw unfitInput(result.problems);
  }
}

function unfitInput(problems: readonly InputProblem[]): Problem {
  const errors = problems.map(({ code, detail }) => ({ pointer: '#/input', code, detail }));
  const { code = 'reference_not_found', detail = 'The input does not fit the graph.' } = problems[0] ?? {};
  return new Problem(422, { code, detail, errors, extensions: { steps: problems.flatMap(({ steps }) => steps) } });
}
