export {
  createTaskExecution,
  type TaskExecution,
  type TaskExecutionDependencies,
  taskExecutionConnections,
  taskExecutionMigrations,
} from './composition.ts';
export { type TaskExecutionSettings, taskExecutionSettings } from './settings.ts';
