import { decodeEntry } from '@taskflow/kit-messaging';
import { loadStatements, type Statement } from '@taskflow/kit-postgres';
import { noDatabaseFaults } from '../database/fault-plan.ts';
import { type SimulationServer, type ServiceName, serviceNames, statements } from '../database/simulation-server.ts';
import { epochMs } from '../kernel/virtual-clock.ts';
import type { Swarm } from '../swarm.ts';
import { calmFrom } from '../workload/calm.ts';
import type { Planted } from '../simulation.ts';
import { alteredServices } from './altered-services.ts';

const bugs = loadStatements(new URL('./queries/', import.meta.url), [
  'careless-append',
  'careless-void',
  'unchecked-position',
  'checked-then-noted-position',
  'timer-fires-again',
]);

const overBroker = (swarm: Swarm): Swarm => ({ ...swarm, bus: 'broker', onlooker: false });
const withCrashes = (swarm: Swarm): Swarm => ({ ...swarm, crashEveryMs: Math.min(swarm.crashEveryMs, 1_500) });
const overBrokerWithCrashes = (swarm: Swarm): Swarm => withCrashes(overBroker(swarm));

const withZombies = (swarm: Swarm): Swarm => ({
  ...swarm,
  leaseMs: 1_000,
  callingWorkers: 3,
  lostAfterClaim: 0.3,
  workMs: 200,
  crashEveryMs: Number.POSITIVE_INFINITY,
});
const withLostSagas = (swarm: Swarm): Swarm => ({
  ...withZombies(swarm),
  workflowShare: 0.9,
  lostAfterClaim: 0.4,
  troubleMs: 8_000,
});
const withHeldCommits = (swarm: Swarm): Swarm => ({
  ...swarm,
  socketWorkers: 3,
  workMs: 20,
  workflowShare: 0.5,
  lostAfterClaim: 0,
  cutEveryMs: Number.POSITIVE_INFINITY,
  crashEveryMs: Number.POSITIVE_INFINITY,
  database: { ...noDatabaseFaults, crashWhileCommitting: 0.08 },
});

/** Nothing but the server ends, right after what it has not made durable; and too little goes on to wake anybody up. */
const withServerCrashes = (swarm: Swarm): Swarm => ({
  ...swarm,
  bus: 'in-process',
  intents: 3,
  workflowShare: 0,
  poisonShare: 0,
  crowd: 0,
  lostAnswers: 0,
  lostAfterClaim: 0,
  latencyMs: 1,
  crashEveryMs: Number.POSITIVE_INFINITY,
  cutEveryMs: Number.POSITIVE_INFINITY,
  freezeEveryMs: Number.POSITIVE_INFINITY,
  workerCrashEveryMs: Number.POSITIVE_INFINITY,
  workerFreezeEveryMs: Number.POSITIVE_INFINITY,
  serverCrashEveryMs: Number.POSITIVE_INFINITY,
  serverAwayMs: 20,
  onlooker: false,
  misreports: 0,
  retries: 0,
  bombs: 0,
  calmAt: Number.POSITIVE_INFINITY,
  flushEveryMs: 600,
  maxServerCrashes: 8,
  database: { ...noDatabaseFaults, serverCrashSoon: 0.5 },
});
/**
 * The server ends right after what a turn has not made durable, and is back before anybody asks it anything; work and a
 * wait meet, so that something follows from what memory believes.
 */
const withMeetings = (swarm: Swarm): Swarm => ({
  ...withServerCrashes(swarm),
  intents: 14,
  workflowShare: 1,
  shapes: ['meet'],
  workMs: 40,
  troubleMs: 8_000,
  flushEveryMs: 600,
  maxServerCrashes: 12,
  serverAwayMs: 10,
  database: { ...noDatabaseFaults, serverCrashSoon: 0.5, serverCrashAfter: 'task-management' },
});
/** Whoever serves stands still for longer than a lease, and all sessions expire together. */
const withFrozenEngines = (swarm: Swarm): Swarm => ({
  ...swarm,
  isTight: true,
  leaseMs: 1_000,
  socketWorkers: 3,
  callingWorkers: 3,
  freezeEveryMs: 1_500,
  workerFreezeEveryMs: 300,
  crashEveryMs: Number.POSITIVE_INFINITY,
});

/** Workers of plain calls alone, whose answers get lost. */
const withLostAnswers = (swarm: Swarm): Swarm => ({
  ...swarm,
  socketWorkers: 0,
  callingWorkers: 2,
  lostAnswers: 0.3,
  workerCrashEveryMs: Number.POSITIVE_INFINITY,
});
const withShouters = (swarm: Swarm): Swarm => ({
  ...swarm,
  socketWorkers: 0,
  callingWorkers: 3,
  workflowShare: 0.6,
  manners: { shouts: true },
});
const withPoison = (swarm: Swarm): Swarm => ({ ...swarm, poisonShare: 0.3 });
/** Each page ends one wait, and the next begins behind it. */
const withCrowd = (swarm: Swarm): Swarm => ({ ...swarm, isTight: true, crowd: 6, intents: 3 });

/** Threads of few workers that ask for one task each, and then more work than they have slots. */
const withThreads = (swarm: Swarm): Swarm => {
  const changed = { ...swarm, leaseMs: 1_000, troubleMs: 3_000, socketWorkers: 0, callingWorkers: 2 };
  return { ...changed, manners: { threads: 3, oneEach: true, waitMs: 1_500 }, calmAt: calmFrom(changed) };
};

/** Statements by name that are asked in place of others; one that is asked with other parameters by now plants nothing. */
const replacing = (replaced: Readonly<Record<string, Statement>>): Planted['rewriting'] => {
  return () => ({
    statement: (name, statement) => {
      const other = replaced[name];
      if (other && parametersOf(other) !== parametersOf(statement)) {
        throw new Error(`${name} takes ${parametersOf(statement)} now: plant the bug anew`);
      }
      return other ?? statement;
    },
  });
};

/** Each parameter as it is used, with its type. */
function parametersOf({ text }: Statement): string {
  const used = text.replaceAll(/--.*$/gm, '').match(/\$\d+(::\w+(\[\])?)?/g) ?? [];
  return [...new Set(used)].toSorted().join();
}

/** Statements with a part taken out or changed; a part that is not there any more would plant nothing. */
const editing = (names: readonly string[], part: string, changed: string): Planted['rewriting'] => {
  return () => ({
    statement: (name, statement) => (names.includes(name) ? edited(statement, part, changed) : statement),
  });
};

function edited({ name, text }: Statement, part: string, changed: string): Statement {
  if (!text.includes(part)) throw new Error(`${name} does not hold ${part}: plant the bug anew`);
  return { name: `bug_${name}`, text: text.replaceAll(part, changed) };
}

/**
 * Bugs that systems of this kind have had, each of which some seed has to find: else the simulation looks away.
 * None of them is in the code of production: statements, bus, clock and client are exchanged on the way.
 */
export function plantedBugs({ stores }: Pick<SimulationServer, 'stores'>) {
  const readBehind = async (source: string, cursor: number) => {
    const store = stores[source as ServiceName];
    const rows = await store.look<{ seq: number; body: Buffer }>(statements['read-outbox-behind'], [cursor]);
    return rows.map(({ seq, body }) => ({
      source,
      stream: 0,
      seq,
      events: body.length === 0 ? [] : decodeEntry(body),
    }));
  };
  return {
    'no fencing': {
      rewriting: editing(['finish-attempts', 'take-attempts'], 'and h.lease = asked.lease', ''),
      swarm: withZombies,
      shows: /ended under lease|got attempt/,
    },
    'lease by worker clock': {
      rewriting: editing(
        ['renew-sessions'],
        'expires_at = now.at +',
        "expires_at = now.at + (hashtext(s.id::text) % 3) * interval '700 ms' +",
      ),
      shows: /after its latest sign of life/,
    },
    'acknowledged before commit': {
      rewriting: () => ({ acknowledgesEarly: true }),
      swarm: withCrashes,
      shows: /is lost|in no event/,
    },
    'client retries with a new key': { clientForgetsItsKey: true, shows: /instead of/ },
    'naive outbox cursor': {
      rewriting: replacing({ 'outbox-append': bugs['careless-append'], 'outbox-void-batch': bugs['careless-void'] }),
      bus: { readBehind },
      swarm: overBroker,
      shows: /not at rest/,
    },
    'marked before published': { bus: { marksFirst: true }, swarm: overBroker, shows: /not at rest/ },
    'consumer acknowledges first': {
      rewriting: replacing({ 'move-position': bugs['unchecked-position'] }),
      bus: { acknowledgesFirst: true },
      swarm: overBrokerWithCrashes,
      shows: /not at rest/,
    },
    'no inbox': {
      rewriting: replacing({ 'move-position': bugs['unchecked-position'] }),
      swarm: overBroker,
      shows: /arrived|ended \d+ times|ended twice|at one time/,
    },
    'inbox in another transaction': {
      rewriting: () => ({ runsApart: (name: string) => name === 'move-position' }),
      shows: /not at rest/,
    },
    'inbox checks, then acts': {
      rewriting: replacing({ 'move-position': bugs['checked-then-noted-position'] }),
      swarm: withHeldCommits,
      shows: /arrived|ended \d+ times|ended twice|at one time/,
    },
    'timer fires twice': {
      rewriting: replacing({ 'stage-due-work': bugs['timer-fires-again'] }),
      shows: /at one time|arrived/,
    },
    'timer cursor in memory': {
      rewriting: ({ startedAt }) => ({
        statement: (name, statement) => {
          if (name !== 'stage-due-work') return statement;
          const since = `d.due_at > 'epoch'::timestamptz + ${epochMs + startedAt} * interval '1 ms' and d.due_at <=`;
          const { text } = edited(statement, 'd.due_at <=', since);
          return { name: `bug_stage_${startedAt}`, text };
        },
      }),
      swarm: withCrashes,
      shows: /not at rest/,
    },
    'saga without intent record': {
      altersEvents: (event) => ({ ...event, data: { ...event.data, outcomeUnknown: undefined } }),
      swarm: withLostSagas,
      shows: /net effect of \w+ \((failed|cancelled)\) is 1/,
    },
    'compensation that is not idempotent': {
      undoesBlindly: true,
      swarm: withLostSagas,
      shows: /net effect of .* is -/,
    },
    'positions outlive the database': {
      rewriting: () => ({
        outlivesTheServer: serviceNames,
        // Nor is the database asked where it stands.
        statement: (name, statement) =>
          name === 'position-durable' ? edited(statement, 'latest.seq,', '1000000 as seq,') : statement,
      }),
      swarm: withServerCrashes,
      shows: /not at rest/,
    },
    'workflows outlive the database': {
      rewriting: () => ({ outlivesTheServer: ['task-management'] }),
      swarm: withMeetings,
      shows: /was handed/,
    },
    'ids taken as texts': {
      altersEvents: (event) =>
        event.type === 'taskflow.task.completed.v1'
          ? { ...event, data: { ...event.data, taskId: String(event.data.taskId).toUpperCase() } }
          : event,
      swarm: (swarm) => ({ ...swarm, workflowShare: 0.6 }),
      shows: /not at rest/,
    },
    'turns without a bound': {
      bounds: { management: {} },
      swarm: (swarm) => ({ ...swarm, isTight: true, workflowShare: 0.8 }),
      shows: /a turn began/,
    },
    'expired sessions in one sweep': {
      bounds: { execution: {} },
      swarm: withFrozenEngines,
      shows: /one sweep ended/,
    },
    'poison taken for a passing fault': {
      services: () =>
        alteredServices('poison', [
          {
            file: 'advance/isolating-writer.ts',
            part: 'if (!isPoison(error) && !exhaustions.areFault(batch, error)) throw error;',
            changed: 'throw error;',
          },
        ]),
      swarm: withPoison,
      shows: /not at rest/,
    },
    'page of an event without an end': {
      rewriting: editing(['measure-event-waits'], 'marks.last_value as up_to', '9000000000000000 as up_to'),
      swarm: withCrowd,
      shows: /began to wait after it had come/,
    },
    "claims that take each other's credit": {
      services: () =>
        alteredServices('claims', [
          {
            file: 'api/polling-connection.ts',
            part: 'this.#claims.reduce((sum, { max }) => sum + max, 0)',
            changed: '(this.#claims.at(-1)?.max ?? 0)',
          },
          {
            file: 'api/polling-workers.ts',
            part: 'const deliveries = await taken;\n    // What is not taken by this answer waits for the next call, and is for the other open claims.\n    this.#grant(session, connection);',
            changed: 'const deliveries = await taken;',
          },
        ]),
      swarm: withThreads,
      shows: /while a claim of .* was open/,
    },
    'hand-overs taken for heard': {
      services: () =>
        alteredServices('heard', [
          {
            file: 'dispatch/worker-registry.ts',
            part: 'const unconfirmed: HeldLease[] = [];',
            changed: 'const unconfirmed: HeldLease[] = [];\n    if (spanMs > 0) return unconfirmed;',
          },
        ]),
      swarm: withLostAnswers,
      shows: /not at rest/,
    },
    'ids of workers taken as texts': {
      services: () =>
        alteredServices('capitals', [
          { file: 'worker-protocol/v1/messages.ts', part: 'z.uuid().toLowerCase()', changed: 'z.uuid()' },
        ]),
      swarm: withShouters,
      shows: /not at rest/,
    },
    'pruning behind the fastest consumer': {
      rewriting: editing(
        ['outbox-prune'],
        'select min(seq) from consumer_progress',
        'select max(seq) from consumer_progress',
      ),
      swarm: (swarm) => ({ ...swarm, bus: 'in-process', onlooker: true, troubleMs: 8_000, intents: 24 }),
      shows: /entries were dropped/,
    },
    'children without a bound': {
      bounds: { descendants: 30 },
      swarm: (swarm) => ({ ...swarm, isTight: true, bombs: 2 }),
      shows: /workflows stand below/,
    },
  } satisfies Record<string, Planted>;
}
