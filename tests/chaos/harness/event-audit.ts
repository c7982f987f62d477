import type { EventRecord, StreamEntry } from '@taskflow/kit-messaging';

/** What the two services hold after everything has settled. */
export interface Evidence {
  readonly entries: readonly StreamEntry[];
  readonly heads: readonly { source: string; stream: number; seq: number }[];
  /** Newest position of each consumer on each stream of the other service. */
  readonly positions: readonly { consumer: string; source: string; stream: number; seq: number }[];
  readonly links: readonly { consumer: string; source: string; stream: number; after: number; seq: number }[];
  readonly tasks: readonly { id: string; type: string; status: string; generation: number }[];
  readonly workflows: readonly { id: string; status: string }[];
  readonly live: { readonly waiting: number; readonly leased: number; readonly delayed: number };
}

/** What clients were promised. */
export interface Promised {
  readonly taskIds: readonly string[];
  readonly workflowIds: readonly string[];
}

const finalStatusOf: Readonly<Record<string, string>> = {
  'taskflow.task.completed.v1': 'completed',
  'taskflow.task.failed.v1': 'failed',
  'taskflow.task.cancelled.v1': 'cancelled',
};
const workflowStatusOf: Readonly<Record<string, string>> = {
  'taskflow.workflow.completed.v1': 'completed',
  'taskflow.workflow.failed.v1': 'failed',
  'taskflow.workflow.cancelled.v1': 'cancelled',
  'taskflow.workflow.compensated.v1': 'compensated',
};
/** Parked: it has not ended, and says so by an event of its own. */
const parked = 'compensation-stuck';

/** Every broken promise in one sentence each; empty when all were kept. At most `limit` of each kind are told. */
export function audit(evidence: Evidence, promised: Promised, limit = 5): string[] {
  const checks = [
    denseStreams,
    positionsAtHeads,
    unbrokenChains,
    uniqueEvents,
    oneCreation,
    oneEnding,
    attemptsInOrder,
    nothingLeft,
  ];
  return checks.flatMap((check) => {
    const found = check(evidence, promised);
    return found.length <= limit
      ? found
      : [...found.slice(0, limit), `… and ${found.length - limit} more of ${check.name}`];
  });
}

const eventsOf = (evidence: Evidence): EventRecord[] => evidence.entries.flatMap(({ events }) => events);
const subjectOf = ({ data }: EventRecord): string => String(data.taskId ?? data.workflowId);
const generationKey = (event: EventRecord): string => `${subjectOf(event)}/${String(event.data.generation ?? 1)}`;

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}

function denseStreams({ entries, heads }: Evidence): string[] {
  const streams = grouped(entries, ({ source, stream }) => `${source}/${stream}`);
  return heads.flatMap(({ source, stream, seq: head }) => {
    const numbers = (streams.get(`${source}/${stream}`) ?? []).map(({ seq }) => seq);
    const wrong = numbers.findIndex((seq, at) => seq !== at + 1);
    if (wrong >= 0) return [`stream ${source}/${stream} has ${numbers[wrong]} where ${wrong + 1} belongs`];
    return numbers.length === head
      ? []
      : [`stream ${source}/${stream} holds ${numbers.length} entries under head ${head}`];
  });
}

function positionsAtHeads({ heads, positions }: Evidence): string[] {
  return heads
    .filter(({ seq }) => seq > 0)
    .flatMap(({ source, stream, seq }) => {
      const at = positions.filter((position) => position.source === source && position.stream === stream);
      if (at.length === 0) return [`nobody has a position on ${source}/${stream}`];
      return at
        .filter((position) => position.seq !== seq)
        .map(
          (position) => `${position.consumer} stands at ${position.seq} of ${source}/${stream}, whose head is ${seq}`,
        );
    });
}

function unbrokenChains({ links }: Evidence): string[] {
  const chains = grouped(links, ({ consumer, source, stream }) => `${consumer} on ${source}/${stream}`);
  return [...chains].flatMap(([name, chain]) =>
    chain.flatMap(({ after }, at) => {
      const before = chain[at - 1];
      return before === undefined || before.seq === after ? [] : [`${name} jumped from ${before.seq} to ${after}`];
    }),
  );
}

function uniqueEvents(evidence: Evidence): string[] {
  return [...grouped(eventsOf(evidence), ({ id }) => id)]
    .filter(([, same]) => same.length > 1)
    .map(([id, same]) => `event ${id} (${same[0]?.type}) is in the log ${same.length} times`);
}

function oneCreation(evidence: Evidence, { taskIds, workflowIds }: Promised): string[] {
  const created = grouped(
    eventsOf(evidence).filter(({ type }) =>
      ['taskflow.task.created.v1', 'taskflow.workflow.started.v1'].includes(type),
    ),
    subjectOf,
  );
  const known = new Set([...evidence.tasks, ...evidence.workflows].map(({ id }) => id));
  return [
    ...[...taskIds, ...workflowIds].filter((id) => !known.has(id)).map((id) => `accepted ${id} is lost`),
    ...[...known]
      .filter((id) => created.get(id)?.length !== 1)
      .map((id) => `${id} was announced ${created.get(id)?.length ?? 0} times`),
    ...[...created.keys()].filter((id) => !known.has(id)).map((id) => `${id} was announced and does not exist`),
  ];
}

function oneEnding(evidence: Evidence): string[] {
  const events = eventsOf(evidence);
  const endings = grouped(
    events.filter(({ type }) => finalStatusOf[type] !== undefined),
    generationKey,
  );
  const workflowEndings = grouped(
    events.filter(({ type }) => workflowStatusOf[type] !== undefined),
    subjectOf,
  );
  const judge = (
    name: string,
    status: string,
    found: readonly EventRecord[],
    statuses: Readonly<Record<string, string>>,
  ) => {
    if (found.length !== 1)
      return [`${name} (${status}) ended ${found.length} times: ${found.map(({ type }) => type).join(', ')}`];
    const expected = statuses[found[0]?.type ?? ''];
    return expected === status ? [] : [`${name} is ${status}, its event says ${expected}`];
  };
  return [
    ...evidence.tasks.flatMap(({ id, status, generation }) => [
      ...judge(`task ${id}`, status, endings.get(`${id}/${generation}`) ?? [], finalStatusOf),
      ...earlierGenerations(id, generation)
        .filter((name) => endings.get(name)?.length !== 1)
        .map((name) => `${name} did not end once`),
    ]),
    ...evidence.workflows.flatMap(({ id, status }) => {
      const found = workflowEndings.get(id) ?? [];
      if (status === parked) return found.length === 0 ? [] : [`workflow ${id} (${status}) ended all the same`];
      return judge(`workflow ${id}`, status, found, workflowStatusOf);
    }),
  ];
}

const earlierGenerations = (id: string, generation: number): string[] =>
  Array.from({ length: generation - 1 }, (_, before) => `${id}/${before + 1}`);

/** Of one generation: attempts never go back, and nothing of an attempt follows the ending. */
function attemptsInOrder(evidence: Evidence): string[] {
  const execution = evidence.entries
    .filter(({ source }) => source === 'task-execution')
    .flatMap(({ events }) => events);
  const ofTasks = execution.filter(({ data }) => data.taskId !== undefined && data.attempt !== undefined);
  return [...grouped(ofTasks, generationKey)].flatMap(([name, events]) => {
    const found: string[] = [];
    let attempt = 0;
    let ended = false;
    for (const event of events) {
      const current = Number(event.data.attempt);
      if (current < attempt) found.push(`${name} went back from attempt ${attempt} to ${current}`);
      if (ended && event.type !== 'taskflow.task.dead-lettered.v1')
        found.push(`${name} has ${event.type} after its ending`);
      attempt = current;
      ended ||= finalStatusOf[event.type] !== undefined;
    }
    return found;
  });
}

function nothingLeft({ live }: Evidence): string[] {
  return Object.entries(live)
    .filter(([, count]) => count > 0)
    .map(([where, count]) => `${count} tasks are still ${where}`);
}
