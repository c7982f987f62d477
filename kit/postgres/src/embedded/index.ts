export { abandonCluster } from './abandon-cluster.ts';
export { ensureDatabase } from './databases.ts';
export { EmbeddedPostgresError } from './errors.ts';
export { withFileLock } from './file-lock.ts';
export { reaperOf, usePassingHome } from './passing-home.ts';
export { isRunning, isSameProcess, processStamp } from './process-identity.ts';
export { type EmbeddedPostgres, type EmbeddedPostgresOptions, type StopMode, startEmbeddedPostgres } from './server.ts';
export { watchComplaints } from './server-log.ts';
