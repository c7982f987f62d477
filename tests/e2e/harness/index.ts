export * from './api.ts';
export * from './child-process.ts';
export * from './data-directory.ts';
export * from './free-port.ts';
export * from './platform-process.ts';
export * from './process-tree.ts';
export * from './protocol-worker.ts';
