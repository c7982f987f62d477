import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processEnv } from '@taskflow/kit-config';
import { usePassingHome } from '@taskflow/kit-postgres/embedded';
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
 * definitions of its own to run. It logs warnings and errors to stderr and handles no signal. Data that pass go with the
 * process, also one that is killed; data of a directory stay, and their server may run on until the next start.
 */
export async function createEmbeddedEngine({ dataDir }: EmbeddedEngineOptions = {}): Promise<EmbeddedEngine> {
  const passing = dataDir === false ? await openPassing() : undefined;
  const directory = passing?.home ?? (dataDir || undefined);
  const flags = { TASKFLOW_LISTEN: '127.0.0.1:0', ...(directory && { TASKFLOW_DATA_DIR: directory }) };
  const env = { TASKFLOW_LOG_LEVEL: 'warn', TASKFLOW_LOG_FORMAT: 'pretty', ...processEnv() };
  try {
    const { settings } = readPlatformSettings(env, flags);
    const { logLevel: level, logFormat: format } = settings;
    const telemetry = createTelemetry({ service: 'platform', level, format, destination: process.stderr });
    const platform = await startPlatform({ settings, telemetry });
    return { url: platform.url, stop: () => platform.stop().then(passing?.remove) };
  } catch (error) {
    await passing?.remove();
    throw error;
  }
}

/** A directory that is gone afterwards, with the server in it, however this process ends. */
async function openPassing(): Promise<{ home: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'taskflow-'));
  const leave = usePassingHome(home, 0);
  return {
    home,
    remove: async () => {
      leave();
      await rm(home, { recursive: true, force: true });
    },
  };
}
