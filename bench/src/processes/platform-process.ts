import { readPlatformSettings, startPlatform } from '@taskflow/platform';
import { createTelemetry } from '@taskflow/kit-telemetry';
import { serveCalls } from './child-calls.ts';

export interface PlatformStart {
  readonly dataDir: string;
  /** Slots of the worker beside it. */
  readonly concurrency: number;
}

let stop = async (): Promise<void> => {};

/** The whole platform with a worker process, as `npm start` runs them. */
async function start({ dataDir, concurrency }: PlatformStart): Promise<{ url: string }> {
  const flags = { TASKFLOW_DATA_DIR: dataDir, TASKFLOW_LISTEN: '127.0.0.1:0', TASKFLOW_LOG_LEVEL: 'warn' };
  const { settings } = readPlatformSettings({}, flags);
  const telemetry = createTelemetry({
    service: 'platform',
    level: 'warn',
    format: 'json',
    destination: process.stderr,
  });
  const platform = await startPlatform({ settings, telemetry });
  stop = () => platform.stop();
  await platform.startWorker({ modules: [], name: 'bench', concurrency });
  return { url: platform.url };
}

const calls = { start };
export type PlatformCalls = typeof calls;

serveCalls(calls, () => stop());
