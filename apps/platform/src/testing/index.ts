export { createTestDatabases, type TestDatabases } from './test-databases.ts';
export { createTestEngine, type TestEngine, type TestEngineOptions } from './test-engine.ts';
export { type Checkpoint } from './checkpoints.ts';
export { EngineKilledError, NotSettledError, type Workload } from './quiescence.ts';
export { openTestPlatform, type TestPlatform, type TestPlatformOptions } from './test-platform.ts';
