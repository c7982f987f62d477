import { fileURLToPath } from 'node:url';
import { processEnv } from '@taskflow/kit-config';
import { listenForInterrupts } from '@taskflow/kit-lifecycle';
import { createTelemetry } from '@taskflow/kit-telemetry';
import { systemClock } from '@taskflow/kit-time';
import { type Platform, type PlatformSettings, readPlatformSettings, startPlatform } from '@taskflow/platform';
import { runDemo } from './demo.ts';
import type { StartOptions } from './options.ts';
import { plural } from './plural.ts';
import { unfinishedText, unfinishedWork } from './unfinished-work.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const demoModules = `${root}examples/src/demo/*.ts`;

const print = (line = '') => process.stdout.write(`${line}\n`);
const seconds = (since: number) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

/** Starts, tells what it does, and serves until a signal. Rejects when it cannot start or must stop by itself. */
export async function serve(options: StartOptions): Promise<void> {
  const begin = performance.now();
  const { settings, warnings } = settingsOf(options);
  const telemetry = createTelemetry({
    service: 'platform',
    level: settings.logLevel,
    format: settings.logFormat,
    destination: process.stderr,
  });
  for (const warning of warnings) print(`  ! ${warning}`);
  const interrupts = listenForInterrupts(systemClock);
  // A port that was asked for by name is meant; the usual one may give way.
  const isAsked = options.port !== undefined || processEnv()['TASKFLOW_LISTEN'];
  const start = startPlatform({ settings, telemetry, takenPort: isAsked ? 'refuse' : 'next', interrupts });
  const platform = await start.catch((error: unknown) => {
    if (!interrupts.stop.aborted) throw error;
  });
  if (!platform) {
    print('\n  Stopped before it was ready.');
    return;
  }
  const signal = once(interrupts.stop);
  const reported = report(platform, settings, options, begin);
  // A signal may come first, and what is being told then fails with the platform.
  reported.catch(() => {});
  try {
    await Promise.race([reported, signal, platform.ended]);
    await Promise.race([signal, platform.ended]);
  } finally {
    print('\n  Stopping: the worker hands back what it has not finished … (once more to stop at once)');
    await platform.stop();
  }
  await platform.ended;
  print('  Stopped. What is unfinished goes on at the next start.');
}

/** Everything that is shown before it just serves, in the order in which it becomes true. */
async function report(platform: Platform, settings: PlatformSettings, options: StartOptions, begin: number) {
  const url = settings.publicUrl ?? platform.url;
  print(`\nTaskFlow  ${databaseOf(settings)} · ${url}\n`);
  const { port } = settings.listen;
  if (port !== 0 && !platform.url.endsWith(`:${port}`)) {
    print(`  ! port ${port} is used by another program: this one took the next free port`);
  }
  print(`  ✓ platform ready in ${seconds(begin)}`);
  await printUnfinished(platform);
  const files = await startWorker(platform, options);
  if (options.demo) await runDemo(platform.url, files, print);
  printUrls(url);
}

function settingsOf({ port, dataDir }: StartOptions): { settings: PlatformSettings; warnings: readonly string[] } {
  const flags = { TASKFLOW_LISTEN: port, TASKFLOW_DATA_DIR: dataDir };
  return readPlatformSettings({ TASKFLOW_LOG_LEVEL: 'error', TASKFLOW_LOG_FORMAT: 'pretty', ...processEnv() }, flags);
}

function databaseOf({ databaseUrl, dataDir }: PlatformSettings): string {
  return databaseUrl === undefined ? `embedded · data in ${dataDir}` : 'data in the server of TASKFLOW_DATABASE_URL';
}

async function printUnfinished(platform: Platform): Promise<void> {
  // It goes on whether it can be counted now or not.
  const work = await unfinishedWork(platform).catch(() => undefined);
  const left = work && unfinishedText(work);
  if (left !== undefined) print(`  ✓ resumed ${left}`);
}

async function startWorker(platform: Platform, { demo, definitions }: StartOptions): Promise<readonly string[]> {
  const begin = performance.now();
  const { holds } = await platform.startWorker({ modules: [...(demo ? [demoModules] : []), ...definitions] });
  const found = `${plural(holds.tasks.length, 'task')} and ${plural(holds.workflows.length, 'workflow')}`;
  print(
    `  ✓ worker ready in ${seconds(begin)}: the built-in tasks, ${found} from ${plural(holds.files.length, 'file')}`,
  );
  return holds.files;
}

function printUrls(url: string): void {
  print(`
  Tasks      ${url}/api/v1/tasks
  Workflows  ${url}/api/v1/workflows
  Queues     ${url}/api/v1/queues
  API        ${url}/openapi.json
  Health     ${url}/health
  Metrics    ${url}/metrics

  Try: curl -s ${url}/api/v1/tasks -H 'content-type: application/json' -d '{"type":"taskflow.noop","payload":"hello"}'
  Ctrl-C stops it.`);
}

function once(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
