export * from './create-load.ts';
export * from './event-audit.ts';
export * from './evidence.ts';
export * from './history.ts';
export * from './settling.ts';
export * from './process-faults.ts';
export * from './scale.ts';
