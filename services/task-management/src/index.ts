export {
  createTaskManagement,
  serviceName,
  type TaskManagementDependencies,
  taskManagementMigrations,
} from './composition.ts';
export { type TaskManagementSettings, taskManagementSettings } from './settings.ts';
