import { decodeEntry, type StreamEntry } from '@taskflow/kit-messaging';
import { type Database, loadStatements, type Statement } from '@taskflow/kit-postgres';
import type { Stores } from '@taskflow/tests-e2e';
import type { Evidence } from './event-audit.ts';

const names = [
  'count-live-work',
  'count-open',
  'count-task-states',
  'count-workflow-states',
  'end-sessions',
  'hold-outbox',
  'read-clock',
  'read-entries',
  'read-heads',
  'read-max-gap',
  'read-open',
  'read-positions',
  'read-progress',
  'read-roots',
  'read-tasks',
  'read-workflows',
] as const;
let loaded: Record<(typeof names)[number], Statement> | undefined;
export function statements(): Record<(typeof names)[number], Statement> {
  loaded ??= loadStatements(new URL('../queries/', import.meta.url), names);
  return loaded;
}

/** From now on no entry of either log is dropped, so that the audit sees every one that was ever written. */
export async function holdOutboxes({ management, execution }: Stores): Promise<void> {
  await management.query(statements()['hold-outbox']);
  await execution.query(statements()['hold-outbox']);
}

export interface Progress {
  readonly waiting: number;
  readonly leased: number;
  readonly delayed: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Tasks in a final status. */
  readonly ended: number;
  readonly total: number;
}

export async function progressOf({ management, execution }: Stores): Promise<Progress> {
  const states = await management.query<{ status: string; tasks: number }>(statements()['count-task-states']);
  const [live] = await execution.query<Evidence['live']>(statements()['count-live-work']);
  const byStatus = Object.fromEntries(states.map(({ status, tasks }) => [status, tasks]));
  const { completed = 0, failed = 0, cancelled = 0 } = byStatus;
  const total = states.reduce((sum, { tasks }) => sum + tasks, 0);
  return { waiting: 0, leased: 0, delayed: 0, ...live, byStatus, ended: completed + failed + cancelled, total };
}

/** How many workflows have each status. */
export async function workflowCounts({ management }: Stores): Promise<Map<string, number>> {
  const rows = await management.query<{ status: string; workflows: number }>(statements()['count-workflow-states']);
  return new Map(rows.map(({ status, workflows }) => [status, workflows]));
}

/** Epoch milliseconds of the clock that leases are measured by. */
export async function databaseTime({ execution }: Stores): Promise<number> {
  const [row] = await execution.query<{ now: number }>(statements()['read-clock']);
  return row?.now ?? 0;
}

/** The longest time in milliseconds in which no task ended, from that instant on. */
export async function maxGap({ management }: Stores, since: number): Promise<number> {
  const [row] = await management.query<{ ms: number }>(statements()['read-max-gap'], [since]);
  return row?.ms ?? 0;
}

/** Ends every connection of the platform to both databases, in the middle of whatever it is doing. */
export async function endSessions({ management, execution }: Stores): Promise<number> {
  const counts = await Promise.all(
    [management, execution].map((database) => database.query<{ ended: number }>(statements()['end-sessions'])),
  );
  return counts.flat().reduce((sum, { ended }) => sum + ended, 0);
}

export interface Unsettled {
  readonly what: 'task' | 'workflow';
  readonly id: string;
  readonly status: string;
}

/** Tasks and workflows that have not come to rest, read past the platform. */
export function openWork({ management }: Stores): Promise<Unsettled[]> {
  return management.query<Unsettled>(statements()['read-open']);
}

export interface RootEnd {
  readonly id: string;
  readonly status: string;
  readonly code: string | null;
}

/** What became of each workflow that nobody's step started. */
export function rootEnds({ management }: Stores): Promise<RootEnd[]> {
  return management.query<RootEnd>(statements()['read-roots']);
}

/** How many workflows, those that steps started included, and how many of their tasks have not come to rest. */
export async function openCounts({ management }: Stores): Promise<{ workflows: number; tasks: number }> {
  const [row] = await management.query<{ workflows: number; tasks: number }>(statements()['count-open']);
  return row ?? { workflows: 0, tasks: 0 };
}

interface Side {
  readonly source: string;
  readonly database: Database;
}

async function readEntries({ source, database }: Side): Promise<StreamEntry[]> {
  const rows = await database.query<{ stream: number; seq: number; body: Buffer }>(statements()['read-entries']);
  return rows.map(({ stream, seq, body }) => ({
    source,
    stream,
    seq,
    events: body.length === 0 ? [] : decodeEntry(body),
  }));
}

async function readHeads({ source, database }: Side): Promise<Evidence['heads']> {
  const rows = await database.query<{ stream: number; seq: number }>(statements()['read-heads']);
  return rows.map((row) => ({ source, ...row }));
}

async function readLinks({ source: consumer, database }: Side): Promise<Evidence['links']> {
  const rows = await database.query<{ source: string; stream: number; after_seq: number; seq: number }>(
    statements()['read-positions'],
  );
  return rows.map(({ source, stream, after_seq, seq }) => ({ consumer, source, stream, after: after_seq, seq }));
}

function sidesOf({ management, execution }: Stores): readonly [Side, Side] {
  return [
    { source: 'task-management', database: management },
    { source: 'task-execution', database: execution },
  ];
}

/**
 * Positions that stand where no database does, in one sentence each: what was told to a producer is no more than what
 * its consumer has, and that no more than what the stream holds. Each is read before what it must not exceed.
 */
export async function positionsAhead(stores: Stores): Promise<string[]> {
  const sides = sidesOf(stores);
  const reported = await Promise.all(
    sides.map(({ database }) =>
      database.query<{ consumer: string; stream: number; seq: number }>(statements()['read-progress']),
    ),
  );
  const links = (await Promise.all(sides.map(readLinks))).flat();
  const heads = (await Promise.all(sides.map(readHeads))).flat();
  const stands = new Map(links.map(({ consumer, source, stream, seq }) => [`${consumer} ${source} ${stream}`, seq]));
  return [
    ...sides.flatMap(({ source }, at) =>
      (reported[at] ?? [])
        .filter(({ consumer, stream, seq }) => seq > (stands.get(`${consumer} ${source} ${stream}`) ?? 0))
        .map(({ consumer, seq }) => `${consumer} told ${source} that it stands at ${seq}, and its database does not`),
    ),
    ...links
      .filter(
        ({ source, stream, seq }) => !heads.some((h) => h.source === source && h.stream === stream && seq <= h.seq),
      )
      .map(({ consumer, source, seq }) => `${consumer} stands at ${seq} of ${source}, which is beyond its head`),
  ];
}

export async function collectEvidence(stores: Stores): Promise<Evidence> {
  const sides = sidesOf(stores);
  const links = (await Promise.all(sides.map(readLinks))).flat();
  const newest = new Map(links.map((link) => [`${link.consumer} ${link.source} ${link.stream}`, link]));
  const [live] = await stores.execution.query<Evidence['live']>(statements()['count-live-work']);
  return {
    entries: (await Promise.all(sides.map(readEntries))).flat(),
    heads: (await Promise.all(sides.map(readHeads))).flat(),
    positions: [...newest.values()],
    links,
    tasks: await stores.management.query(statements()['read-tasks']),
    workflows: await stores.management.query(statements()['read-workflows']),
    live: live ?? { waiting: 0, leased: 0, delayed: 0 },
  };
}
