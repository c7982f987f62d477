import { decodeEntry, type EventRecord, rawField } from '@taskflow/kit-messaging';
import { type ServiceName, type Store, statements } from '../database/simulation-server.ts';
import { type Sight, watchedTypes } from '../engine/onlooker.ts';
import type { WorkerLedger } from '../workers/worker-ledger.ts';
import { consumersOf } from './position-check.ts';
import type { Watch } from './watch.ts';

const endings = ['taskflow.task.completed.v1', 'taskflow.task.failed.v1', 'taskflow.task.execution-cancelled.v1'];
const workflowEndings = ['completed', 'failed', 'cancelled', 'compensated', 'compensation-stuck'].map(
  (end) => `taskflow.workflow.${end}.v1`,
);

const retried = 'taskflow.workflow.retried.v1';

/** At rest: the logs are whole, each event is there once and belongs to what the tables say, each key is in order. */
export async function checkStreams(
  stores: Readonly<Record<ServiceName, Store>>,
  watch: Watch,
  ledger: WorkerLedger,
  sight: Sight | undefined,
): Promise<string[]> {
  const management = await readStream(stores['task-management']);
  const execution = await readStream(stores['task-execution']);
  return [
    ...management.broken,
    ...execution.broken,
    ...positionsAtHeads(watch, { 'task-management': management.head, 'task-execution': execution.head }, !!sight),
    ...(sight ? [...seen('task-management', management, sight), ...seen('task-execution', execution, sight)] : []),
    ...uniqueEvents([...management.events, ...execution.events]),
    ...announcedOnce(management.events, watch),
    ...executionsInOrder(execution.events),
    ...endedOnce(execution.events, watch, ledger),
    ...acceptedIsPublished(execution.events, ledger),
    ...workflowsEndedOnce(management.events, watch),
  ];
}

interface ReadStream {
  readonly head: number;
  readonly entries: readonly (readonly EventRecord[])[];
  readonly events: readonly EventRecord[];
  readonly broken: readonly string[];
}

async function readStream(store: Store): Promise<ReadStream> {
  const rows = await store.look<{ stream: number; seq: number; body: Buffer }>(statements['read-outbox']);
  const wrong = rows.findIndex(({ seq }, at) => seq !== at + 1);
  const entries = rows.map(({ body }) => (body.length === 0 ? [] : decodeEntry(body)));
  return {
    head: rows.length,
    entries,
    events: entries.flat(),
    broken: wrong < 0 ? [] : [`the log of ${store.name} has ${rows[wrong]?.seq} where ${wrong + 1} belongs`],
  };
}

function positionsAtHeads(watch: Watch, heads: Readonly<Record<ServiceName, number>>, onlooks: boolean): string[] {
  return Object.entries(heads).flatMap(([source, head]) =>
    consumersOf(source, onlooks).flatMap((consumer) => {
      const stands = watch.positions.stands.get(consumer) ?? 0;
      return stands === head ? [] : [`${consumer} stands at ${stands}, and the head is ${head}`];
    }),
  );
}

/** The second consumer saw each entry, with the events in it that it asks for. */
function seen(source: ServiceName, { entries }: ReadStream, sight: Sight): string[] {
  return entries.flatMap((events, at) => {
    const ids = events.filter(({ type }) => watchedTypes.includes(type)).map(({ id }) => id);
    const saw = sight.get(`${source}/${at + 1}`);
    return saw?.join() === ids.join() ? [] : [`the onlooker saw ${saw} in ${source}/${at + 1}, which holds ${ids}`];
  });
}

function uniqueEvents(events: readonly EventRecord[]): string[] {
  return [...Map.groupBy(events, ({ id }) => id)]
    .filter(([, same]) => same.length > 1)
    .map(([id, same]) => `event ${id} (${same[0]?.type}) is in the logs ${same.length} times`);
}

const nameOf = ({ data }: EventRecord): string => `${data.taskId}/${data.generation ?? 1}`;

/** Each generation of each task was announced once, and nothing else was. */
function announcedOnce(events: readonly EventRecord[], watch: Watch): string[] {
  const announced = new Map<string, number>();
  for (const event of events) {
    if (!['taskflow.task.created.v1', 'taskflow.task.retry-requested.v1'].includes(event.type)) continue;
    announced.set(nameOf(event), (announced.get(nameOf(event)) ?? 0) + 1);
  }
  const known = watch.tasks.asked;
  return [
    ...[...known]
      .filter((name) => announced.get(name) !== 1)
      .map((name) => `task ${name} was announced ${announced.get(name) ?? 0} times`),
    ...[...announced.keys()]
      .filter((name) => !known.has(name))
      .map((name) => `task ${name} was announced and does not exist`),
  ];
}

/** Of one generation: attempts never go back, nothing but the dead letter follows the ending. */
function executionsInOrder(events: readonly EventRecord[]): string[] {
  const ofTasks = events.filter(({ data }) => data.taskId !== undefined && data.attempt !== undefined);
  return [...Map.groupBy(ofTasks, nameOf)].flatMap(([name, own]) => {
    const found: string[] = [];
    let attempt = 0;
    let hasEnded = false;
    for (const { type, data } of own) {
      const current = Number(data.attempt);
      // A cancel counts attempts that ended: one that was begun and handed back is not among them.
      if (current < attempt && type !== 'taskflow.task.execution-cancelled.v1') {
        found.push(`task ${name} went back from attempt ${attempt} to ${current} in the log: ${outline(own)}`);
      }
      if (hasEnded && type !== 'taskflow.task.dead-lettered.v1')
        found.push(`task ${name} has ${type} after its ending`);
      attempt = current;
      hasEnded ||= endings.includes(type);
    }
    return found;
  });
}

function outline(events: readonly EventRecord[]): string {
  return events.map(({ type, data }) => `${type.split('.')[2]} ${data.attempt}`).join(', ');
}

/** Exactly one ending per generation, under the lease that was in force, of a handler that had finished. */
function endedOnce(events: readonly EventRecord[], watch: Watch, ledger: WorkerLedger): string[] {
  const ended = Map.groupBy(
    events.filter(({ type }) => endings.includes(type)),
    nameOf,
  );
  const finished = new Set(ledger.executions.filter(({ endedAt }) => endedAt !== undefined).map(({ lease }) => lease));
  return [...watch.tasks.asked].flatMap((name) => {
    const own = ended.get(name) ?? [];
    const [event] = own;
    if (event === undefined || own.length > 1) {
      return [`task ${name} ended ${own.length} times: ${own.map(({ type }) => type).join()}`];
    }
    const ending = event.type.split('.')[2]?.replace('execution-', '');
    const [id = '', generation] = name.split('/');
    const { generation: latest, status } = watch.tasks.tasks.get(id) ?? {};
    const found: string[] = [];
    // What could not be written as it was said is parked, and a person says what becomes of it.
    if (String(latest) === generation && ending !== status && !watch.tasks.unwritten.has(id))
      found.push(`task ${name} is ${status}, its execution ${ending}`);
    if (ending !== 'completed') return found;
    const under = watch.executions.endedUnder.get(name);
    const by = leaseOf(event);
    if (by !== under) found.push(`task ${name} ended under lease ${under} by a report of ${by}`);
    if (!finished.has(String(by))) found.push(`task ${name} has a result that no handler made`);
    return found;
  });
}

/** The hand-over whose handler made the result. */
function leaseOf(event: EventRecord): string | undefined {
  const result = JSON.parse(rawField(event, 'result') ?? 'null') as { lease?: string } | null;
  return result?.lease;
}

/** What a worker was told to be accepted is in the log. */
function acceptedIsPublished(events: readonly EventRecord[], { outcomes }: WorkerLedger): string[] {
  const published = new Set(events.map(leaseOf));
  return outcomes
    .filter(({ kind, outcome, lease }) => kind === 'complete' && outcome === 'accepted' && !published.has(lease))
    .map(({ taskId, lease }) => `the completion of task ${taskId} under ${lease} was accepted and is in no event`);
}

function workflowsEndedOnce(events: readonly EventRecord[], watch: Watch): string[] {
  const ended = Map.groupBy(
    events.filter(({ type }) => workflowEndings.includes(type) || type === retried),
    ({ data }) => String(data.workflowId),
  );
  return [...watch.tasks.workflows].flatMap(([id, { status }]) => {
    // Several steps may get stuck, one after the other, and a person may help.
    const stuck = 'taskflow.workflow.compensation-stuck.v1';
    const whole = ended.get(id) ?? [];
    // What it came to before it was asked to run again is over.
    const all = whole.slice(whole.findLastIndex(({ type }) => type === retried) + 1);
    const own = status === 'compensation-stuck' ? all.slice(-1) : all.filter(({ type }) => type !== stuck);
    if (status === 'stuck' && own.length === 0) return [];
    const ending = own[0]?.type.split('.')[2];
    return own.length === 1 && ending === status
      ? []
      : [`workflow ${id} is ${status} and was announced as ${own.map(({ type }) => type).join() || 'nothing'}`];
  });
}
