import { http } from '@taskflow/contracts-task-management';
import { Problem, type Route, route } from '@taskflow/kit-http';
import type { z } from 'zod';
import type { RequestOrigin } from '../application/commands/create-tasks.ts';
import type { CannotApply } from '../application/commands/refuse-poison.ts';
import type { InputProblem, StartWorkflowResult, WorkflowRequest } from '../application/commands/start-workflow.ts';
import { startedView, type WorkflowView } from '../application/queries/read-workflow.ts';
import { onceEnded } from './preferred-wait.ts';
import { cannotCreate, invalidGraph, keyMismatch, limits, notFound, payloadText } from './refusals.ts';
import { created, originOf } from './task-routes.ts';
import { defaultTenant } from './tenant.ts';
import { type WorkflowCommandUseCases, workflowCommandRoutes } from './workflow-command-routes.ts';
import { encodeWorkflow } from './workflow-json.ts';
import { type WorkflowReadingUseCases, workflowReadingRoutes } from './workflow-reading-routes.ts';

export interface WorkflowUseCases extends WorkflowReadingUseCases, WorkflowCommandUseCases {
  startWorkflow(request: WorkflowRequest, origin: RequestOrigin): Promise<StartWorkflowResult | CannotApply>;
}
const { workflows: bodies } = http;

export function workflowRoutes(useCases: WorkflowUseCases): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/v1/workflows',
      summary:
        'Start a workflow, from a registered definition or from steps in the request; with Prefer: wait=N answered when it has ended, or after N seconds',
      tag: 'workflows',
      body: bodies.startWorkflow,
      answers: { 201: bodies.workflow, 200: bodies.workflow },
      bodyLimit: limits.workflowBodyBytes,
      handle: async (request) => {
        const { body } = request;
        const result = await useCases.startWorkflow(workflowRequest(body), originOf(request, 'workflows'));
        const start = await started(result, 'definition' in body ? body.definition : '', useCases);
        const { id } = start.view.workflow;
        const { subject, headers } = await onceEnded(start.view, request, (wait) =>
          useCases.getWorkflow(defaultTenant, id, wait),
        );
        const answer = created(start.replayed, encodeWorkflow(subject), `/api/v1/workflows/${id}`);
        return { ...answer, headers: { ...answer.headers, ...headers } };
      },
    }),
    ...workflowReadingRoutes(useCases),
    ...workflowCommandRoutes(useCases),
  ];
}

type StartBody = z.output<typeof bodies.startWorkflow>;

function workflowRequest(body: StartBody): WorkflowRequest {
  const input = payloadText(body.input, ['input']);
  if ('definition' in body) {
    return { what: { definition: body.definition, version: body.version }, input, priority: body.priority };
  }
  checkPayloads(body.steps, []);
  const { name, steps, output, onFailure } = body;
  return { what: { name, graph: { steps, output, onFailure } }, input, priority: body.priority };
}

type StepBody = z.output<typeof bodies.step>;

export function checkPayloads(steps: readonly StepBody[], prefix: readonly PropertyKey[]): void {
  steps.forEach(({ payload, compensation, each }, i) => {
    const place = [...prefix, 'steps', i];
    if (payload !== undefined) payloadText(payload, [...place, 'payload']);
    if (compensation?.payload !== undefined) payloadText(compensation.payload, [...place, 'compensation', 'payload']);
    if (each?.over !== undefined) payloadText(each.over, [...place, 'each', 'over']);
  });
}

async function started(
  result: StartWorkflowResult | CannotApply,
  definition: string,
  { getWorkflow }: WorkflowUseCases,
): Promise<{ readonly view: WorkflowView; readonly replayed: boolean }> {
  if ('workflow' in result) return { view: startedView(result.first), replayed: false };
  if ('replayed' in result) {
    const view = await getWorkflow(defaultTenant, result.replayed, undefined);
    if (!view) throw notFound('workflow', result.replayed);
    return { view, replayed: true };
  }
  switch (result.refusal) {
    case 'key-mismatch':
      throw keyMismatch();
    case 'cannot-apply':
      throw cannotCreate(result.reason);
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
