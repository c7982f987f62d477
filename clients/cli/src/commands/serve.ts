import { processEnv } from '@taskflow/kit-config';
import { listenForInterrupts } from '@taskflow/kit-lifecycle';
import { createTelemetry } from '@taskflow/kit-telemetry';
import { systemClock } from '@taskflow/kit-time';
import { readPlatformSettings, startPlatform } from '@taskflow/platform';
import type { CommandContext } from '../command-context.ts';

export interface ServeOptions {
  readonly port?: number;
  readonly dataDir?: string;
}

/**
 * Serves the whole platform until SIGTERM, SIGINT or SIGHUP; a second one waits for nothing. With `globs`, a worker for the definitions in those modules runs
 * beside it as a child process.
 */
export async function serve(
  { terminal }: CommandContext,
  options: ServeOptions,
  globs: readonly string[] | undefined,
): Promise<void> {
  const development = globs !== undefined;
  const env = { ...(development && { TASKFLOW_LOG_LEVEL: 'warn', TASKFLOW_LOG_FORMAT: 'pretty' }), ...processEnv() };
  const flags = { TASKFLOW_LISTEN: options.port?.toString(), TASKFLOW_DATA_DIR: options.dataDir };
  const { settings, warnings } = readPlatformSettings(env, flags);
  for (const warning of warnings) terminal.note(`warning: ${warning}`);
  const { logLevel: level, logFormat: format } = settings;
  const telemetry = createTelemetry({ service: 'platform', level, format, destination: process.stderr });
  const interrupts = listenForInterrupts(systemClock);
  const stopped = once(interrupts.stop);
  const platform = await startPlatform({ settings, telemetry, interrupts }).catch((error: unknown) => {
    if (!interrupts.stop.aborted) throw error;
  });
  if (platform === undefined) return terminal.note('stopped before it was ready');
  try {
    terminal.note(`serving ${platform.url}`);
    if (globs !== undefined) {
      const { holds } = await platform.startWorker({ modules: globs });
      const { tasks, workflows } = holds;
      terminal.note(
        `worker ready: ${tasks.length} task(s) and ${workflows.length} workflow(s) beside the built-in ones`,
      );
    }
    await Promise.race([stopped, platform.ended]);
  } finally {
    terminal.note('stopping: unfinished work goes on at the next start');
    await platform.stop();
  }
  await platform.ended;
}

function once(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
