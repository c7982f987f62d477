import { loadStatements, type Statement } from '@taskflow/kit-postgres';

const names = [
  'apply-task-commands',
  'check-health',
  'claim-idempotency-keys',
  'commit-synchronously',
  'find-workflows',
  'insert-graphs',
  'insert-steps',
  'insert-tasks',
  'insert-workflows',
  'list-definitions',
  'list-tasks',
  'list-workflow-tasks',
  'list-workflows',
  'load-results',
  'load-step-statuses',
  'load-workflows',
  'lock-tasks',
  'read-definition',
  'read-definition-versions',
  'read-graph',
  'read-idempotency-keys',
  'read-tasks',
  'read-workflow-items',
  'read-workflow-waits',
  'read-workflows',
  'read-workflow-tasks',
  'register-definition',
  'replace-definition',
  'request-step-cancels',
  'settle-tasks',
  'update-workflows',
] as const;

export type TaskManagementStatements = Record<(typeof names)[number], Statement>;

export function taskManagementStatements(): TaskManagementStatements {
  return loadStatements(new URL('./queries/', import.meta.url), names);
}
