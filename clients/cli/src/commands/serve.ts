import { processEnv } from '@taskflow/kit-config';
import { createTelemetry } from '@taskflow/kit-telemetry';
import { readPlatformSettings, startPlatform } from '@taskflow/platform';
import type { CommandContext } from '../command-context.ts';

export interface ServeOptions {
  readonly port?: number;
  readonly dataDir?: string;
}

/**
 * Serves the whole platform until SIGTERM or SIGINT. With `globs`, a worker for the definitions in those modules runs
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
  const stopped = firstStopSignal();
  const platform = await startPlatform({ settings, telemetry });
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

/** The second signal ends the process at once: whoever sends it does not want to wait. */
function firstStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let seen = false;
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        if (seen) process.exit(1);
        seen = true;
        resolve();
      });
    }
  });
}
