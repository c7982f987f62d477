import { type Database, uuidArray } from '@taskflow/kit-postgres';
import { type ManagementBounds, managementBounds } from '../../application/bounds.ts';
import type { Key } from '../../application/ports/advance-store.ts';
import type {
  DefinitionRecord,
  ItemsRecord,
  Page,
  ReadingStore,
  StepRecord,
  TaskFilter,
  WaitRecord,
  WithGraph,
} from '../../application/ports/reading-store.ts';
import type { TaskRecord } from '../../application/task-record.ts';
import { taskOf, workflowOf } from './row-mapping.ts';
import type { TaskManagementStatements } from './statements.ts';

type Row = Record<string, unknown>;

type ReadingBounds = Pick<
  ManagementBounds,
  'scannedRows' | 'scannedRestarts' | 'pageBytes' | 'workflowBytes' | 'itemRows' | 'countedStuck'
>;

export function createReadingStore(
  database: Database,
  statements: TaskManagementStatements,
  given: Partial<ReadingBounds> = {},
): ReadingStore {
  const bounds: ReadingBounds = { ...managementBounds, ...given };
  const { scannedRows, scannedRestarts, pageBytes, workflowBytes, itemRows, countedStuck } = bounds;

  async function listTasks(tenantId: string, filter: TaskFilter, below: string | undefined, limit: number) {
    const { status = null, type = null, queue = null, workflow } = filter;
    const tags = filter.tags ? JSON.stringify(filter.tags) : null;
    if (workflow !== undefined) {
      const parameters = [tenantId, workflow, below ?? null, status, type, queue, tags, limit, pageBytes];
      return pageOf<TaskRecord>(await database.query(statements['list-workflow-tasks'], parameters), taskOf);
    }
    const parameters = [tenantId, below ?? null, status, type, queue, tags, scannedRows, limit, pageBytes];
    return pageOf<TaskRecord>(await database.query(statements['list-tasks'], parameters), taskOf);
  }

  /** A page of workflows, for which so many rows are looked at. */
  const pageOfWorkflows =
    (rows: number): ReadingStore['listWorkflows'] =>
    async (tenantId, { status = null, name = null, version = null, ...created }, below, limit) => {
      const [after, before] = [instantParameter(created.createdAfter), instantParameter(created.createdBefore)];
      const parameters = [tenantId, below ?? null, status, name, version, after, before, rows, limit];
      return pageOf(await database.query(statements['list-workflows'], parameters), workflowOf);
    };

  return {
    readTasks: async (keys) => (await database.query(statements['read-tasks'], keyArrays(keys))).map(taskOf),
    listTasks,
    readWorkflows: async (keys) =>
      (await database.query(statements['read-workflows'], keyArrays(keys))).map(workflowOf),
    readSteps: async (keys) =>
      (await database.query(statements['read-workflow-tasks'], [...keyArrays(keys), workflowBytes])).map(stepOf),
    readStepRows: async (keys) =>
      (await database.query(statements['read-step-rows'], [...keyArrays(keys), workflowBytes])).map(stepOf),
    readItems: async (keys) =>
      (await database.query(statements['read-workflow-items'], [...keyArrays(keys), itemRows])).map(itemsOf),
    readWaits: async (keys) => (await database.query(statements['read-workflow-waits'], keyArrays(keys))).map(waitOf),
    readGraph: async (tenantId, hash) => {
      const [row] = await database.query<{ graph: string }>(statements['read-graph'], [tenantId, hash]);
      return row?.graph;
    },
    listWorkflows: pageOfWorkflows(scannedRows),
    findWorkflows: pageOfWorkflows(scannedRestarts),
    countStuck: async () => {
      const [row] = await database.query<{ tasks: number; workflows: number }>(statements['count-stuck'], [
        countedStuck,
      ]);
      return row ?? { tasks: 0, workflows: 0 };
    },
    readDefinition: async (tenantId, name, version) => {
      const [row] = await database.query(statements['read-definition'], [tenantId, name, version ?? null]);
      return row && definitionWithGraphOf(row);
    },
    readVersions: async (tenantId, name) =>
      (await database.query(statements['read-definition-versions'], [tenantId, name])).map(definitionWithGraphOf),
    listDefinitions: async (tenantId) =>
      (await database.query(statements['list-definitions'], [tenantId])).map(definitionOf),
    register: async ({ tenantId, name, version, hash, graph, steps, createdAt }) => {
      const parameters = [tenantId, name, version, hash, graph, steps, new Date(createdAt).toISOString()];
      const ask = () => database.query(statements['register-definition'], parameters);
      // No row: another transaction registered the version meanwhile, and it is visible now.
      const [row = (await ask())[0]] = await ask();
      return {
        hash: row?.hash as string,
        createdAt: row?.created_at as number,
        registered: row?.registered as boolean,
      };
    },
    replace: async ({ tenantId, name, version, hash, graph, steps }) => {
      await database.query(statements['replace-definition'], [tenantId, name, version, hash, graph, steps]);
    },
  };
}

function instantParameter(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString();
}

function keyArrays(keys: readonly Key[]): Buffer[] {
  return [uuidArray(keys.map(({ tenantId }) => tenantId)), uuidArray(keys.map(({ id }) => id))];
}

function pageOf<T>(rows: readonly Row[], map: (row: Row) => T): Page<T> {
  const items = rows.filter(({ id }) => id !== null).map(map);
  return { items, below: (rows[0]?.scanned_to ?? undefined) as string | undefined };
}

function stepOf(row: Row): StepRecord {
  return {
    workflowId: row.workflow_id,
    taskId: row.id,
    step: row.step,
    generation: row.generation,
    status: row.status,
    attempts: row.attempts,
    result: row.result ?? null,
    resultOmitted: row.result_omitted,
    error: row.error ?? null,
    progress: row.progress ?? null,
    startedAt: row.started_at ?? null,
    finishedAt: row.finished_at ?? null,
    outcomeUnknown: row.outcome_unknown,
    cancelReason: row.cancel_reason ?? null,
    fannedOut: row.fanned_out ?? null,
  } as StepRecord;
}

function itemsOf({ workflow_id: workflowId, ...row }: Row): ItemsRecord {
  return { workflowId, ...row } as unknown as ItemsRecord;
}

function waitOf(row: Row): WaitRecord {
  const { workflow_id: workflowId, step, kind, due_at: dueAt, name, key } = row;
  return { workflowId, step, kind, dueAt, name, key } as WaitRecord;
}

function definitionOf(row: Row): DefinitionRecord {
  const { name, version, hash, steps, created_at: createdAt } = row;
  return { name, version, hash, steps, createdAt } as DefinitionRecord;
}

function definitionWithGraphOf(row: Row): WithGraph<DefinitionRecord> {
  return { ...definitionOf(row), graph: row.graph as string };
}
