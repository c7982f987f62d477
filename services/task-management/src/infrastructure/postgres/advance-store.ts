import type { Positions } from '@taskflow/kit-messaging-postgres';
import {
  boolArray,
  int4Array,
  type Parameter,
  type Queryable,
  type Row,
  type Statement,
  textArray,
  timestamptzArray,
  uuidArray,
} from '@taskflow/kit-postgres';
import {
  type Advance,
  type AdvanceStore,
  type AdvanceTransaction,
  type Key,
  maxResultBytes,
  type SettledTask,
  type StepStatusRow,
  type TaskChangeRow,
  tooLarge,
  type WorkflowChangeRow,
} from '../../application/ports/advance-store.ts';
import type { Settlement } from '../../domain/task/settlement.ts';
import type { TaskStatus } from '../../domain/task/task-status.ts';
import { type StoreDependencies, taskParameters } from './creation-store.ts';
import { lockedTaskOf, runOf } from './row-mapping.ts';
import type { TaskManagementStatements } from './statements.ts';

export interface AdvanceStoreDependencies extends StoreDependencies {
  readonly positions: Positions;
}

export function createAdvanceStore(dependencies: AdvanceStoreDependencies): AdvanceStore {
  const { database, outbox, stream, positions } = dependencies;
  return {
    transaction: (work, emits) =>
      database.transaction((tx) => work(bindAdvance(tx, dependencies, emits)), {
        durability: emits ? 'synchronous' : 'asynchronous',
      }),
    recall: (batchId) => outbox.recall(stream, batchId),
    readPosition: async (source, from, identity) => (await positions.read(source, from, identity)).seq,
  };
}

function bindAdvance(
  tx: Queryable,
  { outbox, stream, positions, statements }: AdvanceStoreDependencies,
  waits: boolean,
): AdvanceTransaction {
  const bound = (name: keyof TaskManagementStatements) => {
    const statement: Statement = statements[name];
    return <R = Row>(parameters: readonly Parameter[]) => tx.query<R>(statement, parameters);
  };
  return {
    movePosition: ({ source, stream: from, from: after, to, identity }: Advance) =>
      positions.advance(tx, source, from, after, to, identity),
    settle: async (settlements) =>
      (await bound('settle-tasks')<SettledRow>(settleParameters(settlements))).map(settledOf),
    lockTasks: async (keys) => (await bound('lock-tasks')(keyParameters(keys))).map(lockedTaskOf),
    loadRuns: async (keys) => (await bound('load-workflows')(keyParameters(keys))).map(runOf),
    loadStepStatuses: async (keys) =>
      (await bound('load-step-statuses')<StatusRow>(keyParameters(keys))).map(stepStatusOf),
    loadResults: async (keys) => {
      const rows = await bound('load-results')<ResultRow>([...keyParameters(keys), maxResultBytes]);
      const results = new Map<string, string | typeof tooLarge>();
      for (const { id, bytes, result } of rows) if (bytes !== null) results.set(id, result ?? tooLarge);
      return results;
    },
    insertSteps: async (tasks) => count(await bound('insert-steps')(taskParameters(tasks)), 'inserted'),
    requestStepCancels: async (tasks) => {
      const parameters = [...keyArrays(tasks), textArray(tasks.map(({ reason }) => reason)), tasks.length];
      const rows = await bound('request-step-cancels')<SettledRow>(parameters);
      return rows.map((row) => ({ tenantId: row.tenant_id, id: row.id, generation: row.generation }));
    },
    updateWorkflows: async (changes) =>
      count(await bound('update-workflows')(workflowChangeParameters(changes)), 'changed'),
    applyTaskChanges: async (changes) =>
      count(await bound('apply-task-commands')(taskChangeParameters(changes)), 'changed'),
    append: async (batchId, events) => {
      const waiting = waits ? undefined : tx.query(statements['commit-synchronously']);
      const appending = outbox.append(tx, stream, batchId, events);
      await Promise.all([waiting, appending]);
      return appending;
    },
  };
}

function keyArrays(keys: readonly Key[]): Buffer[] {
  return [uuidArray(keys.map(({ tenantId }) => tenantId)), uuidArray(keys.map(({ id }) => id))];
}

function keyParameters(keys: readonly Key[]): Parameter[] {
  return [...keyArrays(keys), keys.length];
}

function settleParameters(settlements: readonly Settlement[]): Parameter[] {
  return [
    uuidArray(settlements.map((s) => s.tenantId)),
    uuidArray(settlements.map((s) => s.taskId)),
    int4Array(settlements.map((s) => s.generation)),
    textArray(settlements.map((s) => s.status)),
    int4Array(settlements.map((s) => s.attempts)),
    timestamptzArray(settlements.map((s) => s.startedAt)),
    timestamptzArray(settlements.map((s) => s.finishedAt)),
    textArray(settlements.map((s) => s.result)),
    textArray(settlements.map((s) => s.error)),
    textArray(settlements.map((s) => s.progress)),
    settlements.length,
  ];
}

function workflowChangeParameters(changes: readonly WorkflowChangeRow[]): Parameter[] {
  return [
    ...keyArrays(changes),
    textArray(changes.map((c) => c.status)),
    textArray(changes.map((c) => c.output)),
    textArray(changes.map((c) => c.error)),
    textArray(changes.map((c) => c.failedStep)),
    boolArray(changes.map((c) => c.cancelRequested)),
    timestamptzArray(changes.map((c) => c.finishedAt)),
    textArray(changes.map((c) => c.cancelReason)),
    changes.length,
  ];
}

function taskChangeParameters(changes: readonly TaskChangeRow[]): Parameter[] {
  return [
    ...keyArrays(changes),
    int4Array(changes.map((c) => c.generation)),
    int4Array(changes.map((c) => c.priority)),
    boolArray(changes.map((c) => c.cancelRequested)),
    textArray(changes.map((c) => c.cancelReason)),
    changes.length,
  ];
}

interface SettledRow {
  tenant_id: string;
  id: string;
  generation: number;
  status: TaskStatus;
  type: string;
  queue: string;
  cancel_reason: string | null;
  workflow_id: string | null;
  step: string | null;
}

function settledOf(row: SettledRow): SettledTask {
  return {
    tenantId: row.tenant_id,
    id: row.id,
    generation: row.generation,
    status: row.status,
    type: row.type,
    queue: row.queue,
    cancelReason: row.cancel_reason,
    workflowId: row.workflow_id,
    step: row.step,
  };
}

interface ResultRow {
  id: string;
  bytes: number | null;
  result: string | null;
}

interface StatusRow {
  workflow_id: string;
  id: string;
  step: string;
  status: TaskStatus;
}

function stepStatusOf(row: StatusRow): StepStatusRow {
  return { workflowId: row.workflow_id, taskId: row.id, step: row.step, status: row.status };
}

function count(rows: readonly Record<string, unknown>[], column: string): number {
  return Number(rows[0]?.[column] ?? 0);
}
