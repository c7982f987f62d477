import type { Queryable } from '@taskflow/kit-postgres';
import { type AdvanceTransaction, maxResultBytes, tooLarge } from '../../application/ports/advance-store.ts';
import * as build from './advance-parameters.ts';
import * as read from './row-mapping.ts';
import { asking, type TaskManagementStatements } from './statements.ts';

type Loading = Pick<
  AdvanceTransaction,
  | 'loadRuns'
  | 'loadStepStatuses'
  | 'loadWaits'
  | 'loadSignals'
  | 'loadResults'
  | 'loadErrors'
  | 'loadDefinitions'
  | 'gatherItems'
  | 'takeSignals'
>;

/** What a turn reads to decide. */
export function loadingStatements(tx: Queryable, statements: TaskManagementStatements): Loading {
  const { ask } = asking(tx, statements);
  return {
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
      const rows = await ask<DefinitionRow>('load-definitions', build.definitionParameters(keys));
      const found = new Map(rows.map(({ n, version, hash, graph }) => [n, { version, hash, graph }]));
      return keys.map((_, i) => found.get(i + 1));
    },
    gatherItems: async (steps, maxBytes) => {
      const rows = await ask<{ id: string }>('gather-items', build.gatherParameters(steps, maxBytes));
      return new Set(rows.map(({ id }) => id));
    },
    takeSignals: async (signals) =>
      (await ask('take-signals', build.takenSignalParameters(signals))).map(read.takenSignalOf),
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
