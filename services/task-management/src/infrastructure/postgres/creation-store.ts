import type { Outbox } from '@taskflow/kit-messaging-postgres';
import {
  byteaArray,
  type Database,
  int4Array,
  nullableUuidArray,
  type Queryable,
  textArray,
  timestamptzArray,
  uuidArray,
} from '@taskflow/kit-postgres';
import type {
  CreationStore,
  CreationTransaction,
  IdempotencyKey,
  KeyClaim,
  TakenKey,
} from '../../application/ports/creation-store.ts';
import type { NewTask } from '../../application/task-record.ts';
import type { TaskManagementStatements } from './statements.ts';

export interface StoreDependencies {
  readonly database: Database;
  readonly outbox: Outbox;
  readonly stream: number;
  readonly statements: TaskManagementStatements;
}

export function createCreationStore({ database, outbox, stream, statements }: StoreDependencies): CreationStore {
  return {
    transaction: (work) => database.transaction((tx) => work(bind(tx))),
    recall: (batchId) => outbox.recall(stream, batchId),
  };

  function bind(tx: Queryable): CreationTransaction {
    return {
      claimKeys: async (claims) =>
        keysOf(await tx.query(statements['claim-idempotency-keys'], claimParameters(claims))),
      readKeys: async (keys) => keysOf(await tx.query(statements['read-idempotency-keys'], keyParameters(keys))),
      insertTasks: async (tasks) => {
        await tx.query(statements['insert-tasks'], taskParameters(tasks));
      },
      insertGraphs: async (tenants, graphs) => {
        const parameters = [
          uuidArray(tenants),
          textArray(graphs.map(({ hash }) => hash)),
          textArray(graphs.map(({ text }) => text)),
        ];
        await tx.query(statements['insert-graphs'], parameters);
      },
      insertWorkflows: async (workflows) => {
        await tx.query(statements['insert-workflows'], [
          uuidArray(workflows.map(({ tenantId }) => tenantId)),
          uuidArray(workflows.map(({ id }) => id)),
          textArray(workflows.map(({ name }) => name)),
          int4Array(workflows.map(({ version }) => version ?? null)),
          textArray(workflows.map(({ stored }) => stored.hash)),
          int4Array(workflows.map(({ stored }) => stored.graph.steps.length)),
          textArray(workflows.map(({ input }) => input)),
          textArray(workflows.map(({ options }) => JSON.stringify(options))),
          timestamptzArray(workflows.map(({ createdAt }) => createdAt)),
        ]);
      },
      append: (batchId, events) => outbox.append(tx, stream, batchId, events),
    };
  }
}

/** Parameters of `insert-tasks.sql` and `insert-steps.sql`. */
export function taskParameters(tasks: readonly NewTask[]): Buffer[] {
  return [
    uuidArray(tasks.map(({ tenantId }) => tenantId)),
    uuidArray(tasks.map(({ id }) => id)),
    textArray(tasks.map(({ type }) => type)),
    textArray(tasks.map(({ queue }) => queue)),
    int4Array(tasks.map(({ priority }) => priority)),
    textArray(tasks.map(({ payload }) => payload)),
    textArray(tasks.map(({ options }) => (options === undefined ? null : JSON.stringify(options)))),
    nullableUuidArray(tasks.map(({ step }) => step?.workflowId ?? null)),
    textArray(tasks.map(({ step }) => step?.step ?? null)),
    timestamptzArray(tasks.map(({ createdAt }) => createdAt)),
  ];
}

function claimParameters(claims: readonly KeyClaim[]): Buffer[] {
  return [
    ...keyArrays(claims),
    byteaArray(claims.map(({ fingerprint }) => fingerprint)),
    textArray(claims.map(({ subjectIds }) => `{${subjectIds.join(',')}}`)),
    timestamptzArray(claims.map(({ createdAt }) => createdAt)),
  ];
}

function keyParameters(keys: readonly IdempotencyKey[]) {
  return [...keyArrays(keys), keys.length];
}

function keyArrays(keys: readonly IdempotencyKey[]): Buffer[] {
  return [
    uuidArray(keys.map(({ tenantId }) => tenantId)),
    textArray(keys.map(({ route }) => route)),
    textArray(keys.map(({ key }) => key)),
  ];
}

interface KeyRow {
  tenant_id: string;
  route: string;
  key: string;
  fingerprint?: Buffer;
  subject_ids?: string[];
}

const noFingerprint = Buffer.alloc(0);

function keysOf(rows: Record<string, unknown>[]): TakenKey[] {
  return (rows as unknown as KeyRow[]).map((row) => ({
    tenantId: row.tenant_id,
    route: row.route,
    key: row.key,
    fingerprint: row.fingerprint ?? noFingerprint,
    subjectIds: row.subject_ids ?? [],
  }));
}
