export { createEmbeddedEngine, type EmbeddedEngine, type EmbeddedEngineOptions } from './embedded-engine.ts';
export { renderOpenApi } from './open-api-reference.ts';
export { type Platform, type PlatformOptions, startPlatform, type WorkerOptions } from './platform.ts';
export { PlatformError, type PlatformErrorCode } from './platform-error.ts';
export { type PlatformSettings, platformSettings, readPlatformSettings } from './settings.ts';
export { renderSettingsReference } from './settings-reference.ts';
export type { WorkerDefinitions, WorkerProcess } from './worker-process.ts';
