import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createDatabase, type Database, type DatabaseProfile } from '@taskflow/kit-postgres';
import { silentTelemetry, testDatabase } from '@taskflow/kit-testing';
import { taskManagementMigrations } from '../../index.ts';
import { type TaskManagementStatements, taskManagementStatements } from './statements.ts';

/** Statements of the two writers, with the index that each must probe. */
const hot: readonly [keyof TaskManagementStatements, string][] = [
  ['settle-tasks', 'tasks_pkey'],
  ['lock-tasks', 'tasks_pkey'],
  ['apply-task-commands', 'tasks_pkey'],
  ['request-step-cancels', 'tasks_pkey'],
  ['load-results', 'tasks_pkey'],
  ['load-step-statuses', 'tasks_of_workflow'],
  ['load-workflows', 'workflows_pkey'],
  ['update-workflows', 'workflows_pkey'],
  ['read-idempotency-keys', 'idempotency_keys_pkey'],
];
const ownTables = ['tasks', 'workflows', 'idempotency_keys', 'workflow_graphs'];

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Plan Rows': number;
  Plans?: PlanNode[];
}

/** The plan that the session has cached for a statement, or caches now: what a long-lived connection runs. */
async function nodesOf(database: Database, { name, text }: { name: string; text: string }): Promise<PlanNode[]> {
  const plan = `plan_${name.replaceAll('-', '_')}`;
  const parameters = Math.max(
    ...[...text.replaceAll(/--.*/g, '').matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)),
  );
  const nulls = Array.from({ length: parameters }, () => 'null').join(', ');
  const prepared = await database.query({
    name: '',
    text: `select from pg_prepared_statements where name = '${plan}'`,
  });
  if (prepared.length === 0) await database.query({ name: '', text: `prepare ${plan} as ${text}` });
  const [row] = await database.query({ name: '', text: `explain (format json) execute ${plan} (${nulls})` });
  const [plans] = (row?.['QUERY PLAN'] ?? []) as { Plan: PlanNode }[];
  assert.ok(plans);
  const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)];
  return flatten(plans.Plan);
}

/** Node types that read a whole table, or build one beside it. */
function wholeTableNodes(nodes: readonly PlanNode[]): string[] {
  return nodes
    .filter((node) => {
      const isJoin = node['Node Type'] === 'Hash Join' || node['Node Type'] === 'Merge Join';
      const isScan = node['Node Type'] === 'Seq Scan' && ownTables.includes(node['Relation Name'] ?? '');
      return isJoin || isScan;
    })
    .map((node) => `${node['Node Type']} ${node['Relation Name'] ?? ''}`.trim());
}

async function openDatabase(profile: DatabaseProfile) {
  const { url, drop } = await testDatabase({ lines: taskManagementMigrations });
  const database = createDatabase({ url, name: 'plans', poolSize: 1, profile, telemetry: silentTelemetry() });
  return {
    database,
    [Symbol.asyncDispose]: async () => {
      await database.stop();
      await drop();
    },
  };
}

async function fill(database: Database): Promise<void> {
  const statements = [
    `insert into tasks (tenant_id, id, type, queue, priority, payload, created_at, workflow_id, step)
     select '00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'work', 'default', 500, '{}', now(),
       case when n % 2 = 0 then gen_random_uuid() end, 'a'
     from generate_series(1, 30000) n`,
    `insert into workflows (tenant_id, id, name, hash, steps, input, created_at)
     select '00000000-0000-0000-0000-000000000000', gen_random_uuid(), 'w', 'h', 1, 'null', now()
     from generate_series(1, 10000)`,
    'analyze',
  ];
  for (const [i, text] of statements.entries()) await database.query({ name: `fill-${i}`, text });
}

describe('the plan of every hot statement', () => {
  test('probes its index on empty tables, and still when they are full', async () => {
    await using opened = await openDatabase('data-path');
    const statements = taskManagementStatements();
    for (const label of ['empty', 'full']) {
      if (label === 'full') await fill(opened.database);
      for (const [name, index] of hot) {
        const nodes = await nodesOf(opened.database, statements[name]);
        assert.deepEqual(wholeTableNodes(nodes), [], `${name} on ${label} tables`);
        assert.ok(
          nodes.some((node) => node['Index Name'] === index),
          `${name} probes ${index} on ${label} tables`,
        );
        const limit = nodes.find((node) => node['Node Type'] === 'Limit');
        assert.equal(limit?.['Plan Rows'], 1, `${name} is planned for one row on ${label} tables`);
      }
    }
  });

  test('would not, were the planner free: it scans an empty table, and a cached plan would go on doing so', async () => {
    await using opened = await openDatabase('general');
    await opened.database.query({ name: 'analyze', text: 'analyze' });
    const nodes = await nodesOf(opened.database, withoutLimit(taskManagementStatements()['settle-tasks']));
    assert.notDeepEqual(wholeTableNodes(nodes), []);
  });
});

function withoutLimit({ name, text }: { name: string; text: string }) {
  return { name, text: text.replace('limit $11', '') };
}
