export { ensureDatabase } from './databases.ts';
export { EmbeddedPostgresError } from './errors.ts';
export { type EmbeddedPostgres, type EmbeddedPostgresOptions, type StopMode, startEmbeddedPostgres } from './server.ts';
