import type { Positions } from '@taskflow/kit-messaging-postgres';
import { columns, type Database, type Queryable } from '@taskflow/kit-postgres';
import type { EmittingTransaction, TryOut } from '@taskflow/kit-service';
import type { CountStore } from '../../application/ports/count-store.ts';
import type { DayCount } from '../../domain/day-counts.ts';
import { signatures } from './statements.generated.ts';
import { taskCountsStatements } from './statements.ts';

export interface CountStoreDependencies {
  readonly database: Database;
  readonly transaction: EmittingTransaction;
  readonly tryOut: TryOut;
  readonly positions: Positions;
}

const dayCounts = columns(signatures['add-counts']);

export function createCountStore({ database, transaction, tryOut, positions }: CountStoreDependencies): CountStore {
  const statements = taskCountsStatements();
  const write = (tx: Queryable, counts: readonly DayCount[]) =>
    tx.query(statements['add-counts'], dayCounts.encode(counts));
  return {
    add: (counts, move, announce) =>
      transaction(async (tx) => {
        const [rows] = await Promise.all([write(tx, counts), positions.advance(tx, move)]);
        return announce(rows.map(({ tenant_id: tenantId, ...count }) => ({ tenantId, ...count })));
      }),
    tryToAdd: (counts) => tryOut((tx) => write(tx, counts)),
    list: (tenantId, type, days) => database.query(statements['list-counts'], [tenantId, type, days]),
  };
}
