import type { Queryable } from '@taskflow/kit-postgres';
import {
  type AdvanceTransaction,
  type Collecting,
  maxKeptSignals,
  tooLarge,
} from '../../application/ports/advance-store.ts';
import * as build from './parameters.ts';
import * as read from './row-mapping.ts';
import { asking, type TaskManagementStatements } from './statements.ts';

type Loading = Pick<
  AdvanceTransaction,
  | 'loadRuns'
  | 'loadGraphs'
  | 'loadStepStatuses'
  | 'loadRowsToReset'
  | 'loadWaits'
  | 'loadSignals'
  | 'loadResults'
  | 'loadErrors'
  | 'loadDefinitions'
  | 'readDescendants'
  | 'collectItems'
  | 'takeSignals'
  | 'countKeptSignals'
>;

/** Gives the statements by which a transaction reads what it decides from. */
export function loadingStatements(tx: Queryable, statements: TaskManagementStatements): Loading {
  const { ask } = asking(tx, statements);
  return {
    loadRuns: async (keys, maxWeight) => {
      const rows = await ask('load-workflows', [...build.keyParameters(keys), maxWeight ?? null]);
      return rows[0]?.fits === false ? tooLarge : rows.map(read.runOf);
    },
    loadGraphs: async (keys) => {
      const rows = await ask('load-graphs', [...build.graphKeys.encode(keys), keys.length]);
      return new Map(rows.map(({ hash, graph }) => [hash, graph]));
    },
    loadRowsToReset: async (keys) =>
      (await ask('load-rows-to-reset', build.keyParameters(keys))).map(read.rowToResetOf),
    loadStepStatuses: async (keys) =>
      (await ask('load-step-statuses', build.keyParameters(keys))).map(read.stepStatusOf),
    loadWaits: async (keys) => (await ask('load-waits', build.keyParameters(keys))).map(read.liveWaitOf),
    loadSignals: async (keys) => (await ask('load-signals', build.keyParameters(keys))).map(read.keptSignalsOf),
    loadResults: async (keys, maxBytes) => {
      const rows = await ask('load-results', [...build.keyParameters(keys), maxBytes]);
      const results = new Map<string, string | typeof tooLarge>();
      for (const { id, bytes, result } of rows) if (bytes !== null) results.set(id, result ?? tooLarge);
      return results;
    },
    loadErrors: async (keys) => {
      const rows = await ask('load-errors', build.keyParameters(keys));
      return new Map(rows.map(({ id, error }) => [id, error]));
    },
    loadDefinitions: async (keys) => {
      const rows = await ask('load-definitions', [...build.definitionKeys.encode(keys), keys.length]);
      const found = new Map(rows.map(({ n, version, hash, steps }) => [n, { version, hash, steps }]));
      return keys.map((_, i) => found.get(i + 1));
    },
    readDescendants: async (roots) => {
      const rows = await ask('read-descendants', build.keyParameters(roots));
      return new Map(rows.map(({ id, descendants }) => [id, descendants]));
    },
    collectItems: async (steps, limits) => {
      const rows = await ask('collect-items', build.collectParameters(steps, limits));
      return new Map(rows.map(({ id, outcome }) => [id, outcome as Collecting]));
    },
    countKeptSignals: async (keys) => {
      const rows = await ask('count-kept-signals', [...build.keyParameters(keys), maxKeptSignals]);
      return new Map(rows.map(({ id, signals }) => [id, signals]));
    },
    takeSignals: async (signals) =>
      (await ask('take-signals', [...build.takenSignals.encode(signals), signals.length])).map(read.takenSignalOf),
  };
}
