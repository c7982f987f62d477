import type * as execution from '@taskflow/task-execution';
import type * as management from '@taskflow/task-management';

type Management = typeof management;
type Execution = typeof execution;

/** The services that an engine consists of. */
export interface Services {
  readonly createTaskManagement: Management['createTaskManagement'];
  readonly createTaskExecution: Execution['createTaskExecution'];
}

/** `copy` names another copy of their modules, for planted bugs. */
export async function productionServices(copy = ''): Promise<Services> {
  const { createTaskManagement } = (await import(`@taskflow/task-management${copy}`)) as Management;
  const { createTaskExecution } = (await import(`@taskflow/task-execution${copy}`)) as Execution;
  return { createTaskManagement, createTaskExecution };
}
