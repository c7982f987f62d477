import type { Positions } from '@taskflow/kit-messaging-postgres';
import { int4Array, type Parameter, type Queryable, type Row, textArray, uuidArray } from '@taskflow/kit-postgres';
import {
  type Advance,
  type AdvanceStore,
  type AdvanceTransaction,
  type DueWait,
  maxEventMatches,
  maxResultBytes,
  tooLarge,
  type WaitStore,
} from '../../application/ports/advance-store.ts';
import * as build from './advance-parameters.ts';
import { keysOf, type StoreDependencies } from './creation-store.ts';
import * as read from './row-mapping.ts';
import {
  claimParameters,
  idempotencyKeyParameters,
  newWaitParameters,
  stepRowParameters,
  taskParameters,
} from './row-parameters.ts';
import type { TaskManagementStatements } from './statements.ts';

export interface AdvanceStoreDependencies extends StoreDependencies {
  readonly positions: Positions;
}

export function createAdvanceStore(dependencies: AdvanceStoreDependencies): AdvanceStore {
  const { database, outbox, stream, positions, statements } = dependencies;
  return {
    transaction: (work, emits) =>
      database.transaction((tx) => work(bindAdvance(tx, dependencies, emits)), {
        durability: emits ? 'synchronous' : 'asynchronous',
      }),
    recall: (batchId) => outbox.recall(stream, batchId),
    isMarked: async (batchId) => (await database.query(statements['read-turn-mark'], [stream, batchId])).length > 0,
    readPosition: async (source, from, identity) => (await positions.read(source, from, identity)).seq,
  };
}

export function createWaitStore({
  database,
  statements,
}: Pick<StoreDependencies, 'database' | 'statements'>): WaitStore {
  return {
    readDueWaits: async (limit) =>
      (await database.query(statements['read-due-waits'], [limit])).map(read.waitKeyOf) as DueWait[],
    nextWaitInMs: async () => {
      const [row] = await database.query<{ in_ms: number }>(statements['read-next-wait']);
      return row?.in_ms;
    },
  };
}

function bindAdvance(
  tx: Queryable,
  { outbox, stream, positions, statements }: AdvanceStoreDependencies,
  waits: boolean,
): AdvanceTransaction {
  const ask = <R = Row>(name: keyof TaskManagementStatements, parameters: readonly Parameter[]) =>
    tx.query<R>(statements[name], parameters);
  const count = async (name: keyof TaskManagementStatements, parameters: readonly Parameter[]) =>
    Number(Object.values((await ask(name, parameters))[0] ?? {})[0] ?? 0);
  const waitForDisk = () => (waits ? undefined : tx.query(statements['commit-synchronously']));

  return {
    movePosition: ({ source, stream: from, from: after, to, identity }: Advance) =>
      positions.advance(tx, source, from, after, to, identity),
    settle: async (settlements) => (await ask('settle-tasks', build.settleParameters(settlements))).map(read.settledOf),
    markOutcomesUnknown: async (tasks) => {
      await ask('mark-outcomes-unknown', build.generationParameters(tasks));
    },
    lockTasks: async (keys) => (await ask('lock-tasks', build.keyParameters(keys))).map(read.lockedTaskOf),
    takeDueWaits: async (due) => (await ask('take-due-waits', build.waitKeyParameters(due))).map(read.takenWaitOf),
    takeEventWaits: async (events) =>
      (await ask('take-event-waits', build.eventParameters(events, maxEventMatches))).map(read.matchedWaitOf),
    readKeys: async (keys) => keysOf(await ask('read-idempotency-keys', idempotencyKeyParameters(keys))),

    loadRuns: async (keys) => (await ask('load-workflows', build.keyParameters(keys))).map(read.runOf),
    loadStepStatuses: async (keys) =>
      (await ask('load-step-statuses', build.keyParameters(keys))).map(read.stepStatusOf),
    loadWaits: async (keys) => (await ask('load-waits', build.keyParameters(keys))).map(read.liveWaitOf),
    loadSignals: async (keys) => (await ask('load-signals', build.keyParameters(keys))).map(read.keptSignalsOf),
    loadResults: async (keys) => {
      const rows = await ask<ResultRow>('load-results', [...build.keyParameters(keys), maxResultBytes]);
      const results = new Map<string, string | typeof tooLarge>();
      for (const { id, bytes, result } of rows) if (bytes !== null) results.set(id, result ?? tooLarge);
      return results;
    },
    loadErrors: async (keys) => {
      const rows = await ask<{ id: string; error: string }>('load-errors', build.keyParameters(keys));
      return new Map(rows.map(({ id, error }) => [id, error]));
    },
    loadDefinitions: async (keys) => {
      const rows = await ask<DefinitionRow>('load-definitions', [
        uuidArray(keys.map(({ tenantId }) => tenantId)),
        textArray(keys.map(({ name }) => name)),
        int4Array(keys.map(({ version }) => version)),
        keys.length,
      ]);
      const found = new Map(rows.map(({ n, version, hash, graph }) => [n, { version, hash, graph }]));
      return keys.map((_, i) => found.get(i + 1));
    },
    gatherItems: async (steps, maxBytes) =>
      new Set((await ask<{ id: string }>('gather-items', build.gatherParameters(steps, maxBytes))).map(({ id }) => id)),
    takeSignals: async (signals) =>
      (await ask('take-signals', build.takenSignalParameters(signals))).map(read.takenSignalOf),

    insertSteps: (tasks) => count('insert-steps', taskParameters(tasks)),
    insertStepRows: (rows) => count('insert-step-rows', stepRowParameters(rows)),
    resetSteps: (rows) => count('reset-steps', build.generationParameters(rows)),
    restartSteps: (rows) => count('restart-steps', build.restartParameters(rows)),
    endSteps: (rows) => count('end-steps', build.stepEndParameters(rows)),
    startItems: async (items) => {
      const rows = await ask<{ id: string; payload: string }>('start-items', build.generationParameters(items));
      return new Map(rows.map(({ id, payload }) => [id, payload]));
    },
    settleCompensations: (rows) => count('settle-compensations', build.settledCompensationParameters(rows)),
    insertWaits: (begun) => count('insert-waits', newWaitParameters(begun)),
    deleteWaits: (ended) => count('delete-waits', build.waitKeyParameters(ended)),
    keepSignals: async (signals) => {
      await ask('keep-signals', build.keptSignalParameters(signals));
    },
    insertChildren: (workflows) => count('insert-children', build.childParameters(workflows)),
    requestCancels: async (workflows) => {
      const reasons = textArray(workflows.map(({ reason }) => reason));
      const parameters = [...build.keyArrays(workflows), reasons, workflows.length];
      return (await ask('request-workflow-cancels', parameters)).map(read.cancelledTaskOf);
    },
    updateWorkflows: (changes) => count('update-workflows', build.workflowChangeParameters(changes)),
    applyTaskChanges: (changes) => count('apply-task-commands', build.taskChangeParameters(changes)),
    claimKeys: async (claims) => keysOf(await ask('claim-idempotency-keys', claimParameters(claims))),
    append: async (batchId, events) => {
      const waiting = waitForDisk();
      const appending = outbox.append(tx, stream, batchId, events);
      await Promise.all([waiting, appending]);
      return appending;
    },
    mark: async (batchId) => {
      await Promise.all([waitForDisk(), ask('mark-turn', [stream, batchId])]);
    },
  };
}

interface ResultRow {
  id: string;
  bytes: number | null;
  result: string | null;
}

interface DefinitionRow {
  n: number;
  version: number;
  hash: string;
  graph: string;
}
