import type { HttpClient } from './http-client.ts';
import { startWorkflow, untilEnded } from './latency.ts';

interface TaskPage {
  readonly items: readonly { readonly stepRole?: string; readonly finishedAt?: string }[];
  readonly nextCursor: string | null;
}

/** Runs one task per item, so many at once; gives milliseconds per item in the first and in the last tenth to end. */
export async function fanOutRun(
  client: HttpClient,
  { items, concurrency }: { items: number; concurrency: number },
): Promise<{ first: number; last: number; all: number }> {
  const over = Array.from({ length: items }, (_, n) => n);
  const step = { key: 'items', type: 'taskflow.noop', each: { over, concurrency } };
  const id = await startWorkflow(client, JSON.stringify({ name: 'bench-fan-out', steps: [step] }));
  await untilEnded(client, id, 'completed');
  const ends = await itemEnds(client, id);
  if (ends.length !== items) throw new Error(`${ends.length} of ${items} items have ended`);
  const perItem = (from: number, to: number): number => ((ends[to] ?? 0) - (ends[from] ?? 0)) / (to - from);
  const tenth = Math.floor(items / 10);
  return { first: perItem(0, tenth), last: perItem(items - 1 - tenth, items - 1), all: perItem(0, items - 1) };
}

async function itemEnds(client: HttpClient, workflowId: string): Promise<number[]> {
  const ends: number[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const after = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await client.get(`/api/v1/tasks?workflow=${workflowId}&limit=200${after}`);
    const page = JSON.parse(body) as TaskPage;
    for (const { stepRole, finishedAt } of page.items) {
      if (stepRole === 'item' && finishedAt !== undefined) ends.push(Date.parse(finishedAt));
    }
    cursor = page.nextCursor;
  }
  return ends.sort((a, b) => a - b);
}
