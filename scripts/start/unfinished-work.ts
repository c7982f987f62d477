import type { Platform } from '@taskflow/platform';

interface QueueList {
  items: { depth: number; running: number; delayed: number }[];
}
interface WorkflowList {
  items: unknown[];
}

const listLimit = 200;

/** What an earlier run left: tasks in all queues, and running workflows up to the length of one list. */
export async function unfinishedWork({ url }: Platform): Promise<{ tasks: number; workflows: number }> {
  const [queues, workflows] = await Promise.all([
    get<QueueList>(`${url}/api/v1/queues`),
    get<WorkflowList>(`${url}/api/v1/workflows?status=running&limit=${listLimit}`),
  ]);
  const tasks = queues.items.reduce((sum, { depth, running, delayed }) => sum + depth + running + delayed, 0);
  return { tasks, workflows: workflows.items.length };
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}
