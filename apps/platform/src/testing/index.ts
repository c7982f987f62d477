export { createTestDatabases, type TestDatabases } from './test-databases.ts';
export { createTestEngine, type TestEngine, type TestEngineOptions } from './test-engine.ts';
export { type Checkpoint } from './checkpoints.ts';
export { openTestPlatform, type TestPlatform, type TestPlatformOptions, type Workload } from './test-platform.ts';
