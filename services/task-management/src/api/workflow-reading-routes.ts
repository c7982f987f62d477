import { http } from '@taskflow/contracts-task-management';
import { decodeCursor, encodeCursor, type Route, route } from '@taskflow/kit-http';
import type { ListedWorkflow, Page, WorkflowFilter } from '../application/ports/reading-store.ts';
import type { CompensationPlan } from '../application/queries/plan-compensation.ts';
import type { WorkflowView } from '../application/queries/read-workflow.ts';
import { waited, waitOf } from './preferred-wait.ts';
import { notFound, unreadableSteps } from './refusals.ts';
import { defaultTenant } from './tenant.ts';
import { idParameter } from './workflow-id.ts';
import { encodeListedWorkflow, encodeWorkflow } from './workflow-json.ts';

export interface WorkflowReadingUseCases {
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
  ): Promise<Page<ListedWorkflow>>;
  planCompensation(tenantId: string, id: string): Promise<CompensationPlan | 'unreadable' | undefined>;
}

const { workflows: bodies } = http;
const defaultPageSize = 50;

/** A workflow, its graph, lists of workflows, and what a cancel would undo. */
export function workflowReadingRoutes(useCases: WorkflowReadingUseCases): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/workflows/:id',
      summary: 'A workflow with its steps; with Prefer: wait=N as soon as it has ended, or after N seconds',
      tag: 'workflows',
      params: idParameter,
      answers: { 200: bodies.workflow },
      handle: async (request) => {
        const { id } = request.params;
        const view = await useCases.getWorkflow(defaultTenant, id, waitOf(request));
        if (!view) throw notFound('workflow', id);
        return { status: 200, json: encodeWorkflow(view), headers: waited(request) };
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
        if (view.isUnreadable) throw unreadableSteps();
        const nodes = view.steps.map(({ key, type, status }) => ({ key, type, status }));
        const edges = view.steps.flatMap(({ key, dependsOn }) => dependsOn.map((from) => ({ from, to: key })));
        return { status: 200, body: { nodes, edges } };
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/workflows/:id/compensation-plan',
      summary: 'What a cancel with compensation would undo now, in which order, and what stays',
      tag: 'workflows',
      params: idParameter,
      answers: { 200: bodies.compensationPlan },
      handle: async ({ params: { id } }) => {
        const plan = await useCases.planCompensation(defaultTenant, id);
        if (!plan) throw notFound('workflow', id);
        if (plan === 'unreadable') throw unreadableSteps();
        return { status: 200, body: plan };
      },
    }),
  ];
}
