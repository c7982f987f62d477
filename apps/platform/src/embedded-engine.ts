import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processEnv } from '@taskflow/kit-config';
import { createTelemetry } from '@taskflow/kit-telemetry';
import { startPlatform } from './platform.ts';
import { readPlatformSettings } from './settings.ts';

export interface EmbeddedEngineOptions {
  /** Where the database lives, `TASKFLOW_DATA_DIR` or `.taskflow` unless told; `false` for one that is gone afterwards. */
  dataDir?: string | false;
}

export interface EmbeddedEngine {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * The whole platform inside the caller's process, on a free loopback port, without a worker: whoever embeds it has
 * definitions of its own to run. It logs warnings and errors to stderr and handles no signal.
 */
export async function createEmbeddedEngine({ dataDir }: EmbeddedEngineOptions = {}): Promise<EmbeddedEngine> {
  const passing = dataDir === false ? await mkdtemp(join(tmpdir(), 'taskflow-')) : undefined;
  const directory = passing ?? (dataDir === false ? undefined : dataDir);
  const flags = { TASKFLOW_LISTEN: '127.0.0.1:0', ...(directory && { TASKFLOW_DATA_DIR: directory }) };
  const env = { TASKFLOW_LOG_LEVEL: 'warn', TASKFLOW_LOG_FORMAT: 'pretty', ...processEnv() };
  const removeData = async () => {
    if (passing) await rm(passing, { recursive: true, force: true });
  };
  try {
    const { settings } = readPlatformSettings(env, flags);
    const { logLevel: level, logFormat: format } = settings;
    const telemetry = createTelemetry({ service: 'platform', level, format, destination: process.stderr });
    const platform = await startPlatform({ settings, telemetry });
    return { url: platform.url, stop: () => platform.stop().then(removeData) };
  } catch (error) {
    await removeData();
    throw error;
  }
}
