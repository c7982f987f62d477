export * from './events/v1/index.ts';
export * as http from './http/v1/index.ts';
