export * as scalars from './scalars.ts';
export * as tasks from './tasks.ts';
export * as workflows from './workflows.ts';
