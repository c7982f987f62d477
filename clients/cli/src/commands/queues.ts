import type { http } from '@taskflow/contracts-task-execution';
import type { CommandContext } from '../command-context.ts';
import { span } from './list-query.ts';

export async function listQueues({ api, terminal }: CommandContext): Promise<void> {
  const { items } = await api.request<{ readonly items: readonly http.QueueBody[] }>({
    method: 'GET',
    path: '/api/v1/queues',
  });
  terminal.list(
    items,
    [
      { title: 'NAME', value: (queue) => queue.name },
      { title: 'STATE', value: (queue) => (queue.paused ? 'paused' : 'open') },
      { title: 'DEPTH', value: (queue) => String(queue.depth) },
      { title: 'RUNNING', value: (queue) => String(queue.running) },
      { title: 'DELAYED', value: (queue) => String(queue.delayed) },
      { title: 'OLDEST', value: (queue) => (queue.oldestMs === null ? '-' : span(queue.oldestMs)) },
      { title: 'WORKERS', value: (queue) => String(queue.consumers) },
    ],
    (queue) => queue.name,
  );
}

export async function getQueue({ api, terminal }: CommandContext, name: string): Promise<void> {
  const queue = await api.request<http.QueueBody>({
    method: 'GET',
    path: `/api/v1/queues/${encodeURIComponent(name)}`,
  });
  terminal.one(
    queue,
    [
      ['name', queue.name],
      ['state', queue.paused ? 'paused' : 'open'],
      ['depth', String(queue.depth)],
      ['running', String(queue.running)],
      ['delayed', String(queue.delayed)],
      ['oldest', queue.oldestMs === null ? '-' : span(queue.oldestMs)],
      ['in', `${queue.rates.in}/s`],
      ['out', `${queue.rates.out}/s`],
      ['workers', String(queue.consumers)],
      ['concurrency', queue.limits.concurrency === null ? 'unlimited' : String(queue.limits.concurrency)],
      ...unservedOf(queue),
    ],
    queue.name,
  );
}

/** Work that waits although nobody takes it: a worker for it is missing. */
function unservedOf({ unserved = [] }: http.QueueBody): [string, string][] {
  return unserved.map(({ type, definition }) => [
    'unserved',
    definition === undefined ? type : `${type}  for ${definition}`,
  ]);
}

export async function commandQueue(context: CommandContext, verb: 'pause' | 'resume', name: string): Promise<void> {
  await context.api.request({ method: 'POST', path: `/api/v1/queues/${encodeURIComponent(name)}/${verb}` });
  await getQueue(context, name);
}
