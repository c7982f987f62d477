import type { http } from '@taskflow/contracts-task-management';
import type { WorkflowBody } from '@taskflow/sdk';
import type { CommandContext } from '../command-context.ts';
import type { Line, Terminal } from '../terminal.ts';
import { stepLines } from '../workflow-lines.ts';
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
      { title: 'NAME', value: definitionName },
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
  showWorkflow(terminal, await api.request<WorkflowBody>({ method: 'GET', path }));
}

export function showWorkflow(terminal: Terminal, workflow: WorkflowBody): void {
  const { error, cancelRequested } = workflow;
  const failedStep = error?.step === undefined ? '' : `  (step ${error.step})`;
  const lines: [string, Line | undefined][] = [
    ['id', workflow.id],
    ['name', definitionName(workflow)],
    ['status', [terminal.status(workflow.status), cancelRequested === true ? ' (cancel requested)' : '']],
    ['reason', workflow.reason],
    ['parent', workflow.parentId],
    ['input', JSON.stringify(workflow.input)],
    ['output', workflow.outputOmitted === true ? 'too large, left out' : JSON.stringify(workflow.output)],
    ['error', error && `${error.code}: ${error.message}${failedStep}`],
    ['created', workflow.createdAt],
    ['finished', workflow.finishedAt],
    ...stepLines(workflow.steps, terminal),
  ];
  const given = lines.filter((line): line is [string, Line] => line[1] !== undefined);
  terminal.one(workflow, given, workflow.id);
}

export function definitionName({ name, version }: { readonly name: string; readonly version?: number }): string {
  return version === undefined ? name : `${name}@${version}`;
}
