import type { Platform } from '@taskflow/platform';
import { plural } from './plural.ts';

interface QueueList {
  items: { depth: number; running: number; delayed: number }[];
}
interface WorkflowList {
  items: unknown[];
  nextCursor: string | null;
}

/** What an earlier run left. */
export interface UnfinishedWork {
  /** Those that wait, run or are delayed. Steps that have not begun are no tasks yet: their workflows stand for them. */
  readonly tasks: number;
  readonly workflows: number;
  /** There are more workflows than were counted. */
  readonly moreWorkflows: boolean;
}

const listLimit = 200;
/** Statuses of workflows that go on by themselves after a start. */
const goesOn = ['running', 'waiting', 'compensating'];

export async function unfinishedWork({ url }: Pick<Platform, 'url'>): Promise<UnfinishedWork> {
  const [queues, ...lists] = await Promise.all([
    get<QueueList>(`${url}/api/v1/queues`),
    ...goesOn.map((status) => get<WorkflowList>(`${url}/api/v1/workflows?status=${status}&limit=${listLimit}`)),
  ]);
  return {
    tasks: queues.items.reduce((sum, { depth, running, delayed }) => sum + depth + running + delayed, 0),
    workflows: lists.reduce((sum, { items }) => sum + items.length, 0),
    moreWorkflows: lists.some(({ nextCursor }) => nextCursor !== null),
  };
}

/** Such as `3 unfinished tasks and 1 unfinished workflow`; nothing when nothing was left. */
export function unfinishedText({ tasks, workflows, moreWorkflows }: UnfinishedWork): string | undefined {
  const parts = [
    ...(tasks > 0 ? [plural(tasks, 'unfinished task')] : []),
    ...(workflows > 0 ? [`${moreWorkflows ? 'at least ' : ''}${plural(workflows, 'unfinished workflow')}`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(' and ');
}

async function get<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return (await response.json()) as T;
}
