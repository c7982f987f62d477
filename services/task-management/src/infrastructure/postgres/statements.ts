import { loadStatements, type Parameter, type Queryable, type Row, type Statement } from '@taskflow/kit-postgres';

const names = [
  'apply-task-commands',
  'check-health',
  'claim-idempotency-keys',
  'close-items',
  'close-steps',
  'commit-synchronously',
  'count-descendants',
  'count-ended-items',
  'count-kept-signals',
  'count-stuck',
  'delete-fan-outs',
  'delete-waits',
  'discard-fan-outs',
  'discard-inputs',
  'discard-waits',
  'discard-workflows',
  'end-event-deliveries',
  'end-steps',
  'gather-items',
  'insert-children',
  'insert-event-deliveries',
  'insert-fan-outs',
  'insert-graphs',
  'insert-step-rows',
  'insert-steps',
  'insert-tasks',
  'insert-waits',
  'insert-workflows',
  'keep-inputs',
  'keep-signals',
  'lay-items-again',
  'list-definitions',
  'list-tasks',
  'list-workflow-tasks',
  'list-workflows',
  'load-definitions',
  'load-errors',
  'load-graphs',
  'load-results',
  'load-rows-to-reset',
  'load-signals',
  'load-step-statuses',
  'load-waits',
  'load-workflows',
  'lock-tasks',
  'mark-outcomes-unknown',
  'mark-turn',
  'measure-event-waits',
  'move-event-deliveries',
  'park-tasks',
  'park-workflows',
  'read-definition',
  'read-definition-versions',
  'read-descendants',
  'read-due-waits',
  'read-event-deliveries',
  'read-graph',
  'read-idempotency-keys',
  'read-next-wait',
  'read-step-rows',
  'read-tasks',
  'read-turn-mark',
  'read-workflow-items',
  'read-workflow-tasks',
  'read-workflow-waits',
  'read-workflows',
  'register-definition',
  'replace-definition',
  'request-workflow-cancels',
  'reset-steps',
  'restart-steps',
  'settle-compensations',
  'settle-tasks',
  'start-items',
  'take-due-waits',
  'take-event-waits',
  'take-inputs',
  'take-signals',
  'update-fan-outs',
  'update-workflows',
] as const;

export type TaskManagementStatements = Record<(typeof names)[number], Statement>;

export function taskManagementStatements(): TaskManagementStatements {
  return loadStatements(new URL('./queries/', import.meta.url), names);
}

/** Asks by the name of a statement. `count` gives the number that is all the statement answers. */
export function asking(tx: Queryable, statements: TaskManagementStatements) {
  const ask = <R = Row>(name: keyof TaskManagementStatements, parameters: readonly Parameter[]) =>
    tx.query<R>(statements[name], parameters);
  const count = async (name: keyof TaskManagementStatements, parameters: readonly Parameter[]) =>
    Number(Object.values((await ask(name, parameters))[0] ?? {})[0] ?? 0);
  return { ask, count };
}
