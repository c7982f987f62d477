import type { Outbox } from '@taskflow/kit-messaging-postgres';
import { type Database, type Queryable, textArray, uuidArray } from '@taskflow/kit-postgres';
import type { CreationStore, CreationTransaction, TakenKey } from '../../application/ports/creation-store.ts';
import {
  claimParameters,
  idempotencyKeyParameters,
  newWaitParameters,
  stepRowParameters,
  taskParameters,
  workflowParameters,
} from './row-parameters.ts';
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
      readKeys: async (keys) =>
        keysOf(await tx.query(statements['read-idempotency-keys'], idempotencyKeyParameters(keys))),
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
          ...workflowParameters(workflows),
          textArray(workflows.map(({ status }) => status)),
        ]);
      },
      insertStepRows: async (rows) => {
        await tx.query(statements['insert-step-rows'], stepRowParameters(rows));
      },
      insertWaits: async (waits) => {
        await tx.query(statements['insert-waits'], newWaitParameters(waits));
      },
      append: (batchId, events) => outbox.append(tx, stream, batchId, events),
    };
  }
}

interface KeyRow {
  tenant_id: string;
  route: string;
  key: string;
  fingerprint?: Buffer;
  subject_ids?: string[];
}

const noFingerprint = Buffer.alloc(0);

export function keysOf(rows: Record<string, unknown>[]): TakenKey[] {
  return (rows as unknown as KeyRow[]).map((row) => ({
    tenantId: row.tenant_id,
    route: row.route,
    key: row.key,
    fingerprint: row.fingerprint ?? noFingerprint,
    subjectIds: row.subject_ids ?? [],
  }));
}
