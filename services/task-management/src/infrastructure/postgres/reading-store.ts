import type { Database } from '@taskflow/kit-postgres';
import { boundsOf, type ManagementBounds } from '../../application/bounds.ts';
import type {
  DefinitionRecord,
  ItemsRecord,
  Page,
  ReadingStore,
  ReadSome,
  StepRecord,
  TaskFilter,
  WaitRecord,
  WithGraph,
} from '../../application/ports/reading-store.ts';
import { readKeys } from './parameters.ts';
import { listedWorkflowOf, taskOf, workflowOf } from './row-mapping.ts';
import type { RowOfStatement, TaskManagementStatements } from './statements.ts';

type ReadingBounds = Pick<
  ManagementBounds,
  'scannedRows' | 'scannedRestarts' | 'pageBytes' | 'workflowBytes' | 'itemRows' | 'countedStuck'
>;

export function createReadingStore(
  database: Database,
  statements: TaskManagementStatements,
  given: Partial<ReadingBounds> = {},
): ReadingStore {
  const bounds: ReadingBounds = boundsOf(given);
  const { scannedRows, scannedRestarts, pageBytes, workflowBytes, itemRows, countedStuck } = bounds;

  async function listTasks(tenantId: string, filter: TaskFilter, below: string | undefined, limit: number) {
    const { status = null, type = null, queue = null, workflow } = filter;
    const tags = filter.tags ? JSON.stringify(filter.tags) : null;
    if (workflow !== undefined) {
      const parameters = [tenantId, workflow, below ?? null, status, type, queue, tags, limit, pageBytes] as const;
      return pageOf(await database.query(statements['list-workflow-tasks'], parameters), isTask, taskOf);
    }
    const parameters = [tenantId, below ?? null, status, type, queue, tags, scannedRows, limit, pageBytes] as const;
    return pageOf(await database.query(statements['list-tasks'], parameters), isTask, taskOf);
  }

  /** A page of workflows, for which so many rows are looked at. */
  const pageOfWorkflows =
    (rows: number): ReadingStore['listWorkflows'] =>
    async (tenantId, { status = null, name = null, version = null, ...created }, below, limit) => {
      const [after, before] = [instantParameter(created.createdAfter), instantParameter(created.createdBefore)];
      const parameters = [tenantId, below ?? null, status, name, version, after, before, rows, limit] as const;
      return pageOf(await database.query(statements['list-workflows'], parameters), isWorkflow, listedWorkflowOf);
    };

  return {
    readTasks: async (keys) => {
      const parameters = [...readKeys.encode(keys), pageBytes] as const;
      return readSome(keys, await database.query(statements['read-tasks'], parameters), taskOf);
    },
    listTasks,
    readWorkflows: async (keys) => {
      const parameters = [...readKeys.encode(keys), pageBytes] as const;
      return readSome(keys, await database.query(statements['read-workflows'], parameters), workflowOf);
    },
    readSteps: async (keys) =>
      (await database.query(statements['read-workflow-tasks'], [...readKeys.encode(keys), workflowBytes])).map(stepOf),
    readStepRows: async (keys) =>
      (await database.query(statements['read-step-rows'], [...readKeys.encode(keys), workflowBytes])).map(stepOf),
    readItems: async (keys) =>
      (await database.query(statements['read-workflow-items'], [...readKeys.encode(keys), itemRows])).map(itemsOf),
    readWaits: async (keys) =>
      (await database.query(statements['read-workflow-waits'], readKeys.encode(keys))).map(waitOf),
    readGraph: async (tenantId, hash) => {
      const [row] = await database.query(statements['read-graph'], [tenantId, hash]);
      return row?.graph;
    },
    listWorkflows: pageOfWorkflows(scannedRows),
    findWorkflows: pageOfWorkflows(scannedRestarts),
    countStuck: async () => {
      const [row] = await database.query(statements['count-stuck'], [countedStuck]);
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
      const created = new Date(createdAt).toISOString();
      const parameters = [tenantId, name, version, hash, graph, steps, created] as const;
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

/** Without a row there was none to be read, of all the keys. */
function readSome<R extends { readonly covered: number }, T>(
  { length }: readonly unknown[],
  rows: readonly R[],
  map: (row: R) => T,
): ReadSome<T> {
  return { items: rows.map(map), covered: rows[0]?.covered ?? length };
}

/** A page without items is one row that says how far it got. */
function pageOf<R extends { readonly scanned_to: string | null }, I extends R, T>(
  rows: readonly R[],
  isItem: (row: R) => row is I,
  map: (row: I) => T,
): Page<T> {
  return { items: rows.filter(isItem).map(map), below: rows[0]?.scanned_to ?? undefined };
}

type ListedTask = RowOfStatement<'list-tasks'>;
type ListedRow = RowOfStatement<'list-workflows'>;

/** Its columns are null all together or not at all. */
function isTask(row: ListedTask): row is ListedTask & RowOfStatement<'list-workflow-tasks'> {
  return row.id !== null;
}

/** As of a task. */
function isWorkflow(
  row: ListedRow,
): row is ListedRow & Pick<RowOfStatement<'read-workflows'>, Exclude<keyof ListedRow, 'scanned_to'>> {
  return row.id !== null;
}

function stepOf(row: RowOfStatement<'read-workflow-tasks'> & Partial<RowOfStatement<'read-step-rows'>>): StepRecord {
  return {
    workflowId: row.workflow_id,
    taskId: row.id,
    step: row.step,
    generation: row.generation,
    status: row.status as StepRecord['status'],
    attempts: row.attempts,
    result: row.result,
    resultOmitted: row.result_omitted,
    error: row.error,
    progress: row.progress,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    outcomeUnknown: row.outcome_unknown,
    cancelReason: row.cancel_reason,
    fannedOut: row.fanned_out ?? null,
  };
}

function itemsOf({ workflow_id: workflowId, ...row }: RowOfStatement<'read-workflow-items'>): ItemsRecord {
  return { workflowId, ...row };
}

function waitOf(row: RowOfStatement<'read-workflow-waits'>): WaitRecord {
  const { workflow_id: workflowId, step, kind, due_at: dueAt, name, key } = row;
  return { workflowId, step, kind, dueAt, name, key };
}

function definitionOf(row: RowOfStatement<'list-definitions'>): DefinitionRecord {
  const { name, version, hash, steps, created_at: createdAt } = row;
  return { name, version, hash, steps, createdAt };
}

function definitionWithGraphOf(row: RowOfStatement<'read-definition'>): WithGraph<DefinitionRecord> {
  return { ...definitionOf(row), graph: row.graph };
}
