export { createTestDatabases, type TestDatabases } from './test-databases.ts';
export { createTestEngine, type TestEngine, type TestEngineOptions } from './test-engine.ts';
