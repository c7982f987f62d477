import type { Database, Parameter, Statement } from './database.ts';

/** One step of a plan, as the server names it. */
export interface PlanStep {
  /** Such as `Index Scan`, `Nested Loop`, `Seq Scan`. */
  readonly type: string;
  readonly relation?: string;
  readonly index?: string;
  /** What an index scan looks up; absent when it walks the whole index. */
  readonly condition?: string;
  /** 0 for the top step. */
  readonly depth: number;
}

interface ServerPlan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: ServerPlan[];
}

/**
 * The plan that a prepared statement has in the session where it runs, outermost step first. The statement is
 * executed with these parameters and rolled back. Give the database a pool of one connection, so that the plan which
 * an earlier call cached (on an empty table) is the one that a later call shows (on a full one).
 */
export async function explainPrepared(
  database: Database,
  statement: Statement,
  parameters: readonly Parameter[],
): Promise<PlanStep[]> {
  let plan: ServerPlan | undefined;
  await database
    .transaction(async (tx) => {
      await tx.query(statement, parameters);
      const [row] = await tx.query<{ 'QUERY PLAN': { Plan: ServerPlan }[] }>(explaining(statement, parameters.length));
      plan = row?.['QUERY PLAN'][0]?.Plan;
      throw new RollBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RollBack)) throw error;
    });
  return plan === undefined ? [] : flatten(plan, 0);
}

/** Ends the transaction without keeping what the statement did. */
class RollBack extends Error {}

/** With a generic plan the values make no difference, so nulls stand in for them. */
function explaining({ name }: Statement, count: number): Statement {
  const values = count === 0 ? '' : `(${Array.from({ length: count }, () => 'NULL').join(', ')})`;
  return { name: '', text: `EXPLAIN (FORMAT JSON) EXECUTE "${name.replaceAll('"', '""')}"${values}` };
}

function flatten(plan: ServerPlan, depth: number): PlanStep[] {
  const step = {
    type: plan['Node Type'],
    relation: plan['Relation Name'],
    index: plan['Index Name'],
    condition: plan['Index Cond'],
    depth,
  };
  return [step, ...(plan.Plans ?? []).flatMap((below) => flatten(below, depth + 1))];
}

const scans = new Set(['Seq Scan', 'Parallel Seq Scan', 'Sample Scan']);
const bulkJoins = new Set(['Hash Join', 'Merge Join', 'Hash', 'Materialize']);

/**
 * What in a plan grows with the size of `tables`: whole-table scans of them, and joins that read them whole. Empty
 * when rows are found by index probes alone.
 */
export function stepsThatGrow(plan: readonly PlanStep[], tables: readonly string[]): string[] {
  return plan
    .filter(({ type, relation }) => {
      if (bulkJoins.has(type)) return true;
      return scans.has(type) && relation !== undefined && tables.includes(relation);
    })
    .map(({ type, relation }) => (relation === undefined ? type : `${type} on ${relation}`));
}

/**
 * Index scans of `tables` that look nothing up and so read every row in the index's order: with sequential scans
 * off, what the planner takes for a table that its statistics call empty, once per row asked for.
 */
export function stepsThatWalk(plan: readonly PlanStep[], tables: readonly string[]): string[] {
  return plan
    .filter(({ type, relation, condition }) => {
      return /^Index (Only )?Scan$/.test(type) && condition === undefined && tables.includes(relation ?? '');
    })
    .map(({ type, index }) => `${type} of all of ${index}`);
}
