import type { http } from '@taskflow/contracts-task-execution';
import { NotFoundError } from '@taskflow/sdk';
import type { CommandContext } from '../command-context.ts';
import { age, span } from './list-query.ts';

export async function listWorkers(context: CommandContext): Promise<void> {
  const { terminal } = context;
  terminal.list(
    await readWorkers(context),
    [
      { title: 'ID', value: (worker) => worker.id },
      { title: 'NAME', value: (worker) => worker.name },
      { title: 'QUEUES', value: queuesOf },
      { title: 'DEFINITIONS', value: ({ definitions = [] }) => String(definitions.length) },
      { title: 'BUSY', value: (worker) => `${worker.slots.busy}/${worker.slots.total}` },
      { title: 'HEARTBEAT', value: (worker) => span(worker.heartbeatAgeMs) },
      { title: 'CONNECTED', value: (worker) => (worker.connected ? 'yes' : 'no') },
    ],
    (worker) => worker.id,
  );
}

/** By id or by name. */
export async function getWorker(context: CommandContext, which: string): Promise<void> {
  const worker = (await readWorkers(context)).find(({ id, name }) => id === which || name === which);
  if (worker === undefined) throw new NotFoundError('not_found', `no worker has the id or name ${which}`);
  context.terminal.one(
    worker,
    [
      ['id', worker.id],
      ['name', worker.name],
      ['queues', queuesOf(worker)],
      ['types', worker.types.join(', ')],
      ...(worker.definitions ?? []).map((definition): [string, string] => ['definition', definition]),
      ['slots', `${worker.slots.busy} of ${worker.slots.total} busy`],
      ['heartbeat', `${span(worker.heartbeatAgeMs)} ago`],
      ['connected', worker.connected ? 'yes' : 'no'],
      ['since', `${worker.since} (${age(worker.since)})`],
    ],
    worker.id,
  );
}

async function readWorkers({ api }: CommandContext): Promise<readonly http.WorkerBody[]> {
  return (await api.request<{ readonly items: readonly http.WorkerBody[] }>({ method: 'GET', path: '/api/v1/workers' }))
    .items;
}

function queuesOf(worker: http.WorkerBody): string {
  return worker.queues.length === 0 ? 'every queue' : worker.queues.join(', ');
}
