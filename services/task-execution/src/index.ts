export { createTaskExecution, type TaskExecutionDependencies, taskExecutionMigrations } from './composition.ts';
export { type TaskExecutionSettings, taskExecutionSettings } from './settings.ts';
