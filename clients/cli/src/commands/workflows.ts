import type { http } from '@taskflow/contracts-task-management';
import type { WorkflowBody } from '@taskflow/sdk';
import type { CommandContext } from '../command-context.ts';
import { age, queryOf } from './list-query.ts';

export interface ListWorkflowsOptions {
  readonly status?: string;
  readonly name?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export async function listWorkflows({ api, terminal }: CommandContext, filters: ListWorkflowsOptions): Promise<void> {
  const { items, nextCursor } = await api.request<http.workflows.WorkflowListBody>({
    method: 'GET',
    path: `/api/v1/workflows${queryOf({ ...filters })}`,
  });
  terminal.list(
    items,
    [
      { title: 'ID', value: (workflow) => workflow.id },
      { title: 'NAME', value: nameOf },
      { title: 'STATUS', value: (workflow) => terminal.status(workflow.status) },
      { title: 'STEPS', value: (workflow) => String(workflow.steps) },
      { title: 'AGE', value: (workflow) => age(workflow.createdAt) },
    ],
    (workflow) => workflow.id,
  );
  if (nextCursor !== null) terminal.note(`more: --cursor ${nextCursor}`);
}

export async function getWorkflow({ api, terminal }: CommandContext, id: string): Promise<void> {
  const path = `/api/v1/workflows/${encodeURIComponent(id)}`;
  const workflow = await api.request<WorkflowBody>({ method: 'GET', path });
  const lines: [string, string | undefined][] = [
    ['id', workflow.id],
    ['name', nameOf(workflow)],
    ['status', terminal.status(workflow.status)],
    ['input', JSON.stringify(workflow.input)],
    ['output', JSON.stringify(workflow.output)],
    ['error', workflow.error && `${workflow.error.code}: ${workflow.error.message}`],
    ['created', workflow.createdAt],
    ['finished', workflow.finishedAt],
    ...workflow.steps.map((step): [string, string] => [
      `  ${step.key}`,
      `${terminal.status(step.status)}  ${step.type}${step.error ? `  ${step.error.code}: ${step.error.message}` : ''}`,
    ]),
  ];
  const given = lines.filter((line): line is [string, string] => line[1] !== undefined);
  terminal.one(workflow, given, workflow.id);
}

export async function cancelWorkflow(context: CommandContext, id: string): Promise<void> {
  const path = `/api/v1/workflows/${encodeURIComponent(id)}/cancel`;
  await context.api.request({ method: 'POST', path, body: {} });
  context.terminal.note('cancel accepted');
  await getWorkflow(context, id);
}

function nameOf(workflow: { readonly name: string; readonly version?: number }): string {
  return workflow.version === undefined ? workflow.name : `${workflow.name}@${workflow.version}`;
}
