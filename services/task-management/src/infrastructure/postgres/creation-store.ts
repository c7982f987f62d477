import type { Outbox } from '@taskflow/kit-messaging-postgres';
import type { Database, Queryable } from '@taskflow/kit-postgres';
import type { CreationStore, CreationTransaction, TakenKey } from '../../application/ports/creation-store.ts';
import * as build from './parameters.ts';
import type { RowOfStatement, TaskManagementStatements } from './statements.ts';

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
        keysOf(await tx.query(statements['claim-idempotency-keys'], build.keyClaims.encode(claims))),
      readKeys: async (keys) =>
        keysOf(
          await tx.query(statements['read-idempotency-keys'], [...build.idempotencyKeys.encode(keys), keys.length]),
        ),
      insertTasks: async (tasks) => {
        await tx.query(statements['insert-tasks'], build.newTasks.encode(tasks));
      },
      insertGraphs: async (tenants, graphs) => {
        const rows = graphs.map((graph, n) => [tenants[n] as string, graph] as const);
        await tx.query(statements['insert-graphs'], build.newGraphs.encode(rows));
      },
      insertWorkflows: async (workflows) => {
        await tx.query(statements['insert-workflows'], build.newWorkflows.encode(workflows));
      },
      insertStepRows: async (rows) => {
        await tx.query(statements['insert-step-rows'], build.newStepRows.encode(rows));
      },
      insertWaits: async (waits) => {
        await tx.query(statements['insert-waits'], build.newWaits.encode(waits));
      },
      append: (batchId, events) => outbox.append(tx, stream, batchId, events),
    };
  }
}

type KeyRow = RowOfStatement<'claim-idempotency-keys'> & Partial<RowOfStatement<'read-idempotency-keys'>>;

const noFingerprint = Buffer.alloc(0);

export function keysOf(rows: readonly KeyRow[]): TakenKey[] {
  return rows.map((row) => ({
    tenantId: row.tenant_id,
    route: row.route,
    key: row.key,
    fingerprint: row.fingerprint ?? noFingerprint,
    subjectIds: row.subject_ids ?? [],
  }));
}
