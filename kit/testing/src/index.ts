export { silentTelemetry } from '@taskflow/kit-telemetry';
export { holdDatabaseClock, setDatabaseOffset } from './database-clock.ts';
export { type CommitFault, type DatabaseProxy, databaseProxy } from './database-proxy.ts';
export { type ManualClock, manualClock } from './manual-clock.ts';
export { seededRandom, sequentialIds } from './repeatable.ts';
export { temporaryDirectory } from './temporary-directory.ts';
export { type TestDatabase, type TestDatabaseOptions, testDatabase } from './test-database.ts';
export { startTestServer, type TestServer } from './test-server.ts';
export { eventually, type Signal, signal } from './waiting.ts';
