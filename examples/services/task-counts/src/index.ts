export { createTaskCounts, type TaskCountsDependencies, taskCountsMigrations } from './composition.ts';
